"""Opening databases, and the types that both kinds agree on."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from content_store.database import Sessions, compact, open_database
from content_store.errors import BadInput, SurmesureError, WorkFailed
from content_store.models import Block, BlockStatus, BlockVersion, Customer
from tests.factories import NOW, make_block_version, make_customer


def test_sqlite_keeps_what_it_has_committed_through_power_loss_and_checks_foreign_keys(
    tmp_path: Path,
) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert found == {"journal_mode": "delete", "synchronous": 3, "foreign_keys": 1, "busy_timeout": 30_000}


def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'a' / 'b' / 'store.db'}").dispose()
    assert (tmp_path / "a" / "b" / "store.db").is_file()


def test_a_row_whose_parent_is_missing_is_refused(sessions: Sessions) -> None:
    with pytest.raises(IntegrityError), sessions.begin() as session:
        session.add(Customer(id="007", source_id=12345))


def test_of_two_writers_the_second_waits_for_the_first(sessions: Sessions) -> None:
    failures: list[Exception] = []
    begun = Event()

    def write_second() -> None:
        try:
            begun.set()
            with sessions.begin() as session:
                block = session.get_one(Block, "coffee")
                block.created_at = block.created_at + timedelta(days=1)
        except Exception as error:
            failures.append(error)

    with sessions.begin() as session:
        session.add(Block(id="coffee", created_at=NOW))
    with sessions.begin() as first:
        block = first.get_one(Block, "coffee")
        block.created_at = NOW + timedelta(days=7)
        first.flush()
        second = Thread(target=write_second)
        second.start()
        begun.wait()
        second.join(timeout=0.1)
        assert second.is_alive()
    second.join()
    with sessions() as session:
        stored = session.get_one(Block, "coffee").created_at
    assert failures == []
    # PostgreSQL lets the second read before it waits, so the last write stands; what matters is that neither failed.
    assert stored in {NOW + timedelta(days=8), NOW + timedelta(days=1)}


def test_readers_that_turn_into_writers_wait_instead_of_failing_as_locked(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO blocks (id, created_at) VALUES ('n', '2026-01-01 00:00:00.000000')")
        )

    def add_a_year() -> None:
        for _ in range(10):
            with engine.begin() as connection:
                stored = str(connection.scalar(text("SELECT created_at FROM blocks")))
                later = f"{int(stored[:4]) + 1}{stored[4:]}"
                connection.execute(text("UPDATE blocks SET created_at = :later"), {"later": later})

    threads = [Thread(target=add_a_year) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert str(connection.scalar(text("SELECT created_at FROM blocks"))).startswith("2056-")
    engine.dispose()


def test_a_moment_without_a_time_zone_is_refused(sessions: Sessions) -> None:
    with (
        pytest.raises(StatementError, match="moment 2026-03-02T09:30:00 has no time zone"),
        sessions.begin() as session,
    ):
        session.add(Block(id="coffee", created_at=datetime(2026, 3, 2, 9, 30)))


def test_a_moment_comes_back_as_the_same_moment_in_utc(sessions: Sessions) -> None:
    in_kolkata = datetime(2026, 3, 2, 1, 15, 0, 123456, timezone(timedelta(hours=5, minutes=30)))
    with sessions.begin() as session:
        session.add(Block(id="coffee", created_at=in_kolkata))
    with sessions() as session:
        stored = session.get_one(Block, "coffee").created_at
    assert stored == datetime(2026, 3, 1, 19, 45, 0, 123456, UTC)
    assert stored.tzinfo is UTC


def test_moments_compare_in_the_database_across_time_zones(sessions: Sessions) -> None:
    noon_in_tokyo = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=9)))
    with sessions.begin() as session:
        session.add_all([Block(id="early", created_at=datetime(2026, 3, 2, 2, 59, tzinfo=UTC))])
        session.add_all([Block(id="late", created_at=datetime(2026, 3, 2, 3, 1, tzinfo=UTC))])
    with sessions() as session:
        found = session.scalars(select(Block.id).where(Block.created_at > noon_in_tokyo)).all()
    assert found == ["late"]


def test_a_choice_is_stored_as_its_value_and_comes_back_as_its_member(sessions: Sessions) -> None:
    with sessions.begin() as session:
        version_id = make_block_version(session, status=BlockStatus.SUPERSEDED).id
    with sessions() as session:
        assert session.scalar(text("SELECT status FROM block_versions")) == "superseded"
        assert session.get_one(BlockVersion, version_id).status is BlockStatus.SUPERSEDED


def test_json_and_days_come_back_as_they_were(sessions: Sessions) -> None:
    facts = [{"text": "Crème brûlée, 4 × 90 g, “fresh” 🍮", "keep": ["4 × 90 g"]}]
    attributes = {"age": None, "visits": 12, "loyal": True, "share": 0.1}
    with sessions.begin() as session:
        version_id = make_block_version(session, facts=facts, valid_from=date(2026, 2, 28)).id
        make_customer(session, id="007", attributes=attributes)
    with sessions() as session:
        version = session.get_one(BlockVersion, version_id)
        assert (version.facts, version.valid_from, version.valid_until) == (facts, date(2026, 2, 28), None)
        assert session.get_one(Customer, "007").attributes == attributes


@pytest.mark.parametrize(
    "url",
    [
        "",
        "surmesure.db",
        "mysql://ana:hunter2@localhost/brand",
        "oracle+nothing://ana:hunter2@localhost/brand",
        "postgresql://ana:hunter2@localhost:port/brand",
        "sqlite://ana:hunter2@localhost/brand.db",
    ],
)
def test_a_url_of_no_database_of_ours_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        open_database(url)
    _is_one_sentence_without_the_password(refused.value)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://ana:hunter2@127.0.0.1:1/brand", "Connection refused"),
        ("postgresql://127.0.0.1:1/brand?user=ana&password=hunter2", "Connection refused"),
        ("postgresql+psycopg://ana:hunter2@127.0.0.1:1/brand?pool=9", 'invalid connection option "pool"'),
    ],
)
def test_a_server_that_does_not_answer_is_said_in_one_sentence(url: str, reason: str) -> None:
    with pytest.raises(WorkFailed, match=reason) as failed:
        open_database(url)
    _is_one_sentence_without_the_password(failed.value)


def test_a_database_that_the_server_lacks_is_said_in_one_sentence(postgresql_server: str) -> None:
    with pytest.raises(WorkFailed, match='"nowhere" does not exist') as failed:
        open_database(postgresql_server.replace("/postgres?", "/nowhere?"))
    _is_one_sentence_without_the_password(failed.value)


def test_a_file_that_is_no_database_is_said_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("Buy milk, and call the printer about the winter leaflets.\n" * 20)
    with pytest.raises(WorkFailed, match="not a database") as failed:
        open_database(f"sqlite:///{path}")
    _is_one_sentence_without_the_password(failed.value)
    assert path.read_text().startswith("Buy milk")


def test_a_sqlite_file_below_another_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkFailed, match="does not open") as failed:
        open_database(f"sqlite:///{tmp_path / 'file' / 'store.db'}")
    _is_one_sentence_without_the_password(failed.value)


def test_a_locked_file_is_waited_for_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_database(f"sqlite:///{path}").dispose()
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    opener = Thread(target=lambda: open_database(f"sqlite:///{path}").dispose())
    opener.start()
    opener.join(timeout=0.1)
    assert opener.is_alive()
    holder.execute("COMMIT")
    holder.close()
    opener.join(timeout=30)
    assert not opener.is_alive()


@pytest.mark.parametrize("scheme", ["postgresql://", "postgresql+psycopg://", "postgresql+asyncpg://"])
def test_postgresql_is_always_reached_by_psycopg(migrated_postgresql: str, scheme: str) -> None:
    engine = open_database(migrated_postgresql.replace("postgresql+psycopg://", scheme))
    assert engine.dialect.driver == "psycopg"
    engine.dispose()


def _is_one_sentence_without_the_password(error: SurmesureError) -> None:
    message = str(error)
    assert "hunter2" not in message
    assert "\n" not in message
    assert message.endswith(".")


def test_compacting_drops_the_bytes_of_deleted_rows(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    engine = open_database(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        connection.exec_driver_sql("CREATE TABLE notes (words TEXT)")
        connection.exec_driver_sql("INSERT INTO notes VALUES ('zqx-customer-7714')")
        connection.exec_driver_sql("DELETE FROM notes")
    assert b"zqx-customer-7714" in file.read_bytes()
    compact(engine)
    assert b"zqx-customer-7714" not in file.read_bytes()
    impatient = engine.raw_connection()
    impatient.cursor().execute("PRAGMA busy_timeout = 1")
    impatient.close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(WorkFailed, match="run the command again when nothing else runs"):
        compact(engine)
    other.close()
    engine.dispose()


def test_an_error_does_not_hold_the_values_of_the_statement(sessions: Sessions) -> None:
    # What PostgreSQL itself adds as a detail may still quote the row.
    with sessions() as session, pytest.raises(IntegrityError) as error:
        session.execute(
            text("INSERT INTO customers (id, source_id) VALUES (:id, 7)"), {"id": "zqx-customer-7714"}
        )
    assert "zqx-customer-7714" not in str(error.value).partition("[SQL")[2]
