"""The migrations lead to the declared schema."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, select, text
from sqlalchemy.orm import Session

from content_store import chain
from content_store.database import MIGRATIONS, open_database, upgrade
from content_store.errors import WorkFailed
from content_store.models import Base, Decision, Message, MessageVariant, VariantBlock


@pytest.fixture
def migrated(empty_url: str) -> Iterator[Engine]:
    engine = open_database(empty_url)
    yield engine
    engine.dispose()


def test_the_migrated_schema_is_the_declared_one(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_empty_database_gets_every_table(migrated: Engine) -> None:
    assert set(inspect(migrated).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_upgrading_twice_changes_nothing(migrated: Engine) -> None:
    before = _revisions(migrated)
    upgrade(migrated)
    assert _revisions(migrated) == before
    assert len(before) == 1


def test_two_processes_that_open_a_new_database_at_once_both_succeed(empty_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        engines = list(pool.map(open_database, [empty_url, empty_url]))
    assert [len(_revisions(engine)) for engine in engines] == [1, 1]
    for engine in engines:
        engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(migrated: Engine, empty_url: str) -> None:
    with migrated.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_from_the_future'"))
    with pytest.raises(WorkFailed, match=r"schema 9999_from_the_future, which this version .* does not know"):
        open_database(empty_url)
    assert _revisions(migrated) == ["9999_from_the_future"]


def test_a_migration_that_fails_leaves_no_tables_behind(empty_url: str) -> None:
    engine = create_engine(_driver(empty_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE messages (id INTEGER)"))
    with pytest.raises(WorkFailed, match="does not open"):
        open_database(empty_url)
    assert inspect(engine).get_table_names() == ["messages"]
    engine.dispose()


def test_decisions_of_the_first_schema_are_chained_and_nothing_is_lost(empty_url: str) -> None:
    """The tables of the first schema with one message and two decisions, upgraded."""
    engine = create_engine(_driver(empty_url))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001_initial")
        for statement in (Path(__file__).parent / "first_schema.sql").read_text().split(";\n"):
            connection.exec_driver_sql(statement)
    engine.dispose()
    upgraded = open_database(empty_url)
    with Session(upgraded) as session:
        assert chain.verify(session).problems == []
        log = session.scalars(select(Decision).order_by(Decision.id)).all()
        assert [(entry.subject, entry.action.value, entry.by) for entry in log] == [
            ("message 1", "reject", "ana"),
            ("message 1", "reopen", "ben"),
        ]
        message = session.get_one(Message, 1)
        assert (message.waiting_for, message.score, message.fell_back) == ("reviewer", 0.25, False)
        assert session.execute(select(MessageVariant.slot, MessageVariant.variant_id)).all() == [
            ("subject", 1)
        ]
        links = select(VariantBlock.variant_id, VariantBlock.block_version_id)
        assert session.execute(links).all() == [(1, 1)]
    upgraded.dispose()


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def _revisions(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT version_num FROM alembic_version")))
