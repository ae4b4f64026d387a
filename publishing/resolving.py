"""Publications of which nobody knows whether they arrived: a person says what became of them."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from content_store.models import Customer, Delivery, Occurrence, Publication, PublicationStatus
from publishing.last_look import ADDRESSES

#: Rows read at a time.
_PORTION = 1_000


class Word(enum.StrEnum):
    """What a person says of a publication whose answer was lost."""

    SENT = "sent"  #: the customer has it
    NOT_SENT = "not-sent"  #: the customer does not have it, and will not get it
    SEND = "send"  #: the customer does not have it, and gets it now


_BECOMES = {
    Word.SENT: PublicationStatus.ACCEPTED,
    Word.NOT_SENT: PublicationStatus.REJECTED,
    Word.SEND: PublicationStatus.PLANNED,
}

_SAYS = {
    Word.SENT: "it was sent",
    Word.NOT_SENT: "it was not sent",
    Word.SEND: "it was not sent and goes out",
}


class Doubt(NamedTuple):
    """A publication whose answer was lost."""

    publication_id: int
    brief_id: str
    occurrence: datetime
    channel: str
    customer_id: str
    #: of the customer's mail address now: which server's log to look in
    domain: str | None
    planned_at: datetime
    reason: str | None


def doubts(session: Session, brief_id: str | None = None) -> Iterator[Doubt]:
    """The publications that are unknown, the oldest first; of one brief or of all."""
    query = (
        select(Publication, Customer)
        .outerjoin(Customer, Customer.id == Publication.customer_id)
        .where(Publication.status == PublicationStatus.UNKNOWN)
        .order_by(Publication.id)
        .execution_options(yield_per=_PORTION)
    )
    if brief_id is not None:
        query = query.where(Publication.brief_id == brief_id)
    for row, customer in session.execute(query):
        yield Doubt(
            row.id,
            row.brief_id,
            row.occurrence,
            row.channel,
            row.customer_id,
            _domain(row.channel, customer),
            row.planned_at,
            row.reason,
        )


def _domain(channel: str, customer: Customer | None) -> str | None:
    address = customer.email if customer is not None and ADDRESSES.get(channel) == "email" else None
    return address.rpartition("@")[2] if address else None


def resolve(session: Session, ids: Collection[int], word: Word, *, by: str, at: datetime) -> set[int]:
    """Write down what a person says; the ids of those that were unknown until now, as the others stay as they are.

    What goes out after all is looked at once more like every other, and its occurrence is open again until it did. Until
    a person says so, a publication that is unknown counts for the caps as sent.
    """
    here = Publication.id.in_(ids), Publication.status == PublicationStatus.UNKNOWN
    if word is Word.SEND:
        _reopen(session, *here)
    values: dict[str, Any] = {
        "status": _BECOMES[word],
        "reason": f"{_SAYS[word]}, says {by}, {at:%Y-%m-%d %H:%M} UTC",
    }
    changed = update(Publication).where(*here).values(values).returning(Publication.id)
    return set(session.scalars(changed, execution_options={"synchronize_session": False}))


def _reopen(session: Session, *here: Any) -> None:
    """The deliveries and occurrences that these stand in.

    Their rows are locked in the order in which whoever finishes them does, so that none is finished with a row that waits.
    """
    delivery_ids = set(session.scalars(select(Publication.delivery_id).where(*here).distinct()))
    owners = select(Delivery.occurrence_id).where(Delivery.id.in_(delivery_ids)).distinct()
    for model, ids in ((Occurrence, set(session.scalars(owners))), (Delivery, delivery_ids)):
        session.scalars(select(model.id).where(model.id.in_(ids)).order_by(model.id).with_for_update()).all()
    session.execute(
        update(Occurrence).where(Occurrence.id.in_(owners)).values(finished_at=None),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(delivery_ids), Delivery.done_at.is_not(None))
        .values(done_at=None, owner=None, until=None, attempts=0),
        execution_options={"synchronize_session": False},
    )
