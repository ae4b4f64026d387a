"""What was sent to a database, for tests of the order in which locks are taken."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event


def first_statements(engine: Engine) -> list[str]:
    """A list that grows with each statement that the engine executes from now on."""
    sent: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _on_execute(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    return sent
