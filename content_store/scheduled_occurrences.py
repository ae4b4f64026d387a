"""Occurrences that schedules publish: begun at their moment, and taken up again until they are over.

Deliveries go on where they were, so nothing is sent twice however often an occurrence is taken up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from content_store.models import Delivery, Occurrence, PublishSchedule, ScheduledOccurrence

#: A process without a sign of life for so long is taken for dead.
SILENCE = timedelta(minutes=5)
#: After a failure, it is taken up again.
PAUSE = timedelta(minutes=10)
#: What is not over so long after its moment is left to a person.
MOST_DELAY = timedelta(days=2)
#: A process that dies is replaced so often in a row.
MOST_RESUMPTIONS = 2

_BY_HAND = (
    "`surmesure publish {brief} --occurrence {at:%Y-%m-%dT%H:%M}` goes on from there, with the same --to."
)
REMOVED = "its schedule was removed;"
CANCELLED = "it was cancelled on Prefect's page;"
LATE = "it was not over two days after its moment;"
DIED = f"its process stopped without a word {MOST_RESUMPTIONS + 1} times in a row, so look into the logs;"


def begin(
    session: Session,
    brief_id: str,
    at: datetime,
    destination: str,
    form: str,
    flow_run_id: str,
    now: datetime,
) -> None:
    """It is taken up; one that was begun before keeps the destination that it had.

    The same flow run is the same attempt: Prefect may be away when it is to start, and then it starts a little later.
    """
    row = session.get(ScheduledOccurrence, (brief_id, at))
    if row is None:
        row = ScheduledOccurrence(brief_id=brief_id, at=at, destination=destination, form=form, again_at=None)
        session.add(row)
    row.attempts += flow_run_id != row.flow_run_id
    row.again_at, row.flow_run_id, row.reason = now + SILENCE, flow_run_id, None


def alive(session: Session, brief_id: str, at: datetime, now: datetime) -> None:
    """A sign of life of what is under way, written when half of the silence is over."""
    row = _open(session, brief_id, at)
    if row is not None and row.again_at is not None and row.again_at < now + SILENCE / 2:
        row.again_at = now + SILENCE


def refused(session: Session, brief_id: str, at: datetime, reason: str) -> None:
    """What went wrong, in the words of its process; its parent has some where it had none."""
    row = _open(session, brief_id, at)
    if row is not None and row.reason is None:
        row.reason = reason


def ended(session: Session, brief_id: str, at: datetime, now: datetime, *, bad_input: bool) -> None:
    """Its process said how it ended: it is over, or goes on when the first delivery that waits may be taken up.

    Bad input that kept it from beginning is the end of it: what is approved too late is not sent hours later.
    """
    row = _open(session, brief_id, at)
    if row is None:
        return
    row.attempts = 0
    occurrence = session.scalars(
        select(Occurrence).where(Occurrence.brief_id == brief_id, Occurrence.at == at)
    ).first()
    if occurrence is None and bad_input:
        row.again_at = None
    elif occurrence is not None and occurrence.finished_at is not None:
        row.again_at = row.reason = None
    else:
        row.again_at = (_first_delivery(session, occurrence.id, now) if occurrence else None) or now + PAUSE
        if occurrence is not None and _lies_open(session, occurrence.id, now):
            # Something failed while others wait for the morning.
            row.again_at = min(row.again_at, now + PAUSE)


def died(session: Session, brief_id: str, at: datetime, now: datetime) -> None:
    """Its process is gone without a word: it goes on at once, unless that happens too often in a row."""
    row = _open(session, brief_id, at)
    if row is not None:
        row.again_at = now


def stopped(session: Session, brief_id: str, at: datetime, now: datetime) -> None:
    """A person stopped everything: it goes on when there is somebody again who takes it up."""
    ended(session, brief_id, at, now, bad_input=False)
    died(session, brief_id, at, now)


def cancelled(session: Session, brief_id: str, at: datetime) -> None:
    """A person does not want it any more."""
    row = _open(session, brief_id, at)
    if row is not None:
        _leave(row, CANCELLED)


def give_up(session: Session, brief_id: str) -> None:
    """Nothing of a brief whose schedule is removed is taken up again."""
    for row in _all_open(session):
        if row.brief_id == brief_id:
            _leave(row, REMOVED)


def due(session: Session, now: datetime) -> list[ScheduledOccurrence]:
    """What is to be taken up again, the oldest first; of schedules that rest, nothing. What takes too long is given up."""
    active = set(session.scalars(select(PublishSchedule.brief_id).where(~PublishSchedule.paused)))
    found = [row for row in _all_open(session) if row.again_at is not None and row.again_at <= now]
    for row in found:
        if row.attempts > MOST_RESUMPTIONS:
            _leave(row, DIED)
        elif now > row.at + MOST_DELAY:
            _leave(row, LATE)
    return [row for row in found if row.again_at is not None and row.brief_id in active]


def goes_on_at(row: ScheduledOccurrence, now: datetime) -> datetime | None:
    """When it is taken up again; None when it is over, and while its process gives signs of life."""
    under_way = row.attempts > 0 and row.again_at is not None and row.again_at > now
    return None if under_way else row.again_at


def by_moment(session: Session) -> dict[tuple[str, datetime], ScheduledOccurrence]:
    """All that schedules began, by brief and moment."""
    return {(row.brief_id, row.at): row for row in session.scalars(select(ScheduledOccurrence))}


def _leave(row: ScheduledOccurrence, why: str) -> None:
    told = [row.reason] if row.reason else []
    row.again_at = None
    row.reason = " ".join([*told, why, _BY_HAND.format(brief=row.brief_id, at=row.at)])


def _open(session: Session, brief_id: str, at: datetime) -> ScheduledOccurrence | None:
    """None when it is over, or no schedule's."""
    row = session.get(ScheduledOccurrence, (brief_id, at))
    return row if row is not None and row.again_at is not None else None


def _all_open(session: Session) -> list[ScheduledOccurrence]:
    query = select(ScheduledOccurrence).where(ScheduledOccurrence.again_at.is_not(None))
    return list(session.scalars(query.order_by(ScheduledOccurrence.at, ScheduledOccurrence.brief_id)))


def _lies_open(session: Session, occurrence_id: int, now: datetime) -> bool:
    """Whether one of its deliveries waits for nobody and nothing."""
    query = select(Delivery.id).where(
        Delivery.occurrence_id == occurrence_id,
        Delivery.done_at.is_(None),
        or_(Delivery.until.is_(None), Delivery.until <= now),
    )
    return session.scalar(query.limit(1)) is not None


def _first_delivery(session: Session, occurrence_id: int, now: datetime) -> datetime | None:
    """When the first of its deliveries that wait, or that others hold, may be taken up."""
    query = select(func.min(Delivery.until)).where(
        Delivery.occurrence_id == occurrence_id, Delivery.done_at.is_(None), Delivery.until > now
    )
    return session.scalar(query)
