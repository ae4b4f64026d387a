"""A large query read in portions, each in a transaction of its own, so that nobody who writes waits for long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

#: Rows of a portion. On SQLite a commit waits until nobody reads, so a read must be short (content_store/database.py).
PORTION = 20_000

#: A row as the driver gives it, which takes a third of the time: moments of SQLite are texts, in UTC.
Plain = tuple[Any, ...]


def by_key(
    session: Session, query: Select[*tuple[Any, ...]], *key: InstrumentedAttribute[Any]
) -> Iterator[Sequence[Plain]]:
    """The rows of a query in the order of a key that is unique in it, and whose columns are the first of the query.

    An index that begins with what the query asks for, and goes on with the key, makes each portion as short as the next.
    """
    columns, part = tuple_(*key), query.order_by(*key).limit(PORTION)
    while True:
        rows = _read(session, part)
        if rows:
            yield rows
        if len(rows) < PORTION:
            return
        last = [
            datetime.fromisoformat(value).replace(tzinfo=UTC)
            if isinstance(value, str) and column.type.python_type is datetime
            else value
            for value, column in zip(rows[-1], key, strict=False)
        ]
        part = query.where(columns > tuple_(*last)).order_by(*key).limit(PORTION)


def by_number(
    session: Session, query: Select[*tuple[Any, ...]], number: InstrumentedAttribute[int]
) -> Iterator[Sequence[Plain]]:
    """The rows of a query that asks for no more than a range of a table's primary key can answer, by that key."""
    last = session.scalar(select(func.max(number))) or 0
    for start in range(0, last, PORTION):
        rows = _read(session, query.where(number > start, number <= start + PORTION))
        if rows:
            yield rows


def _read(session: Session, query: Select[*tuple[Any, ...]]) -> list[Plain]:
    cursor = session.connection().execute(query).cursor
    assert cursor is not None
    rows = cursor.fetchall()
    session.commit()
    return list(rows)
