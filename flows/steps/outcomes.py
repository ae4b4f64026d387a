"""Outcomes from the inbox into the lake, where they are counted."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from sqlalchemy import Text, cast, delete, func, select, update
from sqlalchemy.orm import Session

from content_store import suppressions
from content_store.database import reading
from content_store.errors import WorkFailed
from content_store.folder_lock import locked
from content_store.models import InboxItem, OutcomeKind, Publication, QuarantinedOutcome
from content_store.settings import Settings
from content_store.suppressions import PSEUDONYM
from evaluation.measurement.tables import connected
from flows.steps.workplace import Workplace
from segments.outcome_lake import merge

#: Rows of the inbox that are brought into the lake together.
ROUND = 500_000

#: What could not be taken is kept for so long; who sent it may have corrected it by then, and it may name people.
QUARANTINE = timedelta(days=90)

#: Rows in one statement.
CHUNK = 5_000

#: Kinds of the inbox that hold outcomes: those that were told, and what mails that came back say.
KINDS = ("outcome", "dsn", "complaint")

#: What reports of mail servers call an outcome -> what we call it.
NAMES = {"failed": OutcomeKind.BOUNCED.value}

#: What the folder begins with, beside the outcomes, in which a file is read.
SCRATCH = ".outcomes-"

_MOMENT = pa.timestamp("us", "UTC")
_COLUMNS: dict[str, pa.DataType] = {
    "id": pa.int64(),
    "external_id": pa.string(),
    "received_at": _MOMENT,
    "body": pa.string(),
    "publication_id": pa.int64(),
    "customer_id": pa.string(),
}
_BATCH = pa.schema(_COLUMNS)


class Collected(NamedTuple):
    """What became of the rows of the inbox."""

    #: outcomes that are in the lake now
    new: int
    #: those that were there already
    known: int
    #: what says nothing that counts, such as a mail that is still under way, or is about somebody who was erased
    left_out: int


def collect(workplace: Workplace) -> Collected:
    """Write every outcome of the inbox into the lake, once; stopped anywhere, the next call goes on.

    A row is marked when its outcome is in the lake. Who is stopped between the two writes it again, and the lake knows
    its id. Several processes take turns. What is in quarantine for too long leaves it.
    """
    folder, done = workplace.settings.outcomes_folder, Collected(0, 0, 0)
    try:
        with locked(folder):
            total = _waiting(workplace)
            while ids := _collect_round(workplace, done, total):
                done = Collected(*(a + b for a, b in zip(done, ids, strict=True)))
    except OSError as error:
        raise WorkFailed(
            f"{error.filename or folder}: {error.strerror or error}; put that right and run the command again: it goes on from there."
        ) from None
    with workplace.sessions.begin() as session:
        old = QuarantinedOutcome.received_at < workplace.now - QUARANTINE
        session.execute(
            delete(QuarantinedOutcome).where(old), execution_options={"synchronize_session": False}
        )
    return done


def remove_leftovers(settings: Settings) -> None:
    """Delete what a killed process left of a file that it read; the caller holds the lock of the outcomes."""
    for folder in settings.outcomes_folder.parent.glob(f"{SCRATCH}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _collect_round(workplace: Workplace, before: Collected, total: int) -> Collected | None:
    with connected() as connection:
        connection.execute("set timezone = 'UTC'")
        ids = _load(connection, workplace)
        if not ids:
            return None
        _leave_out_erased(connection, workplace)
        connection.execute(_TOLD, {"erased": PSEUDONYM, "kinds": [kind.value for kind in OutcomeKind]})
        taken = sum(before)
        workplace.progress("collect", taken, total)
        merged = merge(connection, workplace.settings.outcomes_folder, workplace.settings.ingest.partitions)
    for start in range(0, len(ids), CHUNK):
        with workplace.sessions.begin() as session:
            _mark(session, ids[start : start + CHUNK], workplace.now)
        workplace.progress("collect", taken + min(start + CHUNK, len(ids)), total)
    return Collected(*merged, len(ids) - sum(merged))


def _waiting(workplace: Workplace) -> int:
    with reading(workplace.sessions)() as session:
        waiting = select(func.count()).where(InboxItem.taken_at.is_(None), InboxItem.kind.in_(KINDS))
        return session.scalar(waiting) or 0


def _load(connection: duckdb.DuckDBPyConnection, workplace: Workplace) -> list[int]:
    """Fill the table `inbox` with the oldest rows that wait; their ids."""
    rows = (
        select(
            InboxItem.id,
            InboxItem.external_id,
            InboxItem.received_at,
            # As text: DuckDB reads it, and no object is made for a row.
            cast(InboxItem.body, Text),
            InboxItem.publication_id,
            # The ledger's name for them, which changes when they are erased.
            func.coalesce(Publication.customer_id, InboxItem.customer_id),
        )
        .outerjoin(Publication, Publication.id == InboxItem.publication_id)
        .where(InboxItem.taken_at.is_(None), InboxItem.kind.in_(KINDS))
        .order_by(InboxItem.id)
        .limit(min(CHUNK, ROUND))
    )
    connection.register("batch", _BATCH.empty_table())
    connection.execute("create temp table inbox as select * from batch")
    ids: list[int] = []
    # In short transactions: who reads for long keeps others from writing to SQLite.
    while len(ids) < ROUND:
        with reading(workplace.sessions)() as session:
            part = session.execute(rows.where(InboxItem.id > (ids[-1] if ids else 0))).all()
        if not part:
            break
        ids += _append(connection, part)
    return ids


def _append(connection: duckdb.DuckDBPyConnection, rows: Sequence[Any]) -> list[int]:
    columns = [
        pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), _BATCH, strict=True)
    ]
    connection.register("batch", pa.table(columns, schema=_BATCH))
    connection.execute("insert into inbox select * from batch")
    return [row[0] for row in rows]


def _leave_out_erased(connection: duckdb.DuckDBPyConnection, workplace: Workplace) -> None:
    """Who was erased after their outcome came in does not get into the lake."""
    with reading(workplace.sessions)() as session:
        erased = suppressions.erased(session, suppressions.load_key(workplace.settings.state_folder))
    if erased.hashes:
        names = connection.execute("select distinct customer_id from inbox").fetchall()
        gone = [name for (name,) in names if erased.holds(name)]
        connection.execute("delete from inbox where list_contains(?, customer_id)", [gone])


def _mark(session: Session, ids: Sequence[int], at: datetime) -> None:
    statement = update(InboxItem).where(InboxItem.id.in_(ids)).values(taken_at=at)
    session.execute(statement, execution_options={"synchronize_session": False})


# A report of a mail server names no moment but that at which it came in.
_CASES = " ".join(f"when '{theirs}' then '{ours}'" for theirs, ours in NAMES.items())
_TOLD = f"""
    create temp table told as
    select * from (
        select external_id as outcome_id, publication_id, customer_id,
               case body ->> '$.outcome' {_CASES} else body ->> '$.outcome' end as kind,
               coalesce(try_cast(body ->> '$.at' as timestamptz), received_at) as "at", received_at,
               try_cast(body ->> '$.value' as double) as value, try_cast(body ->> '$.margin' as double) as margin,
               body ->> '$.flag' as flag
        from inbox
    ) where list_contains($kinds, kind) and customer_id is not null and not starts_with(customer_id, $erased)
"""
