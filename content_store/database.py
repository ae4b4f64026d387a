"""Opening a database: SQLite with safe pragmas or PostgreSQL, brought to the newest schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from content_store.errors import BadInput, WorkFailed

MIGRATIONS = Path(__file__).parent / "migrations"

Sessions = sessionmaker[Session]


def open_database(url: str) -> Engine:
    """An engine on a database whose schema is the newest; creates the SQLite file and its folder."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError):
        raise BadInput("the database URL is not one that SQLAlchemy opens; write sqlite:///FILE or postgresql://…") from None
    if engine.dialect.name == "sqlite":
        _use_safe_sqlite(engine)
    try:
        upgrade(engine)
    except OperationalError as error:
        where = parsed.render_as_string(hide_password=True)
        raise WorkFailed(f"the database {where} does not open: {error.orig}; check the URL and that it runs.") from None
    return engine


def session_maker(engine: Engine) -> Sessions:
    """Sessions whose objects stay readable after the commit; only the edge commits."""
    return sessionmaker(engine, expire_on_commit=False)


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _use_safe_sqlite(engine: Engine) -> None:
    """Rollback journal and synchronous=EXTRA survive power loss; WAL corrupted files up to SQLite 3.51.2.

    BEGIN IMMEDIATE takes the write lock at once, so that a read that leads to a write waits instead of failing.
    """

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}").fetchall()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
