"""A database that may be an old copy: what it holds, and what becomes of it when a person says what it is."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from content_store import marks
from content_store.errors import BadInput
from content_store.models import Delivery, Occurrence, Publication, PublicationStatus
from flows.steps.workplace import Workplace

#: What may have been sent after the copy was made.
OPEN = (PublicationStatus.PLANNED, PublicationStatus.INTENT)


class OpenOccurrence(NamedTuple):
    """An occurrence that the database takes for unfinished."""

    brief_id: str
    at: datetime
    destination: str
    #: whether everybody of its audience stands in the ledger
    planned: bool
    #: rows that are planned or decided on
    rows: int


class Holding(NamedTuple):
    """What a person needs to know to say what a database is."""

    standing: marks.Standing
    #: when the newest thing stands in the ledger; None when it is empty
    newest: datetime | None
    unfinished: list[OpenOccurrence]


def look(workplace: Workplace) -> Holding:
    """What the database holds and what is open in it; nothing is changed."""
    with workplace.sessions() as session:
        found = marks.standing(session, workplace.settings.marks_folder)
        newest = session.scalar(
            select(func.max(func.coalesce(Publication.sent_at, Publication.planned_at))).select_from(
                Publication
            )
        )
        unfinished = [
            OpenOccurrence(
                item.brief_id,
                item.at,
                item.destination,
                item.planned_at is not None,
                _open_rows(session, item),
            )
            for item in _unfinished(session)
        ]
    return Holding(found, newest, unfinished)


def trust(workplace: Workplace) -> None:
    """It is the database in use, and this machine publishes from it from now on; BadInput for one that is old beyond doubt."""
    folder = workplace.settings.marks_folder
    with workplace.sessions() as session:
        found = marks.standing(session, folder)
    if found.is_old:
        raise BadInput(
            f"this machine sent {(found.noted or 0) - found.mark:,} times from the database after what it holds, so it is an"
            " old copy; put the newer one back, or say --restored."
        )
    marks.note(folder, found.identity, found.mark)


def give_up_open(workplace: Workplace, by: str) -> int:
    """It is an old copy: whatever is open in it becomes unknown, and the machine trusts it again; how many rows that are.

    Stopped half way, it is said again, and the rest follows: the database gets its new name last.
    """
    now, lost = workplace.now, 0
    reason = f"the database was restored from an old copy, in which this was open; confirmed by {by}, {now:%Y-%m-%d %H:%M} UTC"
    with workplace.sessions() as session:
        unfinished = [item.id for item in _unfinished(session)]
        holders = select(Delivery.id).where(
            Delivery.occurrence_id.in_(unfinished), Delivery.done_at.is_(None)
        )
        open_deliveries = session.scalars(holders.order_by(Delivery.id)).all()
    for delivery_id in open_deliveries:
        with workplace.sessions.begin() as session:
            # A higher number shuts out whoever still holds it.
            session.execute(
                update(Delivery)
                .where(Delivery.id == delivery_id)
                .values(fence=Delivery.fence + 1, owner=None, until=None)
            )
            rows = session.scalars(
                update(Publication)
                .where(Publication.delivery_id == delivery_id, Publication.status.in_(OPEN))
                .values(status=PublicationStatus.UNKNOWN, reason=reason)
                .returning(Publication.id),
                execution_options={"synchronize_session": False},
            ).all()
        lost += len(rows)
    with workplace.sessions.begin() as session:
        # Whom it had not planned yet may have been written since.
        session.execute(
            update(Occurrence)
            .where(Occurrence.id.in_(unfinished), Occurrence.planned_at.is_(None))
            .values(planned_at=now)
        )
        identity, mark = marks.rename(session)
    marks.note(workplace.settings.marks_folder, identity, mark)
    return lost


def _unfinished(session: Session) -> list[Occurrence]:
    query = select(Occurrence).where(Occurrence.finished_at.is_(None)).order_by(Occurrence.at, Occurrence.id)
    return list(session.scalars(query))


def _open_rows(session: Session, occurrence: Occurrence) -> int:
    query = (
        select(func.count(Publication.id))
        .join(Delivery, Publication.delivery_id == Delivery.id)
        .where(Delivery.occurrence_id == occurrence.id, Publication.status.in_(OPEN))
    )
    return session.scalar(query) or 0
