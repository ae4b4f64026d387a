"""Sessions that only read leave the write lock of SQLite to others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from content_store.database import Sessions, reading
from content_store.models import Brief
from tests.factories import make_brief


def test_a_reader_does_not_wait_for_a_writer_and_sees_nothing_unfinished(sessions: Sessions) -> None:
    with sessions.begin() as session:
        make_brief(session, id="old")

    def read() -> list[str]:
        with reading(sessions)() as session:
            return [brief.id for brief in session.query(Brief)]

    with ThreadPoolExecutor() as pool, sessions.begin() as writing:
        make_brief(writing, id="new")
        assert pool.submit(read).result(timeout=10) == ["old"]
    assert sorted(read()) == ["new", "old"]
