"""A whole campaign: from its units to everything that was found of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import duckdb

from evaluation.measurement.arms import Measured, compare_arms
from evaluation.measurement.curve import curve
from evaluation.measurement.customers import Customers, load_customers, occurrences
from evaluation.measurement.holdout import by_segment, main_metric, overall
from evaluation.measurement.next_steps import next_steps
from evaluation.measurement.results import ArmResult, CampaignResults, CostLine, Pressure
from evaluation.measurement.splits import check_splits
from evaluation.measurement.verdict import unlike_before, verdict, why_no_verdict
from evaluation.measurement.worth import worth

#: Without any conversion for so long, those of a window may be missing.
SILENT = timedelta(days=1)


@dataclass(frozen=True)
class Campaign:
    """What is known of a campaign beside its units."""

    brief_id: str
    goal: str
    #: the brief's conversion metric, such as purchase_value
    metric: str
    window_days: int
    currency: str
    #: share of the customers who are held out, as the brand says it now
    holdout_share: float
    as_of: datetime
    #: segment id -> its newest name
    segments: Mapping[int, str]
    #: message id -> slot -> text
    texts: Mapping[int, Mapping[str, str]]
    costs: list[CostLine] = field(default_factory=list)
    funnel: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    pressure: list[Pressure] = field(default_factory=list)
    #: other campaigns that wrote to customers in the weeks before or in the windows
    others: list[str] = field(default_factory=list)


def campaign_results(connection: duckdb.DuckDBPyConnection, campaign: Campaign) -> CampaignResults:
    """Everything about a campaign, from the tables `units` and `conversions` of units.py."""
    customers = load_customers(connection, campaign.window_days)
    split = check_splits(connection, campaign.holdout_share)
    adjusted = not campaign.others
    metric = main_metric(campaign.metric, customers)
    lines = overall(customers, split, adjusted=adjusted)
    arms = compare_arms(connection, metric.name, split.p_value)
    why_not = why_no_verdict(customers, split, campaign.window_days) or unlike_before(lines)
    results = CampaignResults(
        brief_id=campaign.brief_id,
        goal=campaign.goal,
        metric=metric.name,
        currency=campaign.currency,
        as_of=campaign.as_of,
        window_days=campaign.window_days,
        occurrences=occurrences(connection),
        headline=why_not or verdict(lines, metric.name, customers.written, campaign.currency),
        trusted=split.trusted and all(line.trusted for line in lines),
        experiment=split.held > 0,
        overall=lines,
        segments=by_segment(customers, metric, split, campaign.segments, lines, adjusted=adjusted),
        arms=[_arm(item, campaign) for item in arms],
        curve=curve(connection, metric.name, campaign.window_days, campaign.as_of),
        funnel=dict(campaign.funnel),
        left_out=dict(campaign.left_out),
        costs=campaign.costs,
        worth=worth(lines, customers.written, campaign.costs, campaign.currency, why_not),
        pressure=campaign.pressure,
        next_steps=[],
        notes=_notes(customers, campaign, metric.name) + _late(connection, customers),
        why_not=why_not,
    )
    return replace(results, next_steps=next_steps(results, customers, split))


def _arm(item: Measured, campaign: Campaign) -> ArmResult:
    place = item.place
    return ArmResult(
        place.segment_id,
        campaign.segments.get(place.segment_id, f"segment {place.segment_id}"),
        place.channel,
        place.locale,
        place.arm,
        item.message_ids,
        dict(campaign.texts.get(item.message_ids[-1], {})),
        item.effect,
    )


def _late(connection: duckdb.DuckDBPyConnection, customers: Customers) -> list[str]:
    """A sentence where nothing is known of the end of the last window that counts, as when the sources are behind."""
    [(newest,)] = connection.execute('select max("at") from conversions').fetchall()
    if newest is None or customers.closed_until is None or newest + SILENT > customers.closed_until:
        return []
    return [
        f"The newest conversion that is known is of {newest:%Y-%m-%d}, and the last window that counts ended on"
        f" {customers.closed_until:%Y-%m-%d}. Look whether your sources are behind; if they are, bring them in and measure again."
    ]


def _notes(customers: Customers, campaign: Campaign, metric: str) -> list[str]:
    notes = list(customers.table.notes)
    if customers.open_until is not None and customers.closed_until is not None:
        notes.append(
            f"Occurrences whose {campaign.window_days} days are not over count in the curve only; the next ends on"
            f" {customers.open_until:%Y-%m-%d}."
        )
    if campaign.metric.endswith("_margin") and metric != "margin":
        notes.append("The margin of some conversions is not known, so their value is compared.")
    if campaign.others:
        notes.append(
            "The holdout gets nothing of any campaign. Others wrote in the weeks before or in the windows, so the effect is partly"
            f" theirs, and no past spend narrows the intervals: {', '.join(campaign.others)}."
        )
    elif customers.past_known:
        notes.append("The intervals are narrowed by what each customer spent in the weeks before (CUPED).")
    return notes
