"""Read a source against its contract: what is sound goes on, what is not is set aside with line, column and reason."""

import hashlib
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from content_store.errors import BadInput
from content_store.models import SourceKind
from content_store.suppressions import NOBODY, Erased
from segments.contracts import CONTRACTS
from segments.formats import Limits, SourceSpec
from segments.judging import SAME_QUESTION, SOUND, Note, count_rows, judged
from segments.records import BadRow
from segments.rules import ROW, literal, quoted

__all__ = ["DEFAULT_LIMITS", "BadRow", "EventsWritten", "Limits", "Note", "Reading", "SourceSpec",
           "fingerprint", "partition_of", "read", "write_events"]  # fmt: skip

DEFAULT_LIMITS = Limits()
EVENT_ID = (
    'coalesce(id, md5(concat_ws(chr(31), customer_id, epoch_us("at"), kind, item, '
    "coalesce(quantity::VARCHAR, ''), coalesce(value::VARCHAR, ''))))"
)


class Reading(NamedTuple):
    """A source, read. `quarantined` holds the first of them by line; `quarantined_count` counts them all.

    `accepted` has the contract's columns and `line` (int64); customers also `attributes`, the text of a JSON object.
    Moments are timestamp[us, UTC]. `erased_ids` are the ids under which erased customers stood in the source.
    """

    accepted: pa.Table
    quarantined: list[BadRow]
    quarantined_count: int
    notes: list[Note]
    erased_ids: frozenset[str]


class EventsWritten(NamedTuple):
    """Events in Parquet: how many, from when to when, and what was set aside as in Reading."""

    rows: int
    customers: int
    oldest: datetime | None
    newest: datetime | None
    quarantined: list[BadRow]
    quarantined_count: int
    notes: list[Note]


def read(
    spec: SourceSpec, *, as_of: datetime, limits: Limits = DEFAULT_LIMITS, erased: Erased = NOBODY
) -> Reading:
    """Read a source into memory, without those who were erased. Raises BadInput when no row can be blamed."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        judged(spec, Path(scratch), as_of, limits, erased=erased) as rows,
    ):
        query = f"{_accepted(spec.kind, SOUND)} ORDER BY {ROW}"
        accepted = rows.connection.query(query).to_arrow_table()
        accepted = accepted.set_column(0, "line", pa.array(rows.lines(accepted.column(0).to_numpy())))
        notes, left_out = rows.notes(accepted.num_rows), rows.left_out
        return Reading(accepted, *rows.quarantined(limits), notes, left_out.customer_ids)


def write_events(
    spec: SourceSpec,
    folder: Path,
    partitions: int,
    *,
    as_of: datetime,
    limits: Limits = DEFAULT_LIMITS,
    erased: Erased = NOBODY,
) -> EventsWritten:
    """Write accepted events as `folder`/part=K/events.parquet, replacing what was there once all is written.

    K is `partition_of(customer_id, partitions)`. Rows are sorted by customer and moment. Memory stays flat: rows
    stand on disk, beside `folder`, until they are written. Raises BadInput when no row can be blamed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        scratch, ready = Path(name), Path(name) / "ready"
        ready.mkdir()
        with judged(spec, scratch, as_of, limits, partitions, erased) as rows:
            for part in range(partitions):
                _write_partition(rows.connection, ready / f"part={part}", part)
            extent = _extent(rows.connection, ready)
            written = EventsWritten(*extent, *rows.quarantined(limits), rows.notes(extent.rows))
        if folder.exists():
            folder.rename(scratch / "replaced")
        ready.rename(folder)
    return written


def partition_of(customer_id: str, partitions: int) -> int:
    """The partition of a customer: the first 32 bits of the id's MD5, the same on every machine and version."""
    return int(hashlib.md5(customer_id.encode(), usedforsecurity=False).hexdigest()[:8], 16) % partitions


def fingerprint(spec: SourceSpec) -> str | None:
    """SHA-256 of the file, joined with the column names where they are mapped.

    None for SQL: a query can read the clock and any file, so it is always read anew. Raises BadInput.
    """
    if spec.path is None:
        return None
    try:
        with spec.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError as error:
        raise BadInput(f"{spec.path}: cannot be read ({error.strerror}); check the path.") from error
    if spec.columns:
        digest.update(json.dumps(dict(spec.columns), sort_keys=True).encode())
    return digest.hexdigest()


class _Extent(NamedTuple):
    rows: int
    customers: int
    oldest: datetime | None
    newest: datetime | None


def _accepted(kind: SourceKind, where: str) -> str:
    """The query for the rows of `judged` that are sound, each once."""
    names = ", ".join([ROW, *(quoted(column.name) for column in CONTRACTS[kind].columns)])
    if kind is SourceKind.CUSTOMERS:
        return f"SELECT {names}, attributes FROM judged WHERE {where}"
    if kind is SourceKind.CONSENTS:
        return f"SELECT {names} FROM judged WHERE {where} QUALIFY row_number() OVER ({SAME_QUESTION}) = 1"
    return (
        f"SELECT {names} FROM (SELECT * REPLACE ({EVENT_ID} AS id) FROM judged WHERE {where}) "
        f"QUALIFY row_number() OVER (PARTITION BY customer_id, id ORDER BY {ROW}) = 1"
    )


def _write_partition(connection: duckdb.DuckDBPyConnection, folder: Path, part: int) -> None:
    where = f'{SOUND} AND "#part" = {part}'
    if not count_rows(connection, where):
        return
    folder.mkdir()
    rows = f'SELECT * EXCLUDE ({ROW}) FROM ({_accepted(SourceKind.EVENTS, where)}) ORDER BY customer_id, "at", id'
    file = literal(str(folder / "events.parquet"))
    connection.execute(f"COPY ({rows}) TO {file} (FORMAT parquet, COMPRESSION zstd)")


def _extent(connection: duckdb.DuckDBPyConnection, folder: Path) -> _Extent:
    """How much was written. A customer stands in one partition only, so their numbers add up."""
    rows, customers, moments = 0, 0, []
    for file in sorted(folder.glob("part=*/events.parquet")):
        query = 'SELECT count(*), count(DISTINCT customer_id), epoch_us(min("at")), epoch_us(max("at")) FROM read_parquet(?)'
        part_rows, part_customers, *extremes = connection.execute(query, [str(file)]).fetchall()[0]
        rows, customers = rows + part_rows, customers + part_customers
        moments += [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment) for moment in extremes]
    return _Extent(rows, customers, min(moments, default=None), max(moments, default=None))
