"""What the lake holds about single customers: read for them, or taken out of its files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from content_store.durable_files import replace_by


def rows_of(files: Iterable[Path], customer_id: str) -> list[dict[str, Any]]:
    """Every row about a customer, each with the `folder` that its file lies in, file after file."""
    found = []
    for file in files:
        with duckdb.connect() as connection:
            connection.execute("SET timezone = 'UTC'")
            query = "SELECT * FROM read_parquet(?, hive_partitioning = false) WHERE customer_id = ?"
            rows = connection.execute(query, [str(file), customer_id])
            names = [column[0] for column in rows.description or ()]
            told = rows.fetchall()
        found += [{"folder": file.parent.parent.name, **dict(zip(names, row, strict=True))} for row in told]
    return found


def holding(files: Iterable[Path], customer_ids: Collection[str]) -> set[str]:
    """Those of the customers who stand in one of the files."""
    found: set[str] = set()
    for file in files:
        with duckdb.connect() as connection:
            query = "SELECT DISTINCT customer_id FROM read_parquet(?) WHERE list_contains(?, customer_id)"
            found.update(
                row[0] for row in connection.execute(query, [str(file), list(customer_ids)]).fetchall()
            )
    return found


def remove(file: Path, customer_ids: Collection[str]) -> None:
    """Replace a file by one without these customers, as it was else; a row group at a time. Raises OSError."""
    gone = pa.array(sorted(customer_ids), pa.string())
    with (
        pq.ParquetFile(file) as old,
        replace_by(file) as new,
        pq.ParquetWriter(new, old.schema_arrow, compression="zstd") as writer,
    ):
        for group in range(old.num_row_groups):
            table = old.read_row_group(group)
            column = table["customer_id"].cast(pa.string())
            writer.write_table(table.filter(pc.invert(pc.is_in(column, value_set=gone))))
