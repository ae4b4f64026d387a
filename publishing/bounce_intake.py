"""Reports of mails that came back, believed when they name a mail of ours, and taken once."""

from __future__ import annotations

import hashlib
from datetime import datetime
from hmac import compare_digest
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from content_store import suppressions
from content_store.database import insert_into
from content_store.models import Customer, InboxItem, Publication, PublicationStatus, SuppressionReason
from publishing.bounces import Kind, NoReport, Report, parse
from publishing.enhanced_codes import NO_SUCH_ADDRESS

CHANNEL = "email"

#: What these prove of a mail whose answer was lost; that a server still tries proves nothing.
_PROVEN = {
    Kind.FAILED: PublicationStatus.REJECTED,
    Kind.DELIVERED: PublicationStatus.ACCEPTED,
    Kind.COMPLAINED: PublicationStatus.ACCEPTED,
}


class Taken(NamedTuple):
    """What a report changed."""

    kind: Kind
    #: whether it was taken before, and changes nothing now
    again: bool = False
    #: whether nobody is written there any more
    listed: bool = False
    #: whether it says what became of a mail whose answer was lost
    resolved: bool = False


def take(session: Session, raw: bytes, key: bytes, at: datetime) -> Taken:
    """Take a mail as it came in; `key` is that of the suppressions. NoReport when it says nothing of a mail of ours.

    A Message-ID of ours holds a part of the hash of the mail's bytes, so only who got the mail can name it. The caller
    commits: the inbox's row and what follows from it are one transaction.
    """
    report = parse(raw)
    row = _publication(session, report)
    # As for a withdrawal: once this is committed, no intent that did not see it is.
    customer = session.scalars(
        select(Customer).where(Customer.id == row.customer_id).with_for_update()
    ).first()
    if not _is_new(session, raw, report, row, at):
        return Taken(report.kind, again=True)
    status = _PROVEN.get(report.kind)
    resolved = status is not None and resolve(session, row.id, status, came_back(report.code), at)
    hashes = sorted(_unreachable(report, row, customer, key))
    reason = SuppressionReason.COMPLAINED if report.kind is Kind.COMPLAINED else SuppressionReason.BOUNCED
    for key_hash in hashes:
        proof = f"a mail that came back of publication {row.id}"
        suppressions.suppress(session, key_hash, CHANNEL, reason, at=at, proof=proof)
    return Taken(report.kind, listed=bool(hashes), resolved=resolved)


def _publication(session: Session, report: Report) -> Publication:
    row = session.get(Publication, report.mail.publication_id)
    stamp = (row.rendered_hash or "") if row is not None else ""
    if (
        row is None
        or row.channel != CHANNEL
        or not compare_digest(stamp[: len(report.mail.stamp)], report.mail.stamp)
    ):
        raise NoReport("it names no mail of ours")
    return row


def _is_new(session: Session, raw: bytes, report: Report, row: Publication, at: datetime) -> bool:
    """The inbox's row, without what the report says in words: it names people."""
    insert = insert_into(session, InboxItem)
    values = {
        "external_id": hashlib.sha256(raw).hexdigest(),
        "kind": "complaint" if report.kind is Kind.COMPLAINED else "dsn",
        "received_at": at,
        "body": {"outcome": report.kind.value, "code": report.code},
        "publication_id": row.id,
    }
    statement = insert.values(values).on_conflict_do_nothing(index_elements=["external_id"])
    return session.scalar(statement.returning(InboxItem.id)) is not None


def resolve(
    session: Session, publication_id: int, status: PublicationStatus, reason: str | None, at: datetime
) -> bool:
    """What is known now of a publication whose answer was lost, or is not in yet; False for any other, which stays as it is.

    `status` is ACCEPTED or REJECTED, `reason` says why it was rejected, `at` is when it was sent if it was.
    """
    accepted = status is PublicationStatus.ACCEPTED
    statement = (
        update(Publication)
        .where(
            Publication.id == publication_id,
            Publication.status.in_((PublicationStatus.INTENT, PublicationStatus.UNKNOWN)),
        )
        .values(status=status, reason=None if accepted else reason, sent_at=at if accepted else None)
        .returning(Publication.id)
    )
    return session.scalar(statement, execution_options={"synchronize_session": False}) is not None


def came_back(code: str | None) -> str:
    """Why a publication was rejected that came back, for the ledger."""
    return f"it came back: {code}" if code else "it came back"


def complained(key: bytes, customer_id: str, address: str | None) -> set[str]:
    """The hashes of whom nobody is to write to after a complaint.

    Who gives complaints on often removes the address; the customer is known all the same.
    """
    own = {suppressions.of_customer(key, customer_id)}
    return own | {suppressions.of_address(key, address)} if address else own


def _unreachable(report: Report, row: Publication, customer: Customer | None, key: bytes) -> set[str]:
    """The hashes of what nobody is to write to any more."""
    address = customer.email if customer is not None else None
    if report.kind is Kind.COMPLAINED:
        return complained(key, row.customer_id, address)
    if report.kind is not Kind.FAILED or report.code not in NO_SUCH_ADDRESS or not address:
        return set()
    # A customer who has another address by now is written there.
    same = report.to is None or report.to.casefold() == address.strip().casefold()
    return {suppressions.of_address(key, address)} if same else set()
