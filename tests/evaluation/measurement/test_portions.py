"""The ledger is read in portions: all of it, once, and whoever writes meanwhile does not wait."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Engine, select, update

from content_store.database import Sessions, reading
from content_store.models import Publication
from evaluation.measurement import portions
from evaluation.measurement.ledger import load_ledger
from evaluation.measurement.portions import by_key, by_number
from publishing.decisions.service import be_impatient
from tests.evaluation.measurement.lake import AT
from tests.publishing.stage import planned

KEY = (Publication.occurrence, Publication.customer_id, Publication.channel, Publication.step)


@pytest.mark.parametrize("size", [1, 3, 7, 8])
def test_each_row_comes_once_however_large_a_portion_is(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(portions, "PORTION", size)
    planned(sessions, tmp_path, customers=7)
    with sessions.begin() as session:
        for row in session.query(Publication).where(Publication.customer_id > "c04"):
            row.occurrence = AT - timedelta(microseconds=1)
    query = select(*KEY, Publication.id)
    with reading(sessions)() as session:
        rows = [row for part in by_key(session, query, *KEY) for row in part]
        numbers = [row[-1] for part in by_number(session, query, Publication.id) for row in part]
    assert [row[1] for row in rows] == ["c05", "c06", "c07", "c01", "c02", "c03", "c04"]
    assert sorted(numbers) == sorted(row[-1] for row in rows)


def test_a_writer_commits_while_the_ledger_is_read(
    sessions: Sessions, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "PORTION", 2)
    planned(sessions, tmp_path, customers=5)
    be_impatient(engine, 0.1)
    written: list[int] = []
    with duckdb.connect() as connection, reading(sessions)() as session:
        read = portions._read

        def read_and_write(*given: object) -> list[portions.Plain]:
            rows = read(*given)  # type: ignore[arg-type]
            with sessions.begin() as writing:
                writing.execute(update(Publication).values(reason=f"writer {len(written)}"))
            written.append(len(rows))
            return rows

        monkeypatch.setattr(portions, "_read", read_and_write)
        load_ledger(connection, session, "coffee-week", AT)
        found = connection.execute("select customer_id, reason from publications order by all").fetchall()
    assert written == [2, 2, 1, 0]
    assert found == [
        ("c01", None),
        ("c02", None),
        ("c03", "writer 0"),
        ("c04", "writer 0"),
        ("c05", "writer 1"),
    ]
