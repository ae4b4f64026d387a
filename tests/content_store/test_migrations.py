"""The migrations lead to the declared schema."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from content_store.database import open_database, upgrade
from content_store.errors import WorkFailed
from content_store.models import Base


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


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def _revisions(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT version_num FROM alembic_version")))
