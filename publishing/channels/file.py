"""Files for any e-mail or advertising tool: written once, under a name that is known before, or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from content_store.durable_files import create_file
from publishing.escaping import csv_cell
from publishing.intents import Outgoing
from publishing.remote import RemoteFile

#: Characters in a cell that is read back; a mail is far shorter.
MOST_CELL = 50_000_000

#: Columns and their order are the contract with whoever reads the files.
COLUMNS: dict[str, pa.DataType] = {
    "publication_id": pa.int64(),
    "customer_id": pa.string(),
    "channel": pa.string(),
    "address": pa.string(),
    "locale": pa.string(),
    "subject": pa.string(),
    "html": pa.string(),
    "text": pa.string(),
    "landing_page": pa.string(),
    "unsubscribe_url": pa.string(),
    "message_id": pa.int64(),
    "approved_hash": pa.string(),
    "rendered_hash": pa.string(),
    "ai_disclosure": pa.string(),
}


def file_name(brief_id: str, occurrence: datetime, channel: str, number: int, form: str) -> str:
    """The name of a delivery's file, the same whoever writes it and whenever."""
    return f"{brief_id}_{occurrence:%Y%m%dT%H%M%SZ}_{channel}_{number:05}.{form}"


def write(file: Path | RemoteFile, outgoing: Sequence[Outgoing]) -> str | None:
    """Write the file whole, flushed to disk, and give its SHA-256; None when it is there already, which stays as it is."""
    content = FORMS[file.suffix.removeprefix(".")]([columns(item) for item in outgoing])
    new = create_file(file, content, mode=0o640) if isinstance(file, Path) else file.create(content)
    return hashlib.sha256(content).hexdigest() if new else None


def rows_in(file: Path | RemoteFile) -> dict[int, str]:
    """The publications that a file holds: id -> customer. Raises ValueError, KeyError, csv.Error, ArrowException."""
    content = file.read_bytes()
    if file.suffix == ".parquet":
        found = pq.read_table(io.BytesIO(content), columns=["publication_id", "customer_id"]).to_pylist()
        return {int(row["publication_id"]): str(row["customer_id"]) for row in found}
    csv.field_size_limit(MOST_CELL)
    stream = io.StringIO(content.decode(), newline="")
    rows = csv.DictReader(stream) if file.suffix == ".csv" else map(json.loads, stream)
    return {int(row["publication_id"]): _plain(row["customer_id"]) for row in rows}


def _plain(cell: str) -> str:
    """Without the quote that keeps a spreadsheet from running it."""
    return cell[1:] if cell.startswith("'") and csv_cell(cell[1:]) == cell else cell


def columns(item: Outgoing) -> dict[str, Any]:
    """A publication as a row: the value of each column by its name."""
    row, rendered = item.publication, item.rendered
    return {
        "publication_id": row.id,
        "customer_id": row.customer_id,
        "channel": row.channel,
        "address": item.address,
        "locale": item.locale,
        "subject": rendered.subject,
        "html": rendered.html,
        "text": rendered.text,
        "landing_page": rendered.landing_page,
        "unsubscribe_url": item.unsubscribe_url,
        "message_id": row.message_id,
        "approved_hash": row.approved_hash,
        "rendered_hash": rendered.rendered_hash,
        "ai_disclosure": rendered.ai_mark,
    }


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    writer.writerows([csv_cell(row[name]) for name in COLUMNS] for row in rows)
    return stream.getvalue().encode()


def _jsonl(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=pa.schema(list(COLUMNS.items()))), stream)
    return stream.getvalue()


FORMS: dict[str, Callable[[Sequence[dict[str, Any]]], bytes]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
}
