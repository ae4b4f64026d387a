"""Opening a database: SQLite with safe pragmas or PostgreSQL, brought to the newest schema."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from content_store.errors import BadInput, WorkFailed
from content_store.models import Base

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}

#: Seconds that SQLite waits for the locks of others.
WAIT_SECONDS = 30.0

#: execution option of a connection on which nothing is written
READS = "reads"

_UPGRADE_LOCK = 7_283_901

Sessions = sessionmaker[Session]


def open_database(url: str) -> Engine:
    """An engine on a database whose schema is the newest; creates the SQLite file and its folder."""
    engine = _engine(url)
    # The query of a PostgreSQL URL may hold a password too.
    where = engine.url.set(query={}).render_as_string(hide_password=True)
    try:
        if engine.dialect.name == "sqlite":
            _use_safe_sqlite(engine)
            Path(engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
        upgrade(engine)
    except (DBAPIError, OSError) as error:
        engine.dispose()
        reason = error.orig if isinstance(error, DBAPIError) else error.strerror
        raise WorkFailed(
            f"the database {where} does not open: {reason}; check the URL and that it runs."
        ) from None
    except WorkFailed:
        engine.dispose()
        raise
    return engine


def is_made(url: str) -> bool:
    """False for a SQLite file that is not there yet, which opening would make; anything else is left to the opening."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return True
    file = parsed.database if parsed.get_backend_name() == "sqlite" else None
    return not file or Path(file).exists()


def session_maker(engine: Engine) -> Sessions:
    """Sessions whose objects stay readable after the commit; only the edge commits."""
    return sessionmaker(engine, expire_on_commit=False)


def reading(sessions: Sessions) -> Sessions:
    """The same sessions for those who only read: on SQLite they leave the write lock to others."""
    engine: Engine = sessions.kw["bind"]
    return session_maker(engine.execution_options(**{READS: True}))


def insert_into(session: Session, table: type[Base]) -> Any:
    """An INSERT that knows ON CONFLICT, which both databases write alike and SQLAlchemy keeps apart."""
    dialect = session.get_bind().dialect.name
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def compact(engine: Engine) -> None:
    """Write a SQLite file anew, so that nothing of deleted or changed rows is left in it; WorkFailed while others use it.

    On PostgreSQL that is autovacuum's work (docs/privacy.md).
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM")
    except sqlite3.OperationalError as error:
        raise WorkFailed(
            f"the rows are deleted, but their bytes are still in the file of the database: {error}; run the command again"
            " when nothing else runs."
        ) from None
    finally:
        connection.close()


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction; of two processes the second waits for the first."""
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.util import CommandError

    config = _migrations()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision == _newest():
            return
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise WorkFailed(
                f"the database has schema {revision}, which this version of surmesure does not know; install a newer one."
            ) from None


def _migrations() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _newest() -> str | None:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_migrations()).get_current_head()


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        driver = DRIVERS[parsed.get_backend_name()]
        # Values are customers' data: they do not belong in errors, which end up in logs and in Prefect's database.
        return create_engine(parsed.set(drivername=driver), hide_parameters=True)
    except (ArgumentError, ValueError, KeyError):
        raise BadInput(
            "the database URL is not one we can open; write sqlite:///FILE or postgresql://USER@HOST/NAME."
        ) from None


def _use_safe_sqlite(engine: Engine) -> None:
    """Rollback journal and synchronous=EXTRA survive power loss; WAL corrupted files up to SQLite 3.51.2.

    BEGIN IMMEDIATE takes the write lock at once, so that a read that leads to a write waits instead of failing; who
    says that they only read (`reading`) begins without it.
    """

    @event.listens_for(engine, "do_connect")
    def _connecting(_dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
        # Not by a pragma: the others wait for locks too, and who is in a hurry (be_impatient) shortens this one.
        parameters["timeout"] = WAIT_SECONDS

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        # 64 MiB of pages: with the 2 MiB of the default, what changes half of a table writes its pages many times.
        for pragma in (
            *("journal_mode=DELETE", "synchronous=EXTRA", "foreign_keys=ON"),
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get(READS, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
