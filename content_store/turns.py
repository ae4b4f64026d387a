"""Turns at a database that has one writer: long work leaves a pause now and then, so that others come in."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

from sqlalchemy import Engine

from content_store.database import Sessions

#: Who waits for SQLite's lock looks for it every tenth of a second at least, and nobody keeps a place in the queue.
PAUSE_SECONDS = 0.12

#: Work that writes longer than this in a row lets others in.
TURN_SECONDS = 1.0


def taking_turns(sessions: Sessions) -> Callable[[], None]:
    """To be called between the transactions of long work; on PostgreSQL, which has many writers, it does nothing."""
    engine: Engine = sessions.kw["bind"]
    if engine.dialect.name != "sqlite":
        return lambda: None
    began = monotonic()

    def pause() -> None:
        nonlocal began
        if monotonic() - began > TURN_SECONDS:
            sleep(PAUSE_SECONDS)
            began = monotonic()

    return pause
