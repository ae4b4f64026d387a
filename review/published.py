"""Publishing as the Runs page shows it: when it happens by itself, and where the newest occurrences stand."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store import scheduled_occurrences, schedules
from content_store.models import (
    Occurrence,
    Publication,
    PublicationStatus,
    PublishSchedule,
    ScheduledOccurrence,
    User,
)

#: Counting the customers of one with a million takes a second.
ROWS = 5

FINISHED, UNDER_WAY, WAITS, NOT_PUBLISHED = "finished", "under way", "waits", "not published"


class PlannedPublishing(NamedTuple):
    """A schedule with its next times, in its own zone; none while it rests."""

    schedule: PublishSchedule
    next_times: list[datetime]


class Published(NamedTuple):
    """An occurrence: how many publications stand where, and when and why it goes on when it is not over."""

    brief_id: str
    at: datetime
    destination: str
    state: str
    counts: dict[PublicationStatus, int]
    reason: str | None = None
    again_at: datetime | None = None
    flow_run_id: str | None = None


def planned(session: Session, user: User, now: datetime) -> list[PlannedPublishing]:
    """Schedules by brief."""
    return [
        PlannedPublishing(row, [] if row.paused else schedules.next_times(row.cron, row.time_zone, now))
        for row in schedules.all_publish_schedules(session)
        if user.sees(row.brief_id)
    ]


def newest(session: Session, user: User, now: datetime) -> list[Published]:
    """What was begun last, or should have been, by whomever."""
    begun = select(Occurrence).order_by(Occurrence.at.desc(), Occurrence.id.desc()).limit(ROWS)
    wanted = select(ScheduledOccurrence).order_by(ScheduledOccurrence.at.desc()).limit(ROWS)
    if user.briefs:
        begun = begun.where(Occurrence.brief_id.in_(user.briefs))
        wanted = wanted.where(ScheduledOccurrence.brief_id.in_(user.briefs))
    occurrences = {(row.brief_id, row.at): row for row in session.scalars(begun)}
    scheduled = {(row.brief_id, row.at): row for row in session.scalars(wanted)}
    keys = sorted({*occurrences, *scheduled}, key=lambda key: (key[1], key[0]), reverse=True)
    return [_shown(session, occurrences.get(key), scheduled.get(key), now) for key in keys[:ROWS]]


def _shown(
    session: Session, occurrence: Occurrence | None, scheduled: ScheduledOccurrence | None, now: datetime
) -> Published:
    row = occurrence or scheduled
    assert row is not None
    flow_run_id = scheduled.flow_run_id if scheduled else None
    counts = _counts(session, row.brief_id, row.at)
    shown = Published(row.brief_id, row.at, row.destination, UNDER_WAY, counts, flow_run_id=flow_run_id)
    if occurrence is not None and occurrence.finished_at is not None:
        return shown._replace(state=FINISHED)
    if scheduled is None:
        return shown
    again_at = scheduled_occurrences.goes_on_at(scheduled, now)
    state = WAITS if again_at is not None else UNDER_WAY if scheduled.again_at is not None else NOT_PUBLISHED
    return shown._replace(state=state, reason=scheduled.reason, again_at=again_at)


def _counts(session: Session, brief_id: str, at: datetime) -> dict[PublicationStatus, int]:
    rows = session.execute(
        select(Publication.status, func.count())
        .where(Publication.brief_id == brief_id, Publication.occurrence == at)
        .group_by(Publication.status)
        .order_by(Publication.status)
    )
    return dict(rows.all())
