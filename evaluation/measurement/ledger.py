"""The ledger of one brief as tables of DuckDB: read in portions, so that memory stays flat and nobody waits to write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.models import Consent, Message, Occurrence, Publication, Source
from content_store.withdrawals import LOCATION
from evaluation.measurement.portions import by_key

_MOMENT = pa.timestamp("us", "UTC")

_SENT_COLUMNS: dict[str, pa.DataType] = {
    "occurrence": _MOMENT,
    "customer_id": pa.string(),
    "channel": pa.string(),
    "step": pa.int16(),
    "publication_id": pa.int64(),
    "message_id": pa.int64(),
    "propensity": pa.float64(),
    "status": pa.string(),
    "reason": pa.string(),
    "sent_at": _MOMENT,
}
_SENT = pa.schema(_SENT_COLUMNS)
_MESSAGES_COLUMNS: dict[str, pa.DataType] = {
    "message_id": pa.int64(),
    "locale": pa.string(),
    "segment_id": pa.int64(),
    "arm": pa.string(),
}
_MESSAGES = pa.schema(_MESSAGES_COLUMNS)
_WITHDRAWALS_COLUMNS: dict[str, pa.DataType] = {"id": pa.int64(), "proof": pa.string(), "at": _MOMENT}
_WITHDRAWALS = pa.schema(_WITHDRAWALS_COLUMNS)
_LEFT_OUT_COLUMNS: dict[str, pa.DataType] = {"reason": pa.string(), "customers": pa.int64()}
_LEFT_OUT = pa.schema(_LEFT_OUT_COLUMNS)


def load_ledger(
    connection: duckdb.DuckDBPyConnection, session: Session, brief_id: str, as_of: datetime
) -> None:
    """Fill `publications`, `withdrawals` (by the links of messages) and `left_out` with the occurrences until `as_of`.

    What became of a publication has no date of its own: it stands as it is known when its portion is read. The session is
    committed after each portion.
    """
    rows = select(
        Publication.occurrence,
        Publication.customer_id,
        Publication.channel,
        Publication.step,
        Publication.id,
        Publication.message_id,
        Publication.propensity,
        Publication.status,
        Publication.reason,
        Publication.sent_at,
    ).where(Publication.brief_id == brief_id, Publication.occurrence <= as_of)
    key = (Publication.occurrence, Publication.customer_id, Publication.channel, Publication.step)
    fill(connection, "sent", _SENT, by_key(session, rows, *key))
    numbers = [row[0] for row in connection.execute("select distinct message_id from sent").fetchall()]
    # As content_store.shares calls it: another story in the same arm is another message.
    arm = Message.arm + " " + Message.theme
    messages = select(Message.id, Message.locale, Message.segment_id, arm).where(Message.id.in_(numbers))
    fill(connection, "messages", _MESSAGES, [[tuple(row) for row in session.execute(messages)]])
    connection.execute("create temp view publications as select * from sent join messages using (message_id)")
    withdrawn = (
        select(Consent.id, Consent.proof, Consent.at)
        .join(Source, Source.id == Consent.source_id)
        .where(Source.location == LOCATION, ~Consent.granted, Consent.proof.is_not(None), Consent.at <= as_of)
    )
    fill(connection, "withdrawals", _WITHDRAWALS, by_key(session, withdrawn, Consent.id))
    planned = select(Occurrence.left_out).where(Occurrence.brief_id == brief_id, Occurrence.at <= as_of)
    left_out = [item for counts in session.scalars(planned) for item in counts.items()]
    session.commit()
    fill(connection, "left_out", _LEFT_OUT, [left_out])


def fill(
    connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, portions: Iterable[Sequence[Any]]
) -> None:
    """A table of DuckDB with the rows of all portions."""
    _insert(connection, f"create temp table {name} as", schema.empty_table())
    for rows in portions:
        if rows:
            columns = zip(zip(*rows, strict=True), schema, strict=True)
            arrays = [_array(values, field.type) for values, field in columns]
            _insert(connection, f"insert into {name}", pa.table(arrays, schema=schema))


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array[Any]:
    if kind == _MOMENT and any(isinstance(value, str) for value in values):
        return pa.array(values, pa.string()).cast(pa.timestamp("us")).cast(kind)
    return pa.array(values, kind)


def _insert(connection: duckdb.DuckDBPyConnection, into: str, rows: pa.Table) -> None:
    connection.register("batch", rows)
    connection.execute(f"{into} select * from batch")
    connection.unregister("batch")
