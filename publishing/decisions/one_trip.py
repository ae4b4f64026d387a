"""Statements in one way to the database and back where the driver can do that, as each way costs more than the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, Dialect, Executable


class Asked(NamedTuple):
    """A statement and the values of its parameters; it returns rows."""

    statement: Executable
    values: Mapping[str, Any]


class _Written(NamedTuple):
    text: str
    #: values that stand in the statement itself
    own: Mapping[str, Any]
    #: parameter -> what makes of a value the driver's
    convert: Mapping[str, Callable[[Any], Any] | None]


def one_trip(connection: Connection, asked: Sequence[Asked], *, last: bool = False) -> list[list[Any]]:
    """The rows of each statement, executed one after another, each seeing what was committed before it began.

    After the `last` ones the transaction may end; the caller commits in any case. PostgreSQL gets all at once (pipeline
    mode; PostgreSQL 14, 34.5), and its driver's errors come as they are.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        return [list(connection.execute(item.statement, item.values)) for item in asked]
    with driver.pipeline():
        cursors = [_execute(driver, connection.dialect, item) for item in asked]
        if last:
            driver.commit()
    return [cursor.fetchall() for cursor in cursors]


def _execute(driver: psycopg.Connection[Any], dialect: Dialect, item: Asked) -> psycopg.Cursor[Any]:
    written = _written(item.statement, dialect)
    values = {
        name: value if (convert := written.convert[name]) is None else convert(value)
        for name, value in {**written.own, **item.values}.items()
    }
    return driver.execute(written.text, values)


@cache
def _written(statement: Executable, dialect: Dialect) -> _Written:
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    convert = {
        name: parameter.type.dialect_impl(dialect).bind_processor(dialect)
        for name, parameter in compiled.binds.items()
    }
    return _Written(str(compiled), compiled.params, convert)
