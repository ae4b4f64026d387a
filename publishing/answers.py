"""What became of publications that were handed over one by one, written into the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from content_store.models import Publication, PublicationStatus

_QUIET = {"synchronize_session": False}


class Answer(NamedTuple):
    """What became of a publication; PLANNED when it was certainly not taken and goes out later, INTENT when it may have been."""

    status: PublicationStatus
    reason: str | None = None
    #: the receiver knows that nobody is there, and nobody will be
    no_such_address: bool = False


def settle(session: Session, answers: Mapping[int, Answer], at: datetime) -> None:
    """Write down what the receiver said, whoever holds the delivery by now, also of what was unknown meanwhile."""
    for number, (status, reason, _) in answers.items():
        if status is PublicationStatus.PLANNED:
            continue
        before = [PublicationStatus.INTENT]
        if status is not PublicationStatus.INTENT:
            before.append(PublicationStatus.UNKNOWN)
        if status is PublicationStatus.ACCEPTED:
            # A person took it for lost and wants it sent; it was not lost.
            before.append(PublicationStatus.PLANNED)
        sent_at = at if status is PublicationStatus.ACCEPTED else None
        session.execute(
            update(Publication)
            .where(Publication.id == number, Publication.status.in_(before))
            .values(status=status, reason=reason, sent_at=sent_at),
            execution_options=_QUIET,
        )


def put_back(session: Session, answers: Mapping[int, Answer]) -> None:
    """What was certainly not taken waits, where it is an intent still.

    Where intents outlive their worker, the caller must still hold the delivery, or somebody else may be sending them.
    """
    for number, (status, reason, _) in answers.items():
        if status is PublicationStatus.PLANNED:
            session.execute(
                update(Publication)
                .where(Publication.id == number, Publication.status == PublicationStatus.INTENT)
                .values(status=status, reason=reason),
                execution_options=_QUIET,
            )


def lose_intents(session: Session, delivery_id: int, reason: str) -> None:
    """What a worker was about to send when it died: it may have been sent, so it is never sent again by itself."""
    session.execute(
        update(Publication)
        .where(Publication.delivery_id == delivery_id, Publication.status == PublicationStatus.INTENT)
        .values(status=PublicationStatus.UNKNOWN, reason=reason),
        execution_options=_QUIET,
    )


def waiting(session: Session, delivery_id: int, of: Collection[PublicationStatus]) -> int:
    """How many of a delivery have one of these statuses."""
    query = select(func.count()).where(Publication.delivery_id == delivery_id, Publication.status.in_(of))
    return session.scalar(query) or 0
