"""The plan of an occurrence: a row of the ledger for every customer it is for, in portions that go out together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from content_store import queries, suppressions
from content_store.brand_folder.brand import Brand
from content_store.brand_folder.briefs import BriefFile
from content_store.models import (
    HOLDOUT,
    Customer,
    Delivery,
    Message,
    Occurrence,
    Publication,
    PublicationStatus,
    ReviewStatus,
)
from content_store.publishable import why_not_publishable
from content_store.shares import EQUAL, Shares, competitor
from publishing.assignment import choose, held_out

#: Customers in one delivery, and in one transaction.
PORTION = 2_000


class Member(NamedTuple):
    """A customer of the audience."""

    customer_id: str
    segment_id: int


class Place(NamedTuple):
    """Where messages compete: each is an arm."""

    segment_id: int
    channel: str
    locale: str


class Approved(NamedTuple):
    """A message that may go out."""

    #: what policies call it
    competitor: str
    message_id: int
    content_hash: str
    #: how often it is chosen; the shares of a place add up to one
    share: float


Messages = dict[Place, list[Approved]]


def approved_messages(session: Session, brief_id: str, day: date, shares: Shares = EQUAL) -> Messages:
    """The newest message of each arm that may go out on `day`, in the order of the arms, with its share."""
    query = select(Message).where(Message.brief_id == brief_id, Message.status == ReviewStatus.APPROVED)
    newest: dict[Place, dict[str, Message]] = {}
    for message in session.scalars(query.order_by(Message.id)):
        if why_not_publishable(session, message, day) is None:
            place = Place(message.segment_id, message.channel, message.locale)
            newest.setdefault(place, {})[message.arm] = message
    return {place: _in_order(arms, shares, place) for place, arms in newest.items()}


def _in_order(arms: dict[str, Message], shares: Shares, place: Place) -> list[Approved]:
    names = sorted(arms)
    called = [competitor(name, arms[name].theme) for name in names]
    return [
        Approved(call, arms[name].id, arms[name].content_hash, share)
        for name, call, share in zip(names, called, shares.of(place, called), strict=True)
    ]


def plan_portion(
    session: Session,
    occurrence: Occurrence,
    channel: str,
    number: int,
    members: Sequence[Member],
    messages: Messages,
    brief: BriefFile,
    brand: Brand,
    at: datetime,
) -> Counter[str] | None:
    """The rows of one delivery, and how many customers of it get nothing, by reason; None when it is planned already.

    The caller opens the transaction: a delivery is there with all its rows or not at all.
    """
    planned = select(Delivery.id).where(
        Delivery.occurrence_id == occurrence.id, Delivery.channel == channel, Delivery.number == number
    )
    if session.scalar(planned) is not None:
        return None
    ids = [member.customer_id for member in members]
    # Nobody is erased between this look and the rows that name them.
    suppressions.hold_list(session)
    agreed = queries.agreed_of(session, ids, occurrence.purpose, channel)
    locales: dict[str, str | None] = dict(
        session.execute(select(Customer.id, Customer.locale).where(Customer.id.in_(ids))).all()
    )
    usual = (brief.locales or brand.locales)[0]
    delivery = Delivery(occurrence_id=occurrence.id, channel=channel, number=number)
    session.add(delivery)
    session.flush()
    left_out: Counter[str] = Counter()
    rows = []
    for customer_id, segment_id in members:
        if customer_id not in agreed:
            left_out[f"no consent for {occurrence.purpose} by {channel}"] += 1
            continue
        own = messages.get(Place(segment_id, channel, locales.get(customer_id) or usual))
        arms = own or messages.get(Place(segment_id, channel, usual))
        if arms is None:
            left_out["no approved message for the segment"] += 1
            continue
        shares = [arm.share for arm in arms]
        # With the channel: else who has two gets the arm at the same place in each, and no comparison tells them apart.
        chosen = choose(arms, shares, f"{brief.id}\0{occurrence.at.isoformat()}\0{channel}", customer_id)
        held = held_out(brand.name, customer_id, brand.holdout_share)
        rows.append(
            {
                "brief_id": brief.id,
                "occurrence": occurrence.at,
                "customer_id": customer_id,
                "channel": channel,
                "message_id": chosen.option.message_id,
                "approved_hash": chosen.option.content_hash,
                "status": PublicationStatus.SUPPRESSED if held else PublicationStatus.PLANNED,
                "reason": HOLDOUT if held else None,
                "propensity": chosen.propensity,
                "planned_at": at,
                "step": 0,
                "delivery_id": delivery.id,
            }
        )
    if rows:
        session.execute(insert(Publication), rows)
    return left_out
