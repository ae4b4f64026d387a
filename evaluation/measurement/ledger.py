"""The ledger of one brief as tables of DuckDB: read in batches, so that memory stays flat however much was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import select
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
    """Fill `publications`, `withdrawals` (by the links of messages) and `left_out` with what was there at `as_of`.

    A status has no date of its own: what was sent later counts as planned, other answers as they are known now.
    """
    rows = (
        select(
            Publication.id,
            Publication.customer_id,
            Publication.occurrence,
            Publication.channel,
            Message.locale,
            Message.segment_id,
            Message.arm,
            Publication.message_id,
            Publication.propensity,
            Publication.status,
            Publication.reason,
            Publication.sent_at,
        )
        .join(Message, Message.id == Publication.message_id)
        .where(
            Publication.brief_id == brief_id,
            Publication.occurrence <= as_of,
            Publication.planned_at <= as_of,
        )
    )
    _fill(connection, session, "publications", PUBLICATIONS, rows)
    later = "update publications set status = 'planned', sent_at = null where sent_at > $as_of"
    connection.execute(later, {"as_of": as_of})
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
