"""The ledger of one brief as tables of DuckDB: read in batches, so that memory stays flat however much was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import DateTime, String, select, type_coerce
from sqlalchemy.orm import Session

from content_store.models import Consent, Message, Occurrence, Publication, Source
from content_store.withdrawals import LOCATION

BATCH = 50_000

_MOMENT = pa.timestamp("us", "UTC")

_PUBLICATIONS_COLUMNS: dict[str, pa.DataType] = {
    "publication_id": pa.int64(),
    "customer_id": pa.string(),
    "occurrence": _MOMENT,
    "channel": pa.string(),
    "locale": pa.string(),
    "segment_id": pa.int64(),
    "arm": pa.string(),
    "message_id": pa.int64(),
    "propensity": pa.float64(),
    "status": pa.string(),
    "reason": pa.string(),
    "sent_at": _MOMENT,
}
PUBLICATIONS = pa.schema(_PUBLICATIONS_COLUMNS)
_WITHDRAWALS_COLUMNS: dict[str, pa.DataType] = {"proof": pa.string(), "at": _MOMENT}
WITHDRAWALS = pa.schema(_WITHDRAWALS_COLUMNS)
_LEFT_OUT_COLUMNS: dict[str, pa.DataType] = {"reason": pa.string(), "customers": pa.int64()}
LEFT_OUT = pa.schema(_LEFT_OUT_COLUMNS)


def load_ledger(
    connection: duckdb.DuckDBPyConnection, session: Session, brief_id: str, as_of: datetime
) -> None:
    """Fill `publications`, `withdrawals` (by the links of messages) and `left_out` with the occurrences until `as_of`.

    What became of a publication has no date of its own: it stands as it is known now.
    """
    rows = (
        select(
            Publication.id,
            Publication.customer_id,
            _plain(Publication.occurrence),
            Publication.channel,
            Message.locale,
            Message.segment_id,
            # As content_store.shares calls it: another story in the same arm is another message.
            Message.arm + " " + Message.theme,
            Publication.message_id,
            Publication.propensity,
            type_coerce(Publication.status, String()),
            Publication.reason,
            _plain(Publication.sent_at),
        )
        .join(Message, Message.id == Publication.message_id)
        .where(Publication.brief_id == brief_id, Publication.occurrence <= as_of)
    )
    _fill(connection, session, "publications", PUBLICATIONS, rows)
    withdrawn = (
        select(Consent.proof, Consent.at)
        .join(Source, Source.id == Consent.source_id)
        .where(Source.location == LOCATION, ~Consent.granted, Consent.proof.is_not(None), Consent.at <= as_of)
    )
    _fill(connection, session, "withdrawals", WITHDRAWALS, withdrawn)
    planned = select(Occurrence.left_out).where(Occurrence.brief_id == brief_id, Occurrence.at <= as_of)
    left_out = [item for counts in session.scalars(planned) for item in counts.items()]
    _create(connection, "left_out", LEFT_OUT)
    _append(connection, "left_out", LEFT_OUT, left_out)


def _fill(
    connection: duckdb.DuckDBPyConnection, session: Session, name: str, schema: pa.Schema, rows: Any
) -> None:
    _create(connection, name, schema)
    for part in session.execute(rows.execution_options(yield_per=BATCH)).partitions():
        _append(connection, name, schema, part)


def _plain(moment: Any) -> Any:
    """A moment as the driver gives it, which takes half the time; SQLite's has no zone, and Arrow takes it for UTC."""
    return type_coerce(moment, DateTime(timezone=True))


def _create(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema) -> None:
    connection.register("batch", schema.empty_table())
    connection.execute(f"create temp table {name} as select * from batch")


def _append(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, rows: Any) -> None:
    if not rows:
        return
    columns = [
        pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    connection.register("batch", pa.table(columns, schema=schema))
    connection.execute(f"insert into {name} select * from batch")
    connection.unregister("batch")
