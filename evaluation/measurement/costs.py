"""The ledger of costs: what a campaign used up, each thing booked once, at the price of the day it is booked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, Subquery, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from content_store.database import insert_into
from content_store.measuring_settings import MeasuringSettings
from content_store.models import (
    MODEL_TIME,
    Action,
    Cost,
    CostKind,
    Decision,
    Delivery,
    Message,
    Occurrence,
    Publication,
    PublicationStatus,
    Run,
)
from evaluation.measurement.results import CostLine

#: Nobody knows how long somebody looked who decided nothing before on that day, or long ago; so long at most.
LONGEST_LOOK = timedelta(minutes=5)

#: What people decide; the log also tells of what follows from that by itself.
_BY_PEOPLE = (
    Action.APPROVE_BLOCK,
    Action.APPROVE,
    Action.EDIT,
    Action.SWAP,
    Action.REJECT,
    Action.SEND_BACK,
    Action.REOPEN,
)


class Used(NamedTuple):
    """Something that was used up."""

    kind: CostKind
    reference: str
    quantity: float
    price: float


def book(session: Session, brief_id: str, settings: MeasuringSettings, now: datetime) -> int:
    """Book what was used up for a brief and is not booked yet; gives how many things that were.

    Seconds of the model count by run. A decision on a message counts the minutes since the same person's decision
    before it, whatever that was about, if it was on the same day (UTC), and 5 minutes at most; the first decision of a
    day counts 5. Sends count by delivery when all of it is answered; those whose answer was lost may have gone out.
    """
    booked = 0
    for used in [
        *_runs(session, brief_id, settings),
        *_decisions(session, brief_id, settings),
        *_sends(session, brief_id, settings),
    ]:
        row = {
            "brief_id": brief_id,
            "kind": used.kind,
            "reference": used.reference,
            "quantity": used.quantity,
            "unit_price": used.price,
            "currency": settings.currency,
            "at": now,
        }
        added = insert_into(session, Cost).values(row).on_conflict_do_nothing().returning(Cost.id)
        booked += len(session.execute(added).all())
    return booked


def cost_lines(session: Session, brief_id: str, currency: str, until: datetime) -> list[CostLine]:
    """What is booked for a brief in this currency, by kind; of sends those of its occurrences `until` then.

    The effect counts occurrences whose windows are over, so later sends have nothing to stand beside.
    """
    later = (
        select(Delivery.id)
        .join(Occurrence, Occurrence.id == Delivery.occurrence_id)
        .where(Occurrence.at > until, Cost.reference == _reference("delivery ", Delivery.id))
        .exists()
    )
    rows = session.execute(
        select(Cost.kind, func.sum(Cost.quantity), func.sum(Cost.quantity * Cost.unit_price))
        .where(Cost.brief_id == brief_id, Cost.currency == currency)
        .where(or_(Cost.kind != CostKind.SENDS, ~later))
        .group_by(Cost.kind)
    ).all()
    return sorted(
        (CostLine(kind.value, float(quantity), float(amount)) for kind, quantity, amount in rows),
        key=lambda line: line.kind,
    )


def model_seconds_per_message(session: Session) -> float | None:
    """What a message took the model in past runs that wrote some; None before there is one."""
    counts = [
        found
        for found in session.scalars(select(Run.counts))
        if found.get(MODEL_TIME) and found.get("messages")
    ]
    messages = sum(found["messages"] for found in counts)
    return sum(found[MODEL_TIME] for found in counts) / 1000 / messages if messages else None


def reviewer_minutes_per_message(session: Session) -> float | None:
    """What a message took people, by the rule of `book`; None before there is a decision."""
    looked = _looks()
    rows = session.execute(select(looked).where(looked.c.message_id.is_not(None))).all()
    messages = {row.message_id for row in rows}
    return sum(minutes_between(row.before, row.at) for row in rows) / len(messages) if messages else None


def _runs(session: Session, brief_id: str, settings: MeasuringSettings) -> Iterator[Used]:
    """Runs that are over; those from before model time was noted have none."""
    query = select(Run.id, Run.counts).where(
        Run.brief_id == brief_id, Run.finished_at.is_not(None), ~_is_booked("run ", Run.id)
    )
    for number, counts in session.execute(query.order_by(Run.id)):
        if milliseconds := counts.get(MODEL_TIME):
            yield Used(CostKind.MODEL_SECONDS, f"run {number}", milliseconds / 1000, settings.model_second)


def _decisions(session: Session, brief_id: str, settings: MeasuringSettings) -> Iterator[Used]:
    looked = _looks()
    query = (
        select(looked.c.id, looked.c.at, looked.c.before)
        .join(Message, Message.id == looked.c.message_id)
        .where(Message.brief_id == brief_id, ~_is_booked("decision ", looked.c.id))
    )
    for number, at, earlier in session.execute(query.order_by(looked.c.id)):
        minutes = minutes_between(earlier, at)
        yield Used(CostKind.REVIEWER_MINUTES, f"decision {number}", minutes, settings.reviewer_minute)


def _looks() -> Subquery:
    """Every decision of a person, with the moment of the same person's decision before it."""
    before = func.lag(Decision.at, type_=Decision.at.type).over(
        partition_by=Decision.by, order_by=Decision.id
    )
    return (
        select(Decision.id, Decision.at, before.label("before"), Decision.message_id)
        .where(Decision.action.in_(_BY_PEOPLE))
        .subquery()
    )


def minutes_between(earlier: datetime | None, at: datetime) -> float:
    """How long somebody looked who decided `earlier` and now, by the rule of `book`."""
    same_day = earlier is not None and earlier.date() == at.date()
    looked = at - earlier if earlier is not None and same_day else LONGEST_LOOK
    return min(max(looked, timedelta()), LONGEST_LOOK) / timedelta(minutes=1)


def _sends(session: Session, brief_id: str, settings: MeasuringSettings) -> Iterator[Used]:
    query = (
        select(Delivery.id, Delivery.channel, func.count())
        .join(Publication, Publication.delivery_id == Delivery.id)
        .where(
            Publication.brief_id == brief_id,
            Publication.status.in_((PublicationStatus.ACCEPTED, PublicationStatus.UNKNOWN)),
            Delivery.done_at.is_not(None),
            ~_is_booked("delivery ", Delivery.id),
        )
        .group_by(Delivery.id, Delivery.channel)
    )
    for number, channel, count in session.execute(query.order_by(Delivery.id)):
        yield Used(CostKind.SENDS, f"delivery {number}", count, settings.send.get(channel, 0.0))


def _is_booked(what: str, number: SQLColumnExpression[int]) -> ColumnElement[bool]:
    return select(Cost.id).where(Cost.reference == _reference(what, number)).exists()


def _reference(what: str, number: SQLColumnExpression[int]) -> ColumnElement[str]:
    return literal(what) + cast(number, Cost.reference.type)
