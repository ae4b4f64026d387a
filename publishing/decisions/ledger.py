"""What a transaction of decisions reads and writes; each statement is built once, as building takes longer than asking."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    Connection,
    Executable,
    Table,
    any_,
    bindparam,
    false,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)

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
from publishing.decisions.one_trip import Asked, one_trip

LATE = "the answer took too long, so the default was shown"


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


_customers, _consents, _list = _table(Customer).c, _table(Consent).c, _table(Suppression).c
_messages, _blocks, _ledger = _table(Message).c, _table(BlockVersion).c, _table(Publication).c
_standing, _on = _table(MessageVariant).c, _table(VariantBlock).c


_WRITTEN = (
    "brief_id", "occurrence", "customer_id", "channel", "message_id", "approved_hash", "status", "reason", "propensity",
    "planned_at", "step", "sent_at", "rendered_hash", "filled_in",
)  # fmt: skip


class _Statements(NamedTuple):
    lock: Executable
    said: Executable
    approved: Executable
    receipts: Executable
    usable: Executable
    write: Executable


@cache
def _statements(dialect: str) -> _Statements:
    """Those of a database; PostgreSQL takes a list as one value, so that the text stays the same and is planned once."""

    def among(column: Any, name: str) -> Any:
        if dialect == "postgresql":
            return column == any_(bindparam(name, type_=ARRAY(column.type)))
        return column.in_(bindparam(name, expanding=True))

    return _Statements(
        # In the order of their ids, so that two who lock some wait for each other and never both.
        select(_customers.id, _customers.locale)
        .where(among(_customers.id, "customers"))
        .order_by(_customers.id)
        .with_for_update(skip_locked=True),
        # One statement for both: a place on the list is a no to every purpose.
        union_all(
            select(
                _consents.customer_id.label("who"),
                _consents.purpose,
                _consents.channel,
                _consents.granted,
                _consents.at.label("at"),
            ).where(among(_consents.customer_id, "customers"), among(_consents.channel, "channels")),
            select(
                _list.key_hash, literal(None, _consents.purpose.type), _list.channel, false(), _list.at
            ).where(among(_list.key_hash, "hashes")),
        ).order_by("at"),
        select(_messages.id, _messages.approved_hash)
        .where(
            among(_messages.id, "messages"),
            _messages.status == ReviewStatus.APPROVED,
            ~select(_on.variant_id)
            .join(_table(MessageVariant), _standing.variant_id == _on.variant_id)
            .join(_table(BlockVersion), _blocks.id == _on.block_version_id)
            .where(_standing.message_id == _messages.id, _blocks.status != BlockStatus.APPROVED)
            .exists(),
        )
        .order_by(_messages.id)
        .with_for_update(read=True, of=_table(Message)),
        select(
            _ledger.customer_id,
            _ledger.brief_id,
            _ledger.channel,
            _ledger.message_id,
            _ledger.approved_hash,
            _ledger.occurrence,
            _ledger.reason == HOLDOUT,
            or_(_ledger.reason == HOLDOUT, *(_ledger.status == status for status in sorted(EXPOSED))),
            _ledger.propensity,
            _ledger.rendered_hash,
            _ledger.id,
        )
        .where(
            among(_ledger.customer_id, "customers"),
            among(_ledger.channel, "channels"),
            _ledger.occurrence > bindparam("since", type_=_ledger.occurrence.type),
        )
        .order_by(_ledger.occurrence),
        select(_blocks.id).where(among(_blocks.id, "blocks"), _blocks.status == BlockStatus.APPROVED),
        insert(_table(Publication))
        .values({name: bindparam(name, type_=_ledger[name].type) for name in _WRITTEN})
        .returning(_ledger.id),
    )


class Read(NamedTuple):
    """What the database says about the customers of a transaction."""

    #: customer, purpose and channel where the newest consent is a yes
    agreed: Collection[tuple[str, str, str]]
    #: customer and channel where they are not reached
    unreachable: Collection[tuple[str, str]]
    #: message -> hash of what was approved, of those that stand on approved blocks only
    approved: Mapping[int, str | None]
    #: customer and channel -> receipts, the oldest first
    receipts: dict[tuple[str, str], list[Receipt]]
    #: those of the block versions that are approved
    usable: Collection[int]


def lock(connection: Connection, customers: Collection[str]) -> dict[str, str | None]:
    """Customer -> locale, of those whose row nobody else holds; a withdrawal waits from here on."""
    statement = _statements(connection.dialect.name).lock
    (rows,) = one_trip(connection, [Asked(statement, {"customers": list(customers)})])
    return dict(rows)


def read(
    connection: Connection,
    customers: Collection[str],
    channels: Collection[str],
    messages: Collection[int],
    blocks: Collection[int],
    since: datetime,
    key: bytes,
) -> Read:
    """What is said of customers, messages and blocks, read after the customers were locked; a recall waits from here on."""
    statements = _statements(connection.dialect.name)
    hashes = {of_customer(key, customer): customer for customer in customers}
    people = {"customers": list(customers), "channels": list(channels)}
    asked = [Asked(statements.usable, {"blocks": list(blocks)})]
    if customers:
        asked += [
            Asked(statements.said, people | {"hashes": list(hashes)}),
            Asked(statements.approved, {"messages": list(messages)}),
            Asked(statements.receipts, people | {"since": since}),
        ]
    usable, *rest = one_trip(connection, asked)
    said, approved, receipts = rest or ((), (), ())
    newest = {(who, purpose, channel): yes for who, purpose, channel, yes, _ in said if purpose is not None}
    listed = [(hashes[who], channel) for who, purpose, channel, _, _ in said if purpose is None]
    return Read(
        {way for way, yes in newest.items() if yes},
        {(who, name) for who, channel in listed for name in channels if channel in (name, EVERY_CHANNEL)},
        dict(approved),
        _by_place(receipts),
        {block for (block,) in usable},
    )


def _by_place(rows: Iterable[Sequence[Any]]) -> dict[tuple[str, str], list[Receipt]]:
    found: dict[tuple[str, str], list[Receipt]] = {}
    for row in rows:
        receipt = Receipt(*row)
        receipt.held = bool(receipt.held)
        found.setdefault((receipt.customer_id, receipt.channel), []).append(receipt)
    return found


def write(connection: Connection, new: Iterable[Receipt], now: datetime) -> None:
    """Put receipts into the ledger; each gets its number. The transaction may end with it."""
    statement = _statements(connection.dialect.name).write
    asked = [(receipt, Asked(statement, _row(receipt, now))) for receipt in new]
    if asked:
        written = one_trip(connection, [item for _, item in asked], last=True)
        for (receipt, _), ((number,),) in zip(asked, written, strict=True):
            receipt.publication_id = number


def _row(receipt: Receipt, now: datetime) -> dict[str, Any]:
    return {
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


def take_back(connection: Connection, ids: Collection[int]) -> None:
    """Note that messages were not shown, because the answer came too late."""
    connection.execute(
        update(_table(Publication))
        .where(_ledger.id.in_(ids), _ledger.status == PublicationStatus.ACCEPTED)
        .values(status=PublicationStatus.SUPPRESSED, reason=LATE)
    )
