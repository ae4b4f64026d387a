"""Campaigns whose true effects are known, as the tables `units` and `conversions` that units.py makes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from evaluation.measurement.campaign import Campaign

AT = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = 7

_COLUMNS: dict[str, pa.DataType] = {
    "customer_id": pa.string(),
    "at": pa.timestamp("us", "UTC"),
    "value": pa.float64(),
    "margin": pa.float64(),
}
CONVERSIONS = pa.schema(_COLUMNS)


def campaign(**fields: Any) -> Campaign:
    """A campaign that is measured by what customers buy, a month after its occurrence."""
    defaults: dict[str, Any] = {
        "brief_id": "coffee-week",
        "goal": "Sell coffee.",
        "metric": "purchase_value",
        "window_days": WINDOW,
        "currency": "EUR",
        "holdout_share": 0.2,
        "as_of": AT + timedelta(days=30),
        "segments": {1: "Coffee drinkers", 2: "Tea drinkers"},
        "texts": {1: {"sms": "Coffee is on."}, 2: {"sms": "Hot coffee, now."}},
    }
    return Campaign(**defaults | fields)


def units(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Rows of the table of units; a test says only what it is about."""
    defaults: dict[str, Any] = {
        "occurrence": AT,
        "channel": "sms",
        "locale": "en-US",
        "segment_id": 1,
        "arm": "A",
        "message_id": 1,
        "held": False,
        "propensity": 1.0,
        "conversions": 0,
        "value": 0.0,
        "margin": 0.0,
        "before": 0.0,
        "closed": True,
    }
    moment = {"occurrence": pa.timestamp("us", "UTC")}
    whole = [defaults | row for row in rows]
    return pa.table(
        {
            name: pa.array([row[name] for row in whole], moment.get(name))
            for name in ["customer_id", *defaults]
        }
    )


def opened(
    table: pa.Table, conversions: Sequence[tuple[str, datetime, float, float | None]] = ()
) -> duckdb.DuckDBPyConnection:
    """A database with both tables."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    bought = pa.Table.from_pylist(
        [dict(zip(CONVERSIONS.names, row, strict=True)) for row in conversions], CONVERSIONS
    )
    for name, rows in (("units", table), ("conversions", bought)):
        connection.register("given", rows)
        connection.execute(f"create temp table {name} as select * from given")
        connection.unregister("given")
    return connection
