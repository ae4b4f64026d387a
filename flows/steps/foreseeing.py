"""What a brief's audience did in the past, for whoever plans a campaign that is to be measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
from sqlalchemy.orm import Session

from content_store import queries
from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput
from content_store.models import Segmentation
from evaluation.measurement.costs import model_seconds_per_message, reviewer_minutes_per_message
from evaluation.measurement.foresight import ARMS, Foreseen, Past, Price, foresee, price, together
from evaluation.measurement.units import Metric, metric_of_brief
from flows.steps.audiences import SMALLEST_AUDIENCE
from flows.steps.occurrences import segments_of
from flows.steps.workplace import Workplace


@dataclass(frozen=True)
class Foresight:
    """What a brief could show and cost, segment by segment and over all."""

    brief_id: str
    metric: str
    #: whether the metric is a yes or no
    share: bool
    holdout_share: float
    currency: str
    #: the window of the past that was looked at
    since: datetime
    until: datetime
    segments: list[Foreseen]
    whole: Foreseen
    prices: list[Price]


def foresight(workplace: Workplace, brief: BriefFile) -> Foresight:
    """The smallest differences that a brief's audience shows, from the newest segments and the window before them."""
    with workplace.sessions() as session:
        segmentation = queries.latest_segmentation(session)
        if segmentation is None:
            raise BadInput("there are no segments yet; run `surmesure segment` first.")
        metric = metric_of_brief(brief.conversion.metric)
        share = metric.of == "conversions"
        since = segmentation.as_of - timedelta(days=brief.conversion.window_days)
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            _load_audience(connection, session, workplace, brief, segmentation)
            past = _past(
                connection, workplace, metric, since, segmentation.as_of, queries.segment_names(session)
            )
            reached = dict(
                connection.execute(
                    "select channel, count(*) from audience group by all order by all"
                ).fetchall()
            )
            places = connection.execute(
                "select count(*) from (select 1 from audience group by segment_id, channel having count(*) >= $least)",
                {"least": SMALLEST_AUDIENCE},
            ).fetchall()[0][0]
        held = workplace.brand.holdout_share
        sends = {channel: round(number * (1 - held)) for channel, number in reached.items()}
        measuring = workplace.settings.measuring
        seconds, minutes = model_seconds_per_message(session), reviewer_minutes_per_message(session)
    places *= len(brief.locales or workplace.brand.locales)
    return Foresight(
        brief.id,
        brief.conversion.metric,
        share,
        held,
        measuring.currency,
        since,
        segmentation.as_of,
        [foresee(item, share=share, holdout_share=held) for item in past],
        foresee(together(past), share=share, holdout_share=held),
        [price(arms, places, sends, measuring, seconds, minutes) for arms in ARMS],
    )


def _load_audience(
    connection: duckdb.DuckDBPyConnection,
    session: Session,
    workplace: Workplace,
    brief: BriefFile,
    segmentation: Segmentation,
) -> None:
    """Fill `audience`: a row for each customer of the brief and channel that they agreed to."""
    connection.execute("create temp table audience (customer_id varchar, segment_id bigint, channel varchar)")
    for channel in brief.channels:
        agreed = queries.consenting_customers(session, brief.purpose, channel)
        connection.register("agreed", pa.table({"customer_id": pa.array(agreed, pa.string())}))
        connection.execute(
            """
            insert into audience select customer_id, segment_id, $channel from read_parquet($files) semi join agreed using (customer_id)
            where ($low is null or days_since_last >= $low) and ($high is null or days_since_last <= $high)
              and ($segments is null or list_contains($segments, segment_id))
            """,
            {
                "channel": channel,
                "files": str(workplace.settings.membership_folder(segmentation.id) / "*" / "*.parquet"),
                "low": brief.audience.inactive_days_min,
                "high": brief.audience.inactive_days_max,
                "segments": segments_of(session, segmentation.id, brief.audience),
            },
        )


def _past(
    connection: duckdb.DuckDBPyConnection,
    workplace: Workplace,
    metric: Metric,
    since: datetime,
    until: datetime,
    names: dict[int, str],
) -> list[Past]:
    """What the customers of each segment did, the largest segment first; events of the sources only."""
    files = [str(path) for path in sorted(workplace.settings.events_folder.glob("*/*/*.parquet"))]
    if not files:
        raise BadInput("there are no events of the past yet; run `surmesure ingest` first.")
    rows = connection.execute(
        f"""
        with customers as (select distinct customer_id, segment_id from audience),
        done as (
            select customer_id, {"1.0" if metric.of == "conversions" else "sum(coalesce(value, 0))"} as outcome
            from read_parquet($files, union_by_name = true, hive_partitioning = false) event
            where kind = $kind and event.at::timestamptz >= $since and event.at::timestamptz < $until
            group by customer_id
        )
        select segment_id, count(*), avg(coalesce(outcome, 0)), coalesce(stddev_samp(coalesce(outcome, 0)), 0)
        from customers left join done using (customer_id) group by segment_id order by count(*) desc, segment_id
        """,
        {"files": files, "kind": metric.kind, "since": since, "until": until},
    ).fetchall()
    return [Past(names.get(segment, f"segment {segment}"), *numbers) for segment, *numbers in rows]
