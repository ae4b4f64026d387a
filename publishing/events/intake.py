"""Outcomes that come in: each is in the inbox once, or in quarantine, and what follows from it is in the same transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from content_store import queries, suppressions, withdrawals
from content_store.database import Sessions, insert_into
from content_store.models import (
    Customer,
    InboxItem,
    OutcomeKind,
    Publication,
    QuarantinedOutcome,
    SuppressionReason,
)
from publishing.clicks import bots
from publishing.events import effects
from publishing.events.naming import names, read_name
from publishing.events.outcome import KIND, Outcome, body
from publishing.events.told import Refused, Told, moment
from publishing.last_look import locked_customers

#: What a customer agrees to who lets opens be counted.
OPEN_TRACKING = "open-tracking"
_NOT_COUNTED = f"opens are not counted without the brand's open_pixel and a consent for {OPEN_TRACKING}"


class Desk(NamedTuple):
    """What outcomes are taken in with."""

    sessions: Sessions
    #: signs receipts; see publishing.opt_out
    receipt_key: bytes
    #: of the list of those who are not reached any more
    suppression_key: bytes
    #: the brand's
    currency: str
    #: whether the brand counts opens
    counts_opens: bool
    now: Callable[[], datetime]


class Taken(NamedTuple):
    """What became of a batch."""

    taken: int
    #: told before, so nothing happened
    known: int
    #: the sender's id, and why it was set aside
    quarantined: list[tuple[str, str]]


def take(desk: Desk, origin: str, told: Sequence[Told]) -> Taken:
    """Take what was told, in one transaction; when this returns, all of it is committed."""
    now, by_id = desk.now(), {f"{origin}:{one.id}": one for one in told}
    with desk.sessions.begin() as session:
        # Nobody is erased between the look at a customer and the row that names them.
        suppressions.hold_list(session)
        if any(one.kind is OutcomeKind.UNSUBSCRIBED for one in told):
            withdrawals.source(session, now)
        known = set(session.scalars(select(InboxItem.external_id).where(InboxItem.external_id.in_(by_id))))
        outcomes, refused = _sorted_out(
            session, desk, origin, {key: one for key, one in by_id.items() if key not in known}, now
        )
        customers = locked_customers(session, {one.customer_id for one in outcomes if effects.has_any(one)})
        new = _insert(session, InboxItem, [_row(one, now) for one in outcomes])
        _set_aside(session, origin, refused, new, now)
        fresh = [one for one in outcomes if one.external_id in new]
        effects.follow(session, fresh, customers, desk.suppression_key, now)
    return Taken(
        len(new),
        len(told) - len(new) - len(refused),
        [(by_id[key].id, why.reason) for key, why in refused.items()],
    )


def _sorted_out(
    session: Session, desk: Desk, origin: str, told: Mapping[str, Told], now: datetime
) -> tuple[list[Outcome], dict[str, Refused]]:
    """What can be taken, and by external id what cannot."""
    publications = _publications(session, desk, told.values())
    customers = _customers(session, told.values())
    outcomes: list[Outcome] = []
    refused: dict[str, Refused] = {}
    for key, one in sorted(told.items()):
        row = publications.get(one.receipt or "")
        try:
            outcome = _outcome(one, key, origin, row, customers, desk.currency, now)
        except ValueError as error:
            refused[key] = Refused(str(error), one.raw)
        else:
            outcomes.append(outcome)
    counted = []
    for outcome in _flagged(outcomes, told):
        if outcome.kind is not OutcomeKind.OPENED or _counts_open(session, desk, outcome):
            counted.append(outcome)
        else:
            refused[outcome.external_id] = Refused(_NOT_COUNTED, "")
    for key in _erased(session, desk, {key: told[key] for key in refused}):
        refused[key] = Refused("the customer was erased", "")
    return counted, refused


def _outcome(
    one: Told,
    key: str,
    origin: str,
    row: Publication | None,
    customers: Collection[str],
    currency: str,
    now: datetime,
) -> Outcome:
    """The outcome of what was told; ValueError with why there is none."""
    at = moment(one.at, now)
    if one.receipt is not None and row is None:
        raise ValueError("the receipt is none of ours")
    if one.customer is not None and one.customer not in customers:
        raise ValueError("there is no such customer")
    if one.currency not in (None, currency):
        raise ValueError(f"the currency is not {currency}, that of the brand (measuring.currency)")
    if one.kind is OutcomeKind.BOUNCED and row is None:
        raise ValueError("a bounce names its publication by receipt, which says what channel it was")
    return Outcome(
        key,
        origin,
        one.kind,
        at,
        row.customer_id if row is not None else one.customer or "",
        row,
        one.value,
        one.margin,
        one.code,
        one.gone,
        one.to,
        one.link,
    )


def _flagged(outcomes: list[Outcome], told: Mapping[str, Told]) -> list[Outcome]:
    """With the rule by which a click or an open is not a person's; see publishing.clicks.bots."""
    by_second = Counter(_second(one) for one in outcomes if one.kind is OutcomeKind.CLICKED)
    return [
        one._replace(flag=bots.flag(_seen(one, told[one.external_id], by_second[_second(one)])))
        if one.kind in (OutcomeKind.CLICKED, OutcomeKind.OPENED)
        else one
        for one in outcomes
    ]


