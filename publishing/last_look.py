"""The last look before sending: what may have changed since the plan, asked once more of everybody in a chunk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from content_store import queries, suppressions
from content_store.brand_folder.brand import Brand
from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput
from content_store.models import Customer, Delivery, Message, Publication, SuppressionReason
from content_store.publishable import why_not_publishable
from content_store.recall import EXPOSED
from publishing.clicks.links import OPEN_TRACKING
from publishing.render import PreparedMessage, message_parts, prepare
from publishing.worker import Worker

#: Channel -> the column that says where a customer is reached; elsewhere the customer's id is the address.
ADDRESSES = {"email": "email", "sms": "phone"}

#: Why an address or a customer is on the list of those who are not reached -> what the ledger says.
UNREACHABLE = {
    SuppressionReason.BOUNCED: "the address bounced",
    SuppressionReason.COMPLAINED: "the customer called a message spam",
    SuppressionReason.ERASED: "the customer was erased",
}


class Ready(NamedTuple):
    """A message that may go out."""

    approved_hash: str | None
    locale: str
    prepared: PreparedMessage


class Found(NamedTuple):
    """A customer and the message for them, with nothing in the way."""

    customer: Customer
    message: Ready


class LastLook(NamedTuple):
    """What was found of the customers and messages of a chunk."""

    brief: BriefFile
    channel: str
    day: date
    customers: Mapping[str, Customer]
    messages: Mapping[int, Ready | str]
    agreed: Collection[str]
    unreachable: Mapping[str, str]
    had: Mapping[str, int]
    #: those who agreed that opens are counted, where the brand does
    tracked: Collection[str]

    def of(self, row: Publication) -> Found | str:
        """The customer and the message of a publication, or why it may not go out."""
        customer, message, brief = (
            self.customers.get(row.customer_id),
            self.messages[row.message_id],
            self.brief,
        )
        if customer is None:
            return "the customer is not there any more"
        if customer.id in self.unreachable:
            return self.unreachable[customer.id]
        if customer.id not in self.agreed:
            return f"no consent for {brief.purpose} by {self.channel}"
        if brief.valid_until is not None and self.day > brief.valid_until:
            return f"the brief was valid until {brief.valid_until}"
        if isinstance(message, str):
            return message
        if row.approved_hash != message.approved_hash:
            return f"message {row.message_id} was changed after this was planned"
        if not address_of(customer, self.channel):
            return f"no {ADDRESSES[self.channel]} is known"
        if self.had.get(customer.id, 0) >= brief.caps.messages:
            return f"the cap of {brief.caps.messages} in {brief.caps.days} days is reached"
        return Found(customer, message)


def look(session: Session, delivery: Delivery, worker: Worker, rows: Sequence[Publication]) -> LastLook:
    """Ask everything again, with the rows of the customers and messages locked until the caller commits."""
    brief, day = worker.brief, worker.moment().date()
    # Customers first: who waits for a long import of them holds up nobody's decision on a message.
    customers = locked_customers(session, {row.customer_id for row in rows})
    messages = _messages(session, {row.message_id for row in rows}, worker.brand, day)
    sent = [name for name, channel in worker.brand.channels.items() if not channel.on_request]
    return LastLook(
        brief,
        delivery.channel,
        day,
        customers,
        messages,
        queries.agreed_of(session, list(customers), brief.purpose, delivery.channel),
        _unreachable(session, customers, delivery.channel, worker.suppression_key),
        _had(session, list(customers), delivery, rows[0].occurrence, brief, sent) if rows else {},
        queries.agreed_of(session, list(customers), OPEN_TRACKING, delivery.channel) if worker.pixel else (),
    )


def address_of(customer: Customer, channel: str) -> str | None:
    """Where a customer is reached, if that is known."""
    column = ADDRESSES.get(channel)
    return getattr(customer, column) if column else customer.id


def _unreachable(
    session: Session, customers: Mapping[str, Customer], channel: str, key: bytes
) -> dict[str, str]:
    """Customer's id -> why nothing is sent there any more, for those on the list by their id or address."""
    hashes: dict[str, set[str]] = {}
    for customer in customers.values():
        hashes[suppressions.of_customer(key, customer.id)] = {customer.id}
        if address := address_of(customer, channel):
            # A household may share one.
            hashes.setdefault(suppressions.of_address(key, address), set()).add(customer.id)
    found = suppressions.suppressed(session, hashes, channel)
    return {
        customer_id: UNREACHABLE[reason]
        for key_hash, reason in found.items()
        for customer_id in hashes[key_hash]
    }


def _messages(
    session: Session, message_ids: Collection[int], brand: Brand, day: date
) -> dict[int, Ready | str]:
    """Each message prepared, or why it may not go out."""
    found = session.scalars(
        select(Message)
        .where(Message.id.in_(message_ids))
        .order_by(Message.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    ready: dict[int, Ready | str] = {}
    for message in found:
        reason = why_not_publishable(session, message, day)
        if reason is None:
            try:
                prepared = prepare(message_parts(session, message.id, brand))
                ready[message.id] = Ready(message.approved_hash, message.locale, prepared)
                continue
            except BadInput as error:
                reason = str(error)
        ready[message.id] = reason
    return ready


def locked_customers(session: Session, customer_ids: Collection[str]) -> dict[str, Customer]:
    """The customers that are there, by id; their rows are locked until the caller commits."""
    # In the order of their ids, so that two publishers, or a publisher and an import (segments/ingest.py), wait for each
    # other and never both. Byte by byte: a database may sort by a language, which Python does not.
    by_bytes = Customer.id.collate("C") if session.get_bind().dialect.name == "postgresql" else Customer.id
    found = session.scalars(
        select(Customer)
        .where(Customer.id.in_(customer_ids))
        .order_by(by_bytes)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {customer.id: customer for customer in found}


def _had(
    session: Session,
    customer_ids: Sequence[str],
    delivery: Delivery,
    occurrence: datetime,
    brief: BriefFile,
    channels: Sequence[str],
) -> dict[str, int]:
    """How many messages each customer was sent, of all briefs, in occurrences nearer to this one than the brief's days."""
    days = timedelta(days=brief.caps.days)
    rows = session.execute(
        select(Publication.customer_id, func.count())
        .where(
            Publication.customer_id.in_(customer_ids),
            Publication.status.in_(EXPOSED),
            Publication.channel.in_(channels),
            Publication.occurrence > occurrence - days,
            Publication.occurrence < occurrence + days,
            or_(Publication.delivery_id.is_(None), Publication.delivery_id != delivery.id),
        )
        .group_by(Publication.customer_id)
    )
    return dict(rows.all())
