"""Measurements as their pages show them: the newest of each campaign, and all of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from content_store import schedules
from content_store.models import Measurement, MeasureSchedule, User
from evaluation.measurement.kept import results_from
from evaluation.measurement.results import CampaignResults
from evaluation.measurement.trust import Standing, standing_of

#: Measurements of a campaign that can be chosen on its page.
MOST_OLDER = 60


class Campaign(NamedTuple):
    """A campaign in the list, as it was measured last."""

    measurement: Measurement
    results: CampaignResults
    standing: Standing


def campaigns(session: Session, user: User) -> list[Campaign]:
    """The newest measurement of each brief that the user sees, the newest first."""
    places = func.row_number().over(
        partition_by=Measurement.brief_id, order_by=(Measurement.as_of.desc(), Measurement.id.desc())
    )
    ranked = select(Measurement.id, places.label("place")).subquery()
    newest = select(Measurement).join(ranked, ranked.c.id == Measurement.id).where(ranked.c.place == 1)
    found = session.scalars(newest.order_by(Measurement.as_of.desc(), Measurement.brief_id))
    rows = [(row, results_from(row.results)) for row in found if user.sees(row.brief_id)]
    return [Campaign(row, results, standing_of(results)) for row, results in rows]


def planned(session: Session, now: datetime) -> tuple[MeasureSchedule | None, list[datetime]]:
    """The schedule of measuring with its next times, in its own zone; none while it rests."""
    row = schedules.measure_schedule(session)
    if row is None or row.paused:
        return row, []
    return row, schedules.next_times(row.cron, row.time_zone, now, 1)


def measurements(session: Session, brief_id: str) -> Sequence[Measurement]:
    """The measurements of a campaign without what they found, the newest first."""
    query = select(Measurement).where(Measurement.brief_id == brief_id).options(defer(Measurement.results))
    return session.scalars(
        query.order_by(Measurement.as_of.desc(), Measurement.id.desc()).limit(MOST_OLDER)
    ).all()
