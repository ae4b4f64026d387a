"""Who sends a delivery now: one worker at a time holds it, and one that was taken for dead writes nothing any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from content_store.errors import StaleState
from content_store.models import Delivery

#: A worker that holds a delivery for so long is taken for dead; a delivery takes seconds.
LEASE = timedelta(minutes=5)

#: After which a way out that was shut is tried again; twice as long each time, up to the longest.
LATER = timedelta(minutes=5)

#: Why a delivery waits.
NIGHT = "it is night where some customers are"
LONGEST = timedelta(hours=1)


class Held(NamedTuple):
    """A delivery in the hands of a worker; `fence` is higher than that of every worker before."""

    delivery_id: int
    fence: int


class Wait(NamedTuple):
    """A moment before which something is not taken up, and what it waits for."""

    until: datetime
    waits_for: str


def claim(session: Session, occurrence_id: int, owner: str, now: datetime) -> Held | None:
    """The first delivery that is not done and that nobody holds, by channel and number; None when there is none."""
    free = or_(Delivery.until.is_(None), Delivery.until <= now)
    first = (
        select(Delivery.id)
        .where(Delivery.occurrence_id == occurrence_id, Delivery.done_at.is_(None), free)
        .order_by(Delivery.id)
        .limit(1)
        # Of several workers each takes another one; SQLite has one writer anyway.
        .with_for_update(skip_locked=True)
    )
    delivery_id = session.scalar(first)
    if delivery_id is None:
        return None
    taken = (
        update(Delivery)
        .where(Delivery.id == delivery_id, free)
        .values(owner=owner, until=now + LEASE, fence=Delivery.fence + 1, waits_for=None)
        .returning(Delivery.fence)
    )
    fence = session.scalar(taken, execution_options={"synchronize_session": False})
    return None if fence is None else Held(delivery_id, fence)


def confirm(session: Session, held: Held, now: datetime) -> None:
    """A sign of life inside the transaction of a write; StaleState when the delivery is in other hands."""
    _write(session, held, {"until": now + LEASE})


def finish(session: Session, held: Held, at: datetime, *, file: str | None, sha256: str | None) -> None:
    """Every publication in it has its answer."""
    _write(session, held, {"done_at": at, "owner": None, "until": None, "file": file, "sha256": sha256})


def postpone(
    session: Session, held: Held, until: datetime, waits_for: str | None = None, *, attempts: int = 0
) -> None:
    """Nobody takes it up before then; `waits_for` tells people why, `attempts` is how often in a row this happened."""
    _write(session, held, {"owner": None, "until": until, "waits_for": waits_for, "attempts": attempts})


def back_off(session: Session, held: Held, now: datetime, waits_for: str, *, taken: bool) -> None:
    """Postpone what the way out does not take now: by 5 minutes, and by 10, 20, 40 and 60 while it takes nothing at all."""
    attempts = (
        0 if taken else session.get_one(Delivery, held.delivery_id, populate_existing=True).attempts + 1
    )
    pause = min(LATER * 2 ** max(0, min(attempts, 10) - 1), LONGEST)
    _write(
        session,
        held,
        {"owner": None, "until": now + pause, "waits_for": waits_for, "attempts": attempts},
    )


def waiting(session: Session, occurrence_id: int) -> list[Wait]:
    """What of an occurrence is postponed, and until when the first of it is, by what it waits for."""
    first = func.min(Delivery.until)
    rows = session.execute(
        select(first, Delivery.waits_for)
        .where(
            Delivery.occurrence_id == occurrence_id,
            Delivery.done_at.is_(None),
            Delivery.waits_for.is_not(None),
        )
        .group_by(Delivery.waits_for)
        .order_by(first)
    )
    return [Wait(until, waits_for) for until, waits_for in rows if until and waits_for]


def release(session: Session, held: Held) -> None:
    """Let the next worker in after a failure; what is in other hands already is left alone."""
    session.execute(_held(held).values(until=None, owner=None))


def give_up(session: Session, process: str, now: datetime) -> None:
    """The leases of a process that its parent saw die end at once; `process` is what its owner's name begins with."""
    dead = Delivery.owner.startswith(process, autoescape=True)
    session.execute(
        update(Delivery)
        .where(dead, Delivery.done_at.is_(None), Delivery.until > now)
        .values(until=now, owner=None),
        execution_options={"synchronize_session": False},
    )


def _write(session: Session, held: Held, values: dict[str, Any]) -> None:
    found = session.scalar(_held(held).values(values).returning(Delivery.id))
    if found is None:
        raise StaleState(
            "this process was silent for too long and another one took its delivery; what it did is kept."
        )


def _held(held: Held) -> Any:
    return (
        update(Delivery)
        .where(Delivery.id == held.delivery_id, Delivery.fence == held.fence, Delivery.done_at.is_(None))
        .execution_options(synchronize_session=False)
    )
