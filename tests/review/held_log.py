"""Whether somebody holds the decision log at this moment, asked from another connection, without waiting."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from content_store import chain
from content_store.database import Sessions


def log_is_held(sessions: Sessions) -> bool:
    """True while another transaction keeps everybody from deciding."""
    engine: Engine = sessions.kw["bind"]
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database), timeout=0)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False
    with sessions() as session:
        session.execute(text("SET LOCAL lock_timeout = '20ms'"))
        try:
            chain.lock(session)
        except OperationalError:
            return True
    return False
