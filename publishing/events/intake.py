"""Outcomes that come in: each is in the inbox once, or in quarantine, and what follows from it is in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from content_store import suppressions, withdrawals
from content_store.database import insert_into
from content_store.models import InboxItem, OutcomeKind, QuarantinedOutcome
from content_store.models.measurement import OUTCOME
from publishing.events import bursts, effects
from publishing.events.desk import Desk
from publishing.events.outcome import Outcome, body
from publishing.events.sorting import sorted_out
from publishing.events.told import Refused, Told
from publishing.last_look import locked_customers

#: Outcomes that are kept in quarantine; the oldest make room, so that who sends nothing but mistakes does not fill the disk.
MOST_SET_ASIDE = 100_000


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
        outcomes, refused = sorted_out(
            session, desk, origin, {key: one for key, one in by_id.items() if key not in known}, now
        )
        customers = locked_customers(session, {one.customer_id for one in outcomes if effects.has_any(one)})
        clicked = {one.row.id for one in outcomes if one.kind is OutcomeKind.CLICKED and one.row}
        bursts.hold(session, clicked)
        new = _insert(session, InboxItem, [_row(one, now) for one in outcomes])
        _set_aside(session, origin, refused, new, now)
        fresh = [one for one in outcomes if one.external_id in new]
        bursts.mark(session, clicked)
        effects.follow(session, fresh, customers, desk.suppression_key, now)
    return Taken(
        len(new),
        len(told) - len(new) - len(refused),
        [(by_id[key].id, why.reason) for key, why in refused.items()],
    )


def _row(one: Outcome, now: datetime) -> dict[str, Any]:
    return {
        "external_id": one.external_id,
        "kind": OUTCOME,
        "received_at": now,
        "body": body(one),
        "publication_id": one.row.id if one.row is not None else None,
        "customer_id": one.customer_id,
    }


def _set_aside(
    session: Session, origin: str, refused: Mapping[str, Refused], new: Collection[str], now: datetime
) -> None:
    """What came before and could not be taken then leaves the quarantine when it is taken now."""
    _drop(session, QuarantinedOutcome.external_id.in_(new))
    common = {"origin": origin, "received_at": now}
    rows = [
        # The id of what names somebody who was erased may name them too.
        {**common, "external_id": key if why.raw else None, "reason": why.reason, "raw": why.raw}
        for key, why in sorted(refused.items())
    ]
    if _insert(session, QuarantinedOutcome, [row for row in rows if row["raw"]]):
        newest_first = select(QuarantinedOutcome.id).order_by(QuarantinedOutcome.id.desc())
        last = session.scalar(newest_first.offset(MOST_SET_ASIDE).limit(1))
        if last is not None:
            _drop(session, QuarantinedOutcome.id <= last)


def _drop(session: Session, which: ColumnElement[bool]) -> None:
    statement = delete(QuarantinedOutcome).where(which)
    session.execute(statement, execution_options={"synchronize_session": False})


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