def _second(one: Outcome) -> tuple[str, int, datetime]:
    return one.customer_id, one.row.id if one.row else 0, one.at.replace(microsecond=0)


def _seen(one: Outcome, told: Told, in_a_second: int) -> bots.Seen:
    sent_at = one.row.sent_at if one.row is not None else None
    return bots.Seen(
        agent=told.agent,
        since_sent=one.at - sent_at if sent_at is not None else None,
        in_a_second=in_a_second,
        told=told.by_program,
    )


def _publications(session: Session, desk: Desk, told: Iterable[Told]) -> dict[str, Publication]:
    """Receipt -> its publication, for those that are ours."""
    read = {one.receipt: read_name(desk.receipt_key, one.receipt) for one in told if one.receipt}
    wanted = {name.publication_id for name in read.values() if name is not None}
    rows = {row.id: row for row in session.scalars(select(Publication).where(Publication.id.in_(wanted)))}
    found = {}
    for receipt, name in read.items():
        row = rows.get(name.publication_id) if name is not None else None
        if name is not None and row is not None and names(name, row):
            found[receipt] = row
    return found


def _customers(session: Session, told: Iterable[Told]) -> set[str]:
    """Those of the customers that are named who are there."""
    wanted = {one.customer for one in told if one.customer}
    return set(session.scalars(select(Customer.id).where(Customer.id.in_(wanted))))


def _counts_open(session: Session, desk: Desk, one: Outcome) -> bool:
    if not desk.counts_opens or one.row is None:
        return False
    return bool(queries.agreed_of(session, [one.customer_id], OPEN_TRACKING, one.row.channel))


def _erased(session: Session, desk: Desk, told: Mapping[str, Told]) -> set[str]:
    """Those that name somebody who asked to be forgotten; of them nothing is kept."""
    hashes: dict[str, set[str]] = {}
    for key, one in told.items():
        if one.customer:
            key_hash = suppressions.of_customer(desk.suppression_key, one.customer)
            hashes.setdefault(key_hash, set()).add(key)
    found = suppressions.suppressed(session, hashes, suppressions.EVERY_CHANNEL)
    gone = (hashes[key_hash] for key_hash, reason in found.items() if reason is SuppressionReason.ERASED)
    return set().union(*gone)


def _row(one: Outcome, now: datetime) -> dict[str, Any]:
    return {
        "external_id": one.external_id,
        "kind": KIND,
        "received_at": now,
        "body": body(one),
        "publication_id": one.row.id if one.row is not None else None,
        "customer_id": one.customer_id,
    }


def _set_aside(
    session: Session, origin: str, refused: Mapping[str, Refused], new: Collection[str], now: datetime
) -> None:
    """What came before and could not be taken then leaves the quarantine when it is taken now."""
    session.execute(
        delete(QuarantinedOutcome).where(QuarantinedOutcome.external_id.in_(new)),
        execution_options={"synchronize_session": False},
    )
    common = {"origin": origin, "received_at": now}
    rows = [
        # The id of what names somebody who was erased may name them too.
        {**common, "external_id": key if why.raw else None, "reason": why.reason, "raw": why.raw}
        for key, why in sorted(refused.items())
    ]
    _insert(session, QuarantinedOutcome, [row for row in rows if row["raw"]])


def _insert(
    session: Session, table: type[InboxItem | QuarantinedOutcome], rows: list[dict[str, Any]]
) -> set[str]:
    """The external ids of those that were not there; in their order, so that two batches do not wait in a circle."""
    if not rows:
        return set()
    statement = (
        insert_into(session, table).values(rows).on_conflict_do_nothing(index_elements=["external_id"])
    )
    return set(session.scalars(statement.returning(table.external_id)))
