"""What follows from an outcome at once: an answer that was lost is known, and who wants no more messages gets none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from content_store import queries, suppressions
from content_store.models import Customer, OutcomeKind, PublicationStatus, SuppressionReason
from content_store.withdrawals import withdraw, withdraw_everything
from publishing.bounce_intake import came_back, complained, resolve
from publishing.events.outcome import Outcome
from publishing.last_look import ADDRESSES, address_of

#: What these prove of a publication whose answer was lost.
_PROVEN = {
    OutcomeKind.DELIVERED: PublicationStatus.ACCEPTED,
    OutcomeKind.COMPLAINED: PublicationStatus.ACCEPTED,
    OutcomeKind.BOUNCED: PublicationStatus.REJECTED,
}


def has_any(one: Outcome) -> bool:
    """Whether something follows from an outcome, so that its customer's row must be locked before."""
    return one.kind in _PROVEN or one.kind is OutcomeKind.UNSUBSCRIBED


def follow(
    session: Session,
    outcomes: Sequence[Outcome],
    customers: Mapping[str, Customer],
    key: bytes,
    now: datetime,
) -> None:
    """Do what follows from outcomes that are new; their customers' rows are locked, as for a withdrawal.

    `key` is that of the suppressions. Each kind of row is written in one order, so that two who write do not wait in a circle.
    """
    for one in sorted(outcomes, key=lambda one: (one.row.id if one.row else 0, one.at)):
        if one.row is not None and one.kind in _PROVEN:
            resolve(session, one.row.id, _PROVEN[one.kind], came_back(one.code), min(one.at, now))
    listed = {
        (key_hash, channel): (reason, one)
        for one in outcomes
        for key_hash, channel, reason in _unreachable(one, customers.get(one.customer_id), key)
    }
    for (key_hash, channel), (reason, one) in sorted(listed.items(), key=lambda item: item[0]):
        suppressions.suppress(session, key_hash, channel, reason, at=now, proof=_proof(one))
    for one in sorted(outcomes, key=lambda one: (one.customer_id, one.external_id)):
        if one.kind is OutcomeKind.UNSUBSCRIBED:
            _withdraw(session, one, now)


def _withdraw(session: Session, one: Outcome, now: datetime) -> None:
    """For the purpose and channel of the publication; who says stop without naming one means everything."""
    at, purpose = min(one.at, now), queries.purpose_of(session, one.row) if one.row is not None else None
    if one.row is not None and purpose is not None:
        withdraw(session, one.customer_id, purpose, one.row.channel, at=at, proof=_proof(one))
    else:
        withdraw_everything(session, one.customer_id, at=at, proof=_proof(one))


def _unreachable(
    one: Outcome, customer: Customer | None, key: bytes
) -> set[tuple[str, str, SuppressionReason]]:
    """Hash and channel of whom nobody is to write to any more, and why."""
    channel = one.row.channel if one.row is not None else suppressions.EVERY_CHANNEL
    address = address_of(customer, channel) if customer is not None and channel in ADDRESSES else None
    if one.kind is OutcomeKind.COMPLAINED:
        hashes = complained(key, one.customer_id, address)
        return {(key_hash, channel, SuppressionReason.COMPLAINED) for key_hash in hashes}
    if one.kind is not OutcomeKind.BOUNCED or not one.gone:
        return set()
    if one.to is not None and (address is None or one.to.casefold() != address.strip().casefold()):
        # A customer who has another address by now is written there.
        return set()
    if channel not in ADDRESSES:
        return {(suppressions.of_customer(key, one.customer_id), channel, SuppressionReason.BOUNCED)}
    return {(suppressions.of_address(key, address), channel, SuppressionReason.BOUNCED)} if address else set()


def _proof(one: Outcome) -> str:
    whom = f" of publication {one.row.id}" if one.row is not None else ""
    return f"an outcome{whom} that {one.origin} told"
