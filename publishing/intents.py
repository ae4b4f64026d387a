"""The last look before sending: everything that may have changed since the plan is asked again, and the intent committed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select, true, update
from sqlalchemy.orm import Session

from content_store import queries, suppressions
from content_store.brand_folder.brand import Brand
from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput
from content_store.models import (
    Customer,
    Delivery,
    Message,
    Publication,
    PublicationStatus,
    SuppressionReason,
)
from content_store.publishable import why_not_publishable
from content_store.recall import EXPOSED
from publishing.quiet_hours import customer_quiet_until
from publishing.render import PreparedMessage, Rendered, customer_fields, message_parts, prepare, render
from publishing.worker import Worker

#: Channel -> the column that says where a customer is reached; elsewhere the customer's id is the address.
ADDRESSES = {"email": "email", "sms": "phone"}


#: Why an address or a customer is on the list of those who are not reached -> what the ledger says.
UNREACHABLE = {
    SuppressionReason.BOUNCED: "the address bounced",
    SuppressionReason.COMPLAINED: "the customer called a message spam",
    SuppressionReason.ERASED: "the customer was erased",
}


class Outgoing(NamedTuple):
    """One publication, filled in and ready to be handed over."""

    publication: Publication
    address: str
    locale: str
    rendered: Rendered
    #: where the customer stops such messages
    unsubscribe_url: str


def commit_intents(
    session: Session,
    delivery: Delivery,
    worker: Worker,
    *,
    of: Collection[PublicationStatus] = (PublicationStatus.PLANNED,),
    after: int = 0,
    most: int | None = None,
    may_have_arrived: bool = False,
    only: Collection[int] | None = None,
    at_once: bool = False,
) -> list[Outgoing]:
    """What of a delivery goes out now, marked as intent; the rest is marked as suppressed, with the reason.

    It looks at publications with one of the statuses `of`, by id from `after` on, `most` of them, or at those in `only`.
    Where an intent of before `may_have_arrived`, it goes out with the values of then, and what stops it now makes it
    unknown. `at_once` is for ways that reach customers right away: those whose quiet hours it is are left as they are
    (publishing/quiet_hours.py tells when that ends).

    The caller commits before anything is sent. The customers' rows are locked first: a consent that is withdrawn refers
    to its customer, so a withdrawal was either committed before and is seen, or it waits until the intent is committed.
    The messages' rows are locked too, so the same holds for a recall.
    """
    brief, day, now = worker.brief, worker.moment().date(), worker.clock()
    rows = session.scalars(
        select(Publication)
        .where(Publication.delivery_id == delivery.id, Publication.status.in_(of), Publication.id > after)
        .where(true() if only is None else Publication.id.in_(only))
        .order_by(Publication.id)
        .limit(most)
        .execution_options(populate_existing=True)
    ).all()
    # Customers first: who waits for a long import of them holds up nobody's decision on a message.
    customers = _locked_customers(session, {row.customer_id for row in rows})
    messages = _messages(session, {row.message_id for row in rows}, worker.brand, day)
    agreed = queries.agreed_of(session, list(customers), brief.purpose, delivery.channel)
    unreachable = _unreachable(session, customers, delivery.channel, worker.suppression_key)
    sent = [name for name, channel in worker.brand.channels.items() if not channel.on_request]
    had = _had(session, list(customers), delivery, rows[0].occurrence, brief, sent) if rows else {}
    outgoing, changes = [], []
    for row in rows:
        customer, message = customers.get(row.customer_id), messages[row.message_id]
        reason = None
        if customer is None:
            reason = "the customer is not there any more"
        elif customer.id in unreachable:
            reason = unreachable[customer.id]
        elif customer.id not in agreed:
            reason = f"no consent for {brief.purpose} by {delivery.channel}"
        elif brief.valid_until is not None and day > brief.valid_until:
            reason = f"the brief was valid until {brief.valid_until}"
        elif isinstance(message, str):
            reason = message
        elif row.approved_hash != message.approved_hash:
            reason = f"message {row.message_id} was changed after this was planned"
        elif not _address(customer, delivery.channel):
            reason = f"no {ADDRESSES[delivery.channel]} is known"
        elif had.get(customer.id, 0) >= brief.caps.messages:
            reason = f"the cap of {brief.caps.messages} in {brief.caps.days} days is reached"
        again = may_have_arrived and row.status is PublicationStatus.INTENT
        if reason is None and customer is not None and not isinstance(message, str):
            if at_once and customer_quiet_until(brief, customer.time_zone, now) is not None:
                continue
            stop = worker.opt_out(row)
            fields = (row.filled_in or {}) if again else customer_fields(customer)
            rendered = render(message.prepared, fields, unsubscribe_url=stop)
            if again and rendered.rendered_hash != row.rendered_hash:
                reason = "what it says would be other than before"
        if reason is not None or customer is None or isinstance(message, str):
            status = PublicationStatus.SUPPRESSED
            if again:
                status, reason = PublicationStatus.UNKNOWN, f"it may have arrived; not sent again: {reason}"
            changes.append({"id": row.id, "status": status, "reason": reason})
            continue
        address = _address(customer, delivery.channel) or ""
        outgoing.append(Outgoing(row, address, message.locale, rendered, stop))
        changes.append(
            {
                "id": row.id,
                "status": PublicationStatus.INTENT,
                "rendered_hash": rendered.rendered_hash,
                "filled_in": dict(rendered.values),
            }
        )
    _write(session, changes)
    if outgoing:
        worker.mark(session)
    return outgoing


def _unreachable(
    session: Session, customers: Mapping[str, Customer], channel: str, key: bytes
) -> dict[str, str]:
    """Customer's id -> why nothing is sent there any more, for those on the list by their id or address."""
    hashes = {}
    for customer in customers.values():
        hashes[suppressions.of_customer(key, customer.id)] = customer.id
        if address := _address(customer, channel):
            hashes[suppressions.of_address(key, address)] = customer.id
    found = suppressions.suppressed(session, hashes, channel)
    return {hashes[key_hash]: UNREACHABLE[reason] for key_hash, reason in found.items()}


def _address(customer: Customer, channel: str) -> str | None:
    column = ADDRESSES.get(channel)
    return getattr(customer, column) if column else customer.id


class _Ready(NamedTuple):
    approved_hash: str | None
    locale: str
    prepared: PreparedMessage


def _messages(
    session: Session, message_ids: Collection[int], brand: Brand, day: date
) -> dict[int, _Ready | str]:
    """Each message prepared, or why it may not go out."""
    found = session.scalars(
        select(Message)
        .where(Message.id.in_(message_ids))
        .order_by(Message.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    ready: dict[int, _Ready | str] = {}
    for message in found:
        reason = why_not_publishable(session, message, day)
        if reason is None:
            try:
                prepared = prepare(message_parts(session, message.id, brand))
                ready[message.id] = _Ready(message.approved_hash, message.locale, prepared)
                continue
            except BadInput as error:
                reason = str(error)
        ready[message.id] = reason
    return ready


def _locked_customers(session: Session, customer_ids: Collection[str]) -> dict[str, Customer]:
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


def _write(session: Session, changes: list[dict[str, Any]]) -> None:
    """By what they have in common, so that each kind is one statement for all its rows."""
    for status in (PublicationStatus.SUPPRESSED, PublicationStatus.UNKNOWN, PublicationStatus.INTENT):
        if same := [change for change in changes if change["status"] is status]:
            session.execute(update(Publication), same)
