"""One table per source in which every row is judged: sound, or set aside with its line, column and reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from content_store.errors import BadInput, WorkFailed
from content_store.models import SourceKind
from content_store.suppressions import NOBODY, Erased
from segments.contracts import CONTRACTS, Contract
from segments.formats import Limits, Raw, SourceSpec, connect, first_line, open_file, open_query
from segments.records import BadRow, Positions, lines_of, shown
from segments.rules import FAULT, RAW, ROW, Binding, Fault, Remark, judge, quoted

SOUND = f"{FAULT} = 0"
# Answers to one question at one moment: a no comes before a yes, and the first is kept.
SAME_QUESTION = f'PARTITION BY customer_id, purpose, channel, "at" ORDER BY granted, {ROW}'
# What says who a row is about.
IDENTITY = {
    SourceKind.CUSTOMERS: ("id", "email", "phone"),
    SourceKind.CONSENTS: ("customer_id",),
    SourceKind.EVENTS: ("customer_id",),
    SourceKind.OUTCOMES: ("customer_id",),
}
# What DuckDB raises when the data is at fault; anything else is a fault of ours and keeps its traceback.
BROKEN = (duckdb.OperationalError, duckdb.DataError, duckdb.InvalidInputException, duckdb.PermissionException)
PARTITION = "('0x' || left(md5(customer_id), 8))::UINTEGER % {}"


class Note(NamedTuple):
    """What was done to the values of a column without setting rows aside; `column` is empty for whole rows."""

    column: str
    what: str
    rows: int


class LeftOut(NamedTuple):
    """Rows about customers who were erased: how many, and the ids that they stand under."""

    rows: int
    customer_ids: frozenset[str]


class Judged(NamedTuple):
    """The table `judged` in a connection, and what its numbers mean."""

    connection: duckdb.DuckDBPyConnection
    raw: Raw
    faults: list[Fault]
    remarks: list[Remark]
    ignored: list[str]
    left_out: LeftOut

    def lines(self, rows: Positions) -> Positions:
        """Line numbers, from 1, of row numbers from 0."""
        return self.raw.records.lines(rows) if self.raw.records else rows + 1

    def quarantined(self, limits: Limits) -> tuple[list[BadRow], int]:
        """The first rows set aside, by line, and how many there are."""
        query = f"SELECT {ROW}, {FAULT}, {RAW} FROM judged WHERE {FAULT} > 0 ORDER BY {ROW} LIMIT {limits.quarantined_kept}"
        found = self.connection.execute(query).fetchall()
        lines = self.lines(np.array([row for row, _, _ in found], dtype=np.int64)).tolist()
        faults = [self.faults[number - 1] for _, number, _ in found]
        unreadable = {line for line, fault in zip(lines, faults, strict=True) if not fault.column}
        texts = lines_of(self.raw.text, unreadable) if unreadable and self.raw.text else {}
        rows = [
            BadRow(line, fault.column, fault.reason, texts.get(line, "") if raw is None else shown(raw))
            for line, fault, (_, _, raw) in zip(lines, faults, found, strict=True)
        ]
        return rows, count_rows(self.connection, f"{FAULT} > 0")

    def notes(self, accepted: int) -> list[Note]:
        """What was done to sound rows, and how many of them only repeated another."""
        sound = count_rows(self.connection, SOUND)
        counts = [
            count_rows(self.connection, f'{SOUND} AND "#remark{index}"') for index in range(len(self.remarks))
        ]
        notes = [Note(*remark, rows) for remark, rows in zip(self.remarks, counts, strict=True) if rows]
        if sound > accepted:
            notes.append(Note("", "the same as an earlier row, so counted once", sound - accepted))
        if self.left_out.rows:
            notes.append(Note("", "of customers who were erased, so left out", self.left_out.rows))
        return notes + [Note(name, "not in the contract, so ignored", sound) for name in self.ignored]


def count_rows(connection: duckdb.DuckDBPyConnection, where: str) -> int:
    """How many judged rows fulfil a condition."""
    return int(connection.execute(f"SELECT count(*) FROM judged WHERE {where}").fetchall()[0][0])


@contextmanager
def judged(
    spec: SourceSpec,
    scratch: Path,
    as_of: datetime,
    limits: Limits,
    partitions: int = 1,
    erased: Erased = NOBODY,
) -> Iterator[Judged]:
    """Open the source and judge every row once, into a table on disk; it holds nobody who was erased."""
    contract = CONTRACTS[spec.kind]
    moment = as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    connection = connect(scratch, spec.path or spec.folder, limits)
    try:
        raw = _open(connection, spec, scratch, limits)
        binding, ignored = _bind(contract, spec, raw)
        judgement = judge(contract, binding, raw.query, moment, (raw.unreadable, raw.unreadable_reason))
        part = PARTITION.format(partitions) if spec.kind is SourceKind.EVENTS else "0"
        connection.execute(f'CREATE TABLE judged AS SELECT *, {part} AS "#part" FROM ({judgement.query})')
        _check_count(connection, spec, raw)
        left_out = _leave_out(connection, spec.kind, erased)
        faults = judgement.faults + _set_repeats_aside(connection, spec.kind, len(judgement.faults) + 1)
        yield Judged(connection, raw, faults, judgement.remarks, ignored, left_out)
    except duckdb.OutOfMemoryException as error:
        raise WorkFailed(
            f"{spec.label}: needs more than {limits.memory} of memory; raise the limit."
        ) from error
    except BROKEN as error:
        raise BadInput(
            f"{spec.label}: cannot be read ({first_line(error)}); check it or export it again."
        ) from error
    finally:
        connection.close()


def _open(connection: duckdb.DuckDBPyConnection, spec: SourceSpec, scratch: Path, limits: Limits) -> Raw:
    if spec.path is not None:
        return open_file(connection, spec.path, scratch, limits)
    return open_query(connection, spec.sql or "", spec.folder)


def _bind(contract: Contract, spec: SourceSpec, raw: Raw) -> tuple[Binding, list[str]]:
    """Find the contract's columns in the source, whatever the case of their names; the second part is left over."""
    there = {name.casefold(): name for name in raw.types}
    listed = f"it has: {', '.join(raw.types)}"
    for ours, theirs in spec.columns.items():
        if theirs.casefold() not in there:
            raise BadInput(f'{spec.label}: sources.yaml takes "{ours}" from a column "{theirs}", '
                           f"which is missing; {listed}.")  # fmt: skip
    wanted = {column.name: spec.columns.get(column.name, column.name) for column in contract.columns}
    columns = {
        ours: there[theirs.casefold()] for ours, theirs in wanted.items() if theirs.casefold() in there
    }
    for column in contract.columns:
        # JSON Lines in which no line could be read have no columns; their rows are set aside one by one.
        if column.required and column.name not in columns and raw.types:
            raise BadInput(f'{spec.label}: the column "{column.name}" is missing; {listed}.')
    renamed = {there[theirs.casefold()]: ours for ours, theirs in spec.columns.items()}
    others = {renamed.get(name, name): name for name in raw.types if name not in columns.values()}
    attributes = {ours: theirs for ours, theirs in others.items() if contract.column(ours.casefold()) is None}
    if contract.kind is not SourceKind.CUSTOMERS:
        return Binding(columns, {}, raw.types), list(others)
    return Binding(columns, attributes, raw.types), [name for name in others if name not in attributes]


