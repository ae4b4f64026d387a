"""What the database holds about a customer, and how it forgets them (GDPR, art. 15 and 17)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from content_store import suppressions
from content_store.models import (
    Customer,
    InboxItem,
    Publication,
    QuarantinedOutcome,
    QuarantinedRow,
    SegmentSnapshot,
    SuppressionReason,
)
from content_store.suppressions import EVERY_CHANNEL

#: What a mail server's answer begins with (RFC 5321, 4.2; RFC 3463); the words after it may name the customer.
CODES = re.compile(r"[2-5]\d\d(?:[ -][245]\.\d{1,3}\.\d{1,3})?\b")

#: Stands for an answer without a code that names the customer.
UNSAYABLE = "the answer named the customer, who was erased"


class Person(NamedTuple):
    """What a text may call a customer; the addresses are missing when the customer's row is gone already."""

    id: str
    email: str | None = None
    phone: str | None = None

    def named_in(self, text: str) -> bool:
        """Whether a text holds the id as a word of its own, or one of the addresses however it is written."""
        if re.search(rf"(?<![\w-]){re.escape(self.id)}(?![\w-])", text):
            return True
        if self.email and self.email.casefold() in text.casefold():
            return True
        return bool(self.phone) and _digits(str(self.phone)) in _digits(text)


def people(session: Session, customer_ids: Collection[str]) -> list[Person]:
    """The customers of these ids that are there, by id."""
    rows = session.execute(
        select(Customer.id, Customer.email, Customer.phone)
        .where(Customer.id.in_(customer_ids))
        .order_by(Customer.id)
    )
    return [Person(*row) for row in rows]


def sharing_addresses(session: Session, persons: Sequence[Person]) -> list[Person]:
    """Other customers with the same mail address or telephone number, by id."""
    mails = {person.email for person in persons if person.email}
    phones = {person.phone for person in persons if person.phone}
    query = select(Customer.id, Customer.email, Customer.phone).where(
        or_(Customer.email.in_(mails), Customer.phone.in_(phones)),
        Customer.id.not_in([person.id for person in persons]),
    )
    return [Person(*row) for row in session.execute(query.order_by(Customer.id))]


def put_on_list(session: Session, key: bytes, persons: Sequence[Person], at: datetime) -> None:
    """Once this is committed nothing is sent to them any more, and no source brings them back.

    The customers' rows are locked as by whoever commits an intent to send (publishing/intents.py).
    """
    suppressions.hold_list(session, to_erase=True)
    ids = [person.id for person in persons]
    by_bytes = Customer.id.collate("C") if session.get_bind().dialect.name == "postgresql" else Customer.id
    session.execute(select(Customer.id).where(Customer.id.in_(ids)).order_by(by_bytes).with_for_update())
    for person in persons:
        hashes = [suppressions.of_customer(key, person.id)]
        hashes += [suppressions.of_address(key, item) for item in (person.email, person.phone) if item]
        for key_hash in hashes:
            suppressions.suppress(
                session, key_hash, EVERY_CHANNEL, SuppressionReason.ERASED, at=at, proof="they asked for it"
            )


def erase(session: Session, key: bytes, persons: Sequence[Person]) -> None:
    """Take them out of every table; what was sent stays countable, under a name that only the key leads to.

    Consents go with the customer. The rows are overwritten on SQLite; `database.compact` then drops older copies.
    """
    suppressions.hold_list(session, to_erase=True)
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete = ON")
    ids = {person.id for person in persons}
    for row in quarantined(session, persons):
        row.raw = ""
    for outcome in quarantined_outcomes(session, persons):
        outcome.raw, outcome.external_id = "", None
    for item in inbox(session, persons):
        session.delete(item)
    for snapshot in session.scalars(select(SegmentSnapshot)):
        if not ids.isdisjoint(snapshot.exemplars):
            snapshot.exemplars = [name for name in snapshot.exemplars if name not in ids]
    session.flush()
    for person in persons:
        _forget_publications(session, key, person)
    session.execute(delete(Customer).where(Customer.id.in_(ids)))


def quarantined(session: Session, persons: Sequence[Person]) -> list[QuarantinedRow]:
    """Rows that were set aside and name one of them."""
    rows = session.scalars(select(QuarantinedRow).where(QuarantinedRow.raw != "").order_by(QuarantinedRow.id))
    return [row for row in rows if any(person.named_in(row.raw) for person in persons)]


def quarantined_outcomes(session: Session, persons: Sequence[Person]) -> list[QuarantinedOutcome]:
    """Outcomes that were set aside and name one of them."""
    rows = session.scalars(
        select(QuarantinedOutcome).where(QuarantinedOutcome.raw != "").order_by(QuarantinedOutcome.id)
    )
    return [row for row in rows if any(person.named_in(f"{row.external_id} {row.raw}") for person in persons)]


def inbox(session: Session, persons: Sequence[Person]) -> list[InboxItem]:
    """What came in about them or their publications, or names them where it is about nobody who is known."""
    ids = [person.id for person in persons]
    theirs = select(Publication.id).where(Publication.customer_id.in_(ids))
    about_them = or_(InboxItem.customer_id.in_(ids), InboxItem.publication_id.in_(theirs))
    found = {item.id: item for item in session.scalars(select(InboxItem).where(about_them))}
    # The others are about somebody else; there may be millions of them.
    for item in session.scalars(select(InboxItem).where(InboxItem.customer_id.is_(None))):
        if any(person.named_in(_words(item)) for person in persons):
            found[item.id] = item
    return [found[number] for number in sorted(found)]


def _forget_publications(session: Session, key: bytes, person: Person) -> None:
    mine = Publication.customer_id == person.id
    quiet = {"synchronize_session": False}
    told = session.execute(
        select(Publication.id, Publication.reason).where(mine, Publication.reason.is_not(None))
    )
    for number, reason in told.all():
        if (less := without_words(str(reason), person)) != reason:
            session.execute(
                update(Publication).where(Publication.id == number).values(reason=less),
                execution_options=quiet,
            )
    session.execute(
        update(Publication)
        .where(mine)
        .values(customer_id=suppressions.pseudonym(key, person.id), filled_in=None),
        execution_options=quiet,
    )


def without_words(reason: str, person: Person) -> str:
    """A server's codes without its words; a reason of our own as it is, unless it names the customer."""
    if found := CODES.match(reason):
        return found[0]
    return UNSAYABLE if person.named_in(reason) else reason


def _words(item: InboxItem) -> str:
    return f"{item.external_id} {' '.join(_texts(item.body))}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield str(value)


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
