"""What a transaction of decisions reads and writes; each statement is built once, as building takes longer than asking."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, false, insert, literal, or_, select, union_all, update

from content_store.models import (
    HOLDOUT,
    BlockStatus,
    BlockVersion,
    Consent,
    Customer,
    Message,
    MessageVariant,
    Publication,
    PublicationStatus,
    ReviewStatus,
    Suppression,
    VariantBlock,
)
from content_store.recall import EXPOSED
from content_store.suppressions import EVERY_CHANNEL, of_customer
from publishing.decisions.choosing import Receipt

LATE = "the answer took too long, so the default was shown"


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _among(name: str) -> Any:
    return bindparam(name, expanding=True)


_customers, _consents, _list = _table(Customer).c, _table(Consent).c, _table(Suppression).c
_messages, _blocks, _ledger = _table(Message).c, _table(BlockVersion).c, _table(Publication).c
_standing, _on = _table(MessageVariant).c, _table(VariantBlock).c

#: In the order of their ids, so that two who lock some wait for each other and never both.
_LOCK = (
    select(_customers.id, _customers.locale)
    .where(_customers.id.in_(_among("customers")))
    .order_by(_customers.id)
    .with_for_update(skip_locked=True)
)
#: One statement for both, as each costs a way to the database and back: a place on the list is a no to every purpose.
_SAID = union_all(
    select(
        _consents.customer_id.label("who"),
        _consents.purpose,
        _consents.channel,
        _consents.granted,
        _consents.at.label("at"),
    ).where(_consents.customer_id.in_(_among("customers")), _consents.channel.in_(_among("channels"))),
    select(_list.key_hash, literal(None, _consents.purpose.type), _list.channel, false(), _list.at).where(
        _list.key_hash.in_(_among("hashes"))
    ),
).order_by("at")
_APPROVED = (
    select(_messages.id, _messages.approved_hash)
    .where(
        _messages.id.in_(_among("messages")),
        _messages.status == ReviewStatus.APPROVED,
        ~select(_on.variant_id)
        .join(_table(MessageVariant), _standing.variant_id == _on.variant_id)
        .join(_table(BlockVersion), _blocks.id == _on.block_version_id)
        .where(_standing.message_id == _messages.id, _blocks.status != BlockStatus.APPROVED)
        .exists(),
    )
    .order_by(_messages.id)
    .with_for_update(read=True, of=_table(Message))
)
_RECEIPTS = (
    select(
        _ledger.customer_id,
        _ledger.brief_id,
        _ledger.channel,
        _ledger.message_id,
        _ledger.approved_hash,
        _ledger.occurrence,
        _ledger.reason == HOLDOUT,
        or_(_ledger.status.in_(EXPOSED), _ledger.reason == HOLDOUT),
        _ledger.propensity,
        _ledger.rendered_hash,
        _ledger.id,
    )
    .where(
        _ledger.customer_id.in_(_among("customers")),
        _ledger.channel.in_(_among("channels")),
        _ledger.occurrence > bindparam("since", type_=_ledger.occurrence.type),
    )
    .order_by(_ledger.occurrence)
)
_USABLE = select(_blocks.id).where(_blocks.id.in_(_among("blocks")), _blocks.status == BlockStatus.APPROVED)
_WRITE = insert(_table(Publication)).returning(
    _ledger.id, _ledger.customer_id, _ledger.channel, _ledger.occurrence
)
_TAKE_BACK = (
    update(_table(Publication))
    .where(_ledger.id.in_(_among("ids")), _ledger.status == PublicationStatus.ACCEPTED)
    .values(status=PublicationStatus.SUPPRESSED, reason=LATE)
)


def lock(connection: Connection, customers: Collection[str]) -> dict[str, str | None]:
    """Customer -> locale, of those whose row nobody else holds; a withdrawal waits from here on."""
    return dict(connection.execute(_LOCK, {"customers": list(customers)}).all())


def said(
    connection: Connection, customers: Collection[str], channels: Collection[str], key: bytes
) -> tuple[set[tuple[str, str, str]], set[tuple[str, str]]]:
    """Customer, purpose and channel where the newest consent is a yes; customer and channel where they are not reached."""
    hashes = {of_customer(key, customer): customer for customer in customers}
    values = {"customers": list(customers), "channels": list(channels), "hashes": list(hashes)}
    newest: dict[tuple[str, str, str], bool] = {}
    unreachable = set()
    for who, purpose, channel, yes, _ in connection.execute(_SAID, values):
        if purpose is not None:
            newest[who, purpose, channel] = yes
        else:
            unreachable |= {(hashes[who], name) for name in channels if channel in (name, EVERY_CHANNEL)}
    return {way for way, yes in newest.items() if yes}, unreachable


def approved(connection: Connection, messages: Collection[int]) -> dict[int, str | None]:
    """Message -> hash of what was approved, of those that stand on approved blocks only; a recall waits from here on."""
    return dict(connection.execute(_APPROVED, {"messages": list(messages)}).all())


def receipts(
    connection: Connection, customers: Collection[str], channels: Collection[str], since: datetime
) -> dict[tuple[str, str], list[Receipt]]:
    """Customer and channel -> receipts since then, the oldest first."""
    values = {"customers": list(customers), "channels": list(channels), "since": since}
    found: dict[tuple[str, str], list[Receipt]] = {}
    for row in connection.execute(_RECEIPTS, values):
        receipt = Receipt(*row)
        receipt.held = bool(receipt.held)
        found.setdefault((receipt.customer_id, receipt.channel), []).append(receipt)
    return found


def usable(connection: Connection, blocks: Collection[int]) -> set[int]:
    """Those of the block versions that are approved."""
    return set(connection.scalars(_USABLE, {"blocks": list(blocks)}))


def write(connection: Connection, new: Iterable[Receipt], now: datetime) -> None:
    """Put receipts into the ledger; each gets its number."""
    by_moment = {(receipt.customer_id, receipt.channel, receipt.occurrence): receipt for receipt in new}
    rows: list[dict[str, Any]] = [
        {
            "brief_id": receipt.brief_id,
            "occurrence": receipt.occurrence,
            "customer_id": receipt.customer_id,
            "channel": receipt.channel,
            "message_id": receipt.message_id,
            "approved_hash": receipt.approved_hash,
            "status": PublicationStatus.SUPPRESSED if receipt.held else PublicationStatus.ACCEPTED,
            "reason": HOLDOUT if receipt.held else None,
            "propensity": receipt.propensity,
            "planned_at": now,
            "step": 0,
            "sent_at": None if receipt.held else now,
            "rendered_hash": receipt.rendered_hash,
            "filled_in": None if receipt.held else {},
        }
        for receipt in by_moment.values()
    ]
    if rows:
        for number, customer, channel, occurrence in connection.execute(_WRITE, rows):
            by_moment[customer, channel, occurrence].publication_id = number


def take_back(connection: Connection, ids: Collection[int]) -> None:
    """Note that messages were not shown, because the answer came too late."""
    connection.execute(_TAKE_BACK, {"ids": list(ids)})