def _check_count(connection: duckdb.DuckDBPyConnection, spec: SourceSpec, raw: Raw) -> None:
    """Line numbers hold only where DuckDB and the scan saw the same records."""
    rows = count_rows(connection, "true")
    if raw.records and rows != raw.records.total:
        raise WorkFailed(f"{spec.label}: {raw.records.total:,} rows were counted but {rows:,} were read; "
                         "export the file again as plain CSV, JSON Lines or Parquet.")  # fmt: skip


def _leave_out(connection: duckdb.DuckDBPyConnection, kind: SourceKind, erased: Erased) -> LeftOut:
    """Take out every row, sound or not, whose id, mail or telephone number is on the list."""
    if not erased.hashes:
        return LeftOut(0, frozenset())
    names = ", ".join(quoted(name) for name in IDENTITY[kind])
    found = connection.execute(f"SELECT DISTINCT {names} FROM judged").fetchall()
    gone = [row for row in found if erased.holds(*row)]
    same = " AND ".join(
        f"judged.{quoted(name)} IS NOT DISTINCT FROM gone.{quoted(name)}" for name in IDENTITY[kind]
    )
    table = pa.table(
        {name: pa.array([row[at] for row in gone], pa.string()) for at, name in enumerate(IDENTITY[kind])}
    )
    connection.register("gone", table)
    rows = connection.execute(f"DELETE FROM judged USING gone WHERE {same}").fetchall()[0][0]
    return LeftOut(int(rows), frozenset(row[0] for row in gone if row[0] is not None))


def _set_repeats_aside(connection: duckdb.DuckDBPyConnection, kind: SourceKind, number: int) -> list[Fault]:
    """Mark rows that contradict another one with fault `number`."""
    if kind is SourceKind.CUSTOMERS:
        fault = Fault("id", "stands in an earlier row already")
        contradicts = f"row_number() OVER (PARTITION BY id ORDER BY {ROW}) > 1"
    elif kind is SourceKind.CONSENTS:
        fault = Fault("granted", "contradicts a no of the same moment, which is kept")
        contradicts = f"granted AND NOT first(granted) OVER ({SAME_QUESTION})"
    else:
        return []
    connection.execute(
        f"UPDATE judged SET {FAULT} = {number}, {RAW} = {quoted(fault.column)}::VARCHAR WHERE {ROW} IN "
        f"(SELECT {ROW} FROM judged WHERE {SOUND} QUALIFY {contradicts})"
    )
    return [fault]
