"""Outcomes in the lake: each id stands there once, however often it is told and wherever a writer is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from content_store.durable_files import replace_by
from segments.judging import PARTITION
from segments.rules import literal

_MOMENT = pa.timestamp("us", "UTC")
_COLUMNS: dict[str, pa.DataType] = {
    "outcome_id": pa.string(),  # what its teller calls it, after the teller: events:8821
    "publication_id": pa.int64(),  # null where none is known
    "customer_id": pa.string(),
    "kind": pa.string(),  # one of OutcomeKind
    "at": _MOMENT,
    "received_at": _MOMENT,
    "value": pa.float64(),
    "margin": pa.float64(),
    "flag": pa.string(),  # by which rule it is not a person's
}
#: The columns of a file of outcomes.
OUTCOMES = pa.schema(_COLUMNS)

_NAMES = ", ".join(f'"{name}"' for name in OUTCOMES.names)


class Merged(NamedTuple):
    """How many outcomes were new, and how many stood in the lake, or twice among the new ones."""

    new: int
    known: int


def outcome_files(folder: Path) -> list[str]:
    """The files of outcomes, for DuckDB's read_parquet."""
    return [str(file) for file in sorted(folder.glob("part=*/*.parquet"))]


def merge(connection: duckdb.DuckDBPyConnection, folder: Path, partitions: int) -> Merged:
    """Bring the rows of the table `told`, with the columns OUTCOMES, into `folder`/part=K/YEAR-MONTH.parquet.

    The caller holds the folder's lock, and the connection's time zone is UTC. An id that is there already stays as it is,
    so a writer that was stopped anywhere may begin anew. There is one file for a partition and the month in which outcomes
    were received: it is replaced whole, so that readers see all of a change or nothing, and files never become many.
    Raises OSError.
    """
    total = _count(connection, "told")
    files = outcome_files(folder)
    known = (
        "select outcome_id from read_parquet(?) semi join told using (outcome_id)"
        if files
        else "select null limit 0"
    )
    connection.execute(
        f"""create or replace temp table fresh as
            select {_NAMES}, {PARTITION.format(partitions)} as part, strftime(received_at, '%Y-%m') as month from told
            where outcome_id not in ({known})
            qualify row_number() over (partition by outcome_id order by received_at, "at", kind, customer_id) = 1""",
        [files] if files else [],
    )
    places = connection.execute("select distinct part, month from fresh order by all").fetchall()
    for part, month in places:
        _rewrite(connection, folder / f"part={part}" / f"{month}.parquet", part, month)
    new = _count(connection, "fresh")
    connection.execute("drop table fresh")
    return Merged(new, total - new)


def _rewrite(connection: duckdb.DuckDBPyConnection, file: Path, part: int, month: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    there = f"select {_NAMES} from read_parquet({literal(str(file))}, hive_partitioning = false) union all"
    rows = f"""{there if file.exists() else ""}
        select {_NAMES} from fresh where part = {part} and month = {literal(month)}
        order by customer_id, "at", outcome_id"""
    with replace_by(file) as new:
        connection.execute(f"copy ({rows}) to {literal(str(new))} (format parquet, compression zstd)")


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])
