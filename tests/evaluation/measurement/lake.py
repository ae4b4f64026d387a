"""A ledger and a lake of outcomes and events for tests, written as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.measurement.units import Lake

MOMENT = pa.timestamp("us", "UTC")
#: An occurrence.
AT = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)

_OUTCOMES_COLUMNS: dict[str, pa.DataType] = {
    "outcome_id": pa.string(),
    "publication_id": pa.int64(),
    "customer_id": pa.string(),
    "kind": pa.string(),
    "at": MOMENT,
    "received_at": MOMENT,
    "value": pa.float64(),
    "margin": pa.float64(),
    "flag": pa.string(),
}
_OUTCOMES = pa.schema(_OUTCOMES_COLUMNS)
_EVENTS_COLUMNS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "customer_id": pa.string(),
    "at": MOMENT,
    "kind": pa.string(),
    "item": pa.string(),
    "quantity": pa.float64(),
    "value": pa.float64(),
}
_EVENTS = pa.schema(_EVENTS_COLUMNS)


def lake_in(folder: Path) -> Lake:
    """A lake without files."""
    return Lake(folder / "events", folder / "outcomes")


def write_outcomes(lake: Lake, *rows: Mapping[str, Any], name: str = "one") -> None:
    """Outcomes in a file of one partition; what is not said is empty."""
    file = lake.outcomes / "part=0" / f"{name}.parquet"
    _write(file, _OUTCOMES, [{"received_at": AT, **row} for row in rows])


def write_events(lake: Lake, *rows: Mapping[str, Any], source: str = "shop") -> None:
    """Events of one source."""
    _write(
        lake.events / source / "part=0" / "events.parquet",
        _EVENTS,
        [{"item": "coffee", **row} for row in rows],
    )


def _write(file: Path, schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    full = [{field.name: row.get(field.name) for field in schema} for row in rows]
    pq.write_table(pa.Table.from_pylist(full, schema=schema), file)
