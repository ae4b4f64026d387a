"""What of a batch can be taken, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import queries, suppressions
from content_store.models import Customer, OutcomeKind, Publication, SuppressionReason
from publishing.clicks import bots
from publishing.clicks.links import OPEN_TRACKING
from publishing.events.desk import Desk
from publishing.events.naming import names, read_name
from publishing.events.outcome import Outcome
from publishing.events.told import Refused, Told, moment

_NOT_COUNTED = f"opens are not counted without the brand's open_pixel and a consent for {OPEN_TRACKING}"


def sorted_out(
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
    return [
        one._replace(flag=bots.flag(_seen(one, told[one.external_id])))
        if one.kind in (OutcomeKind.CLICKED, OutcomeKind.OPENED)
        else one
        for one in outcomes
    ]


def _seen(one: Outcome, told: Told) -> bots.Seen:
    sent_at = one.row.sent_at if one.row is not None else None
    return bots.Seen(
        agent=told.agent,
        since_sent=one.at - sent_at if sent_at is not None else None,
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
