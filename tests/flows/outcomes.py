"""A workplace with customers who were written to, and outcomes of theirs in the inbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import update

from content_store.database import Sessions
from content_store.models import InboxItem, Publication, PublicationStatus
from content_store.setting_parts import DatabaseSettings
from content_store.settings import Settings
from flows.steps.workplace import Workplace
from segments.outcome_lake import OUTCOMES, outcome_files
from tests.publishing.stage import AT, BRAND, planned


@contextmanager
def opened(folder: Path, url: str) -> Iterator[Workplace]:
    """A workplace in a folder."""
    brand = folder / "brand"
    brand.mkdir(exist_ok=True)
    workplace = Workplace(
        Settings(brand=brand, marks=folder / "marks", database=DatabaseSettings(url=url)), BRAND
    )
    yield workplace
    workplace.close()


def sent_to(sessions: Sessions, folder: Path, customers: int = 3) -> dict[str, int]:
    """Customers c01, c02, … who were sent an SMS; customer -> publication."""
    planned(sessions, folder, customers)
    with sessions.begin() as session:
        session.execute(update(Publication).values(status=PublicationStatus.ACCEPTED, sent_at=AT))
        return {row.customer_id: row.id for row in session.query(Publication)}


def came_in(
    external_id: str,
    outcome: str,
    *,
    at: datetime | None = None,
    received_at: datetime = AT + timedelta(days=1),
    publication_id: int | None = None,
    customer_id: str | None = None,
    kind: str = "outcome",
    **body: Any,
) -> InboxItem:
    """A row of the inbox, as the intake and the reader of mails write it."""
    moment = {"at": at.isoformat()} if at else {}
    return InboxItem(
        external_id=external_id,
        kind=kind,
        received_at=received_at,
        body={"outcome": outcome, **moment, **body},
        publication_id=publication_id,
        customer_id=customer_id,
    )


def in_lake(workplace: Workplace) -> list[dict[str, Any]]:
    """Every row of the lake's outcomes, by id."""
    files = outcome_files(workplace.settings.outcomes_folder)
    tables = [pq.read_table(file, partitioning=None) for file in files]
    columns = [(field.name, field.type) for field in OUTCOMES]
    assert all([(field.name, field.type) for field in table.schema] == columns for table in tables)
    rows: list[dict[str, Any]] = pa.concat_tables(
        [table.cast(OUTCOMES) for table in tables] or [OUTCOMES.empty_table()]
    ).to_pylist()
    return sorted(rows, key=lambda row: str(row["outcome_id"]))
