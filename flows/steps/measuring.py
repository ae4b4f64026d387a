"""What a campaign earned: the ledger, the lake and the costs into results, which are kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import queries
from content_store.brand_folder.briefs import BriefFile
from content_store.database import insert_into, reading
from content_store.models import Brief, Measurement, Publication, PublicationStatus
from evaluation.measurement.campaign import Campaign, campaign_results
from evaluation.measurement.costs import book, cost_lines
from evaluation.measurement.kept import as_values
from evaluation.measurement.pressure import pressure
from evaluation.measurement.results import CampaignResults
from evaluation.measurement.units import WEEKS_BEFORE, Lake, funnel, measured
from flows.steps.unit_files import write_units
from flows.steps.workplace import Workplace


def results_of(
    workplace: Workplace, brief: BriefFile, as_of: datetime, units_file: Path | None = None
) -> CampaignResults:
    """Everything about a campaign as it stood at `as_of`, kept as a measurement unless the same is kept already.

    What it used up until now is booked on the way. With `units_file` the table of units is written, too. Raises OSError
    or duckdb.IOException when that cannot be done.
    """
    settings = workplace.settings
    lake = Lake(settings.events_folder, settings.outcomes_folder)
    with workplace.sessions.begin() as session:
        book(session, brief.id, settings.measuring, workplace.now)
    workplace.progress("measure", 0, 2)
    with (
        reading(workplace.sessions)() as session,
        measured(session, brief.id, brief.conversion, lake, as_of) as connection,
    ):
        workplace.progress("measure", 1, 2)
        campaign = _campaign(session, workplace, brief, as_of, connection)
        session.commit()  # on SQLite an open transaction would shut everybody else out while this counts
        results = campaign_results(connection, campaign)
        input_hash = _input_hash(connection, campaign)
        if units_file is not None:
            write_units(connection, units_file)
    with workplace.sessions.begin() as session:
        # Of a brief that was never executed there is nothing to keep.
        if session.get(Brief, brief.id) is not None:
            _keep(session, results, input_hash, workplace.now)
    workplace.progress("measure", 2, 2)
    return results


def _campaign(
    session: Session,
    workplace: Workplace,
    brief: BriefFile,
    as_of: datetime,
    connection: duckdb.DuckDBPyConnection,
) -> Campaign:
    steps = funnel(connection)
    ids = [
        row[0] for row in connection.execute("select distinct message_id from units order by all").fetchall()
    ]
    currency = workplace.settings.measuring.currency
    return Campaign(
        brief_id=brief.id,
        goal=brief.goal,
        metric=brief.conversion.metric,
        window_days=brief.conversion.window_days,
        currency=currency,
        holdout_share=workplace.brand.holdout_share,
        as_of=as_of,
        segments=queries.segment_names(session),
        texts=_texts(session, ids),
        costs=cost_lines(session, brief.id, currency, as_of - timedelta(days=brief.conversion.window_days)),
        funnel=steps.steps,
        left_out=steps.left_out,
        others=_others(session, brief, connection),
        pressure=pressure(session, workplace.brand, as_of, workplace.settings.measuring.contacts_in_30_days),
    )


def _texts(session: Session, message_ids: list[int]) -> dict[int, dict[str, str]]:
    found = queries.message_variants(session, message_ids)
    return {
        number: {variant.slot: variant.text for variant in variants} for number, variants in found.items()
    }


def _others(session: Session, brief: BriefFile, connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Briefs that wrote to anybody from the weeks before the first occurrence to the end of the last window."""
    first, last = connection.execute("select min(occurrence), max(occurrence) from units").fetchall()[0]
    if first is None:
        return []
    query = select(Publication.brief_id).where(
        Publication.brief_id != brief.id,
        Publication.status.in_((PublicationStatus.ACCEPTED, PublicationStatus.UNKNOWN)),
        Publication.occurrence >= first - timedelta(weeks=WEEKS_BEFORE),
        Publication.occurrence < last + timedelta(days=brief.conversion.window_days),
    )
    return list(session.scalars(query.distinct().order_by(Publication.brief_id)))


def _input_hash(connection: duckdb.DuckDBPyConnection, campaign: Campaign) -> str:
    """SHA-256 of what the results follow from; of the moment itself only the day, as the curve has a point a day."""
    sums = [
        connection.execute(f"select count(*), bit_xor(hash({name})) from {name}").fetchall()[0]
        for name in ("units", "conversions")
    ]
    content = asdict(campaign) | {"as_of": campaign.as_of.date(), "sums": sums}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _keep(session: Session, results: CampaignResults, input_hash: str, now: datetime) -> None:
    row = {
        "brief_id": results.brief_id,
        "as_of": results.as_of,
        "made_at": now,
        "input_hash": input_hash,
        "results": as_values(results),
    }
    session.execute(insert_into(session, Measurement).values(row).on_conflict_do_nothing())
