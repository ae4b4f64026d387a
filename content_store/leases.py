"""Leases: who executes a brief now. Two runs of one brief never overlap, and a run whose process died is noticed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from content_store.database import insert_into
from content_store.errors import StaleState
from content_store.models import BriefLease, Run, RunStatus

#: An owner that was silent for so long is taken for dead.
LEASE_SECONDS = 120
#: How the reason of a run that died ends, until somebody resumes it.
START_AGAIN = "Start it again: it goes on from there."


class Lease(NamedTuple):
    """A brief held by an owner; `fence` is higher than that of every owner before."""

    brief_id: str
    owner: str
    fence: int
    until: datetime


def take(session: Session, brief_id: str, owner: str, now: datetime, seconds: int = LEASE_SECONDS) -> Lease:
    """Hold a brief; runs of it that a dead owner left behind are marked as failed. StaleState if somebody holds it."""
    until = now + timedelta(seconds=seconds)
    found = _lease(session, brief_id)
    if found is None:
        insert = insert_into(session, BriefLease)
        new = insert.values(brief_id=brief_id, owner=owner, until=until, fence=1).on_conflict_do_nothing()
        taken = session.scalar(new.returning(BriefLease.fence)) is not None
    else:
        taken = found.until <= now and _changed(
            session, _held(brief_id, found.fence).values(owner=owner, until=until, fence=found.fence + 1)
        )
    if not taken:
        raise StaleState(_refusal(session, brief_id, seconds))
    _mark_dead(session, _running(session, brief_id), found.until if found else None, now, seconds)
    return Lease(brief_id, owner, found.fence + 1 if found else 1, until)


def renew(session: Session, lease: Lease, now: datetime, seconds: int = LEASE_SECONDS) -> Lease:
    """A sign of life. StaleState if another owner was put in the place of this one, or it was taken for dead.

    Inside the transaction of a write, it makes sure that nobody who was taken for dead writes.
    """
    until = now + timedelta(seconds=seconds)
    if not _changed(session, _held(lease.brief_id, lease.fence).values(until=until)):
        raise StaleState(
            f"this process was silent for too long and brief {lease.brief_id} was taken from it; start it again."
        )
    return lease._replace(until=until)


def release(session: Session, lease: Lease, now: datetime) -> None:
    """Let the next owner in; a lease that was taken away already is left alone."""
    _changed(session, _held(lease.brief_id, lease.fence).values(until=now))


def give_up(session: Session, brief_id: str, process: str, now: datetime) -> None:
    """The lease of a process that its parent saw die ends at once; `process` is what its owner's name begins with."""
    lease = _lease(session, brief_id)
    if lease is not None and lease.owner.startswith(process):
        _changed(session, _held(brief_id, lease.fence).values(until=min(lease.until, now)))


def held(session: Session, now: datetime) -> set[str]:
    """The briefs that somebody executes now."""
    return set(session.scalars(select(BriefLease.brief_id).where(BriefLease.until > now)))


def died(session: Session, now: datetime, seconds: int = LEASE_SECONDS) -> list[Run]:
    """Runs whose process gave no sign of life for too long: marked as failed, and their owners shut out."""
    query = (
        select(Run, BriefLease)
        .outerjoin(BriefLease, BriefLease.brief_id == Run.brief_id)
        .where(Run.status == RunStatus.RUNNING, or_(BriefLease.brief_id.is_(None), BriefLease.until <= now))
        .order_by(Run.id)
        .execution_options(populate_existing=True)
    )
    marked: list[Run] = []
    shut_out: set[str] = set()
    for run, lease in session.execute(query).all():
        if lease is not None and lease.brief_id not in shut_out:
            silent = _held(lease.brief_id, lease.fence).where(BriefLease.until <= now)
            if not _changed(session, silent.values(fence=lease.fence + 1)):
                continue  # it was renewed or taken this moment
            shut_out.add(lease.brief_id)
        marked += _mark_dead(session, [run], lease.until if lease else None, now, seconds)
    return marked


def _held(brief_id: str, fence: int) -> Any:
    """The beginning of an update that only comes true while the fence still stands."""
    return (
        update(BriefLease)
        .where(BriefLease.brief_id == brief_id, BriefLease.fence == fence)
        .execution_options(synchronize_session=False)
    )


def _changed(session: Session, statement: Any) -> bool:
    result: CursorResult[Any] = session.execute(statement)  # type: ignore[assignment]
    return result.rowcount == 1


def _lease(session: Session, brief_id: str) -> BriefLease | None:
    return session.get(BriefLease, brief_id, populate_existing=True)


def _running(session: Session, brief_id: str) -> list[Run]:
    query = select(Run).where(Run.brief_id == brief_id, Run.status == RunStatus.RUNNING).order_by(Run.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _mark_dead(
    session: Session, runs: Iterable[Run], until: datetime | None, now: datetime, seconds: int
) -> list[Run]:
    """Runs that are still marked as running become failed ones, with when their process was last heard of."""
    marked = []
    for run in runs:
        last = max(run.started_at, until - timedelta(seconds=seconds)) if until else run.started_at
        reason = f"its process stopped without a word; last sign of life {_moment(last, now)}. {START_AGAIN}"
        values = {"status": RunStatus.FAILED, "finished_at": last, "reason": reason, "progress": None}
        if _changed(
            session, update(Run).where(Run.id == run.id, Run.status == RunStatus.RUNNING).values(values)
        ):
            marked.append(run)
    return marked


def _refusal(session: Session, brief_id: str, seconds: int) -> str:
    holder = _lease(session, brief_id)
    if holder is None:
        return f"brief {brief_id} is being executed by another process; wait for it."
    running = _running(session, brief_id)
    seen = holder.until - timedelta(seconds=seconds)
    told = f"since {running[0].started_at:%H:%M} UTC" if running else f"last seen {seen:%H:%M:%S} UTC"
    return f"brief {brief_id} is being executed by {holder.owner}, {told}; wait for it or stop it."


def _moment(at: datetime, now: datetime) -> str:
    return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"
