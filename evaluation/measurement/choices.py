"""Choices that chance made with known probabilities, and what each earned: what allotting messages learns from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from content_store.errors import WorkFailed
from content_store.shares import PlaceKey
from evaluation.measurement.units import Metric

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]


class Choices(NamedTuple):
    """One number per choice, in the order of the ledger; places and arms are numbered."""

    places: list[PlaceKey]
    arms: list[str]
    place: Ints
    arm: Ints
    customer: Ints
    #: microseconds since 1970 of the occurrence
    at: Ints
    propensity: Numbers
    reward: Numbers

    def where(self, rows: Truths | Ints) -> Choices:
        """Only these rows."""
        arrays = {name: getattr(self, name)[rows] for name in Choices._fields[2:]}
        return self._replace(**arrays)


def load_choices(
    connection: duckdb.DuckDBPyConnection,
    metric: Metric,
    competitors: Callable[[Collection[int]], Mapping[int, str]],
) -> Choices:
    """The choices of a `measured` database (units.py) whose window is over and whose message was handed over.

    What was stopped before it was handed over says nothing about a message: consents, caps and the holdout stop all
    messages of a place alike. What a channel refused counts, as that may be the message's fault. A metric of values has
    the value as reward, any other whether the customer converted. WorkFailed when the margin of a conversion is not
    known: leaving its customer out would favour messages that nobody answers. `competitors` says what policies call
    messages.
    """
    ids = [number for (number,) in _rows(connection, "select distinct message_id from units order by all")]
    names = competitors(ids)
    table = pa.table(
        {"message_id": pa.array(ids, pa.int64()), "name": pa.array([names[x] for x in ids], pa.string())}
    )
    connection.register("competitors", table)
    reward = {
        "value": "value",
        "margin": "margin",
        "conversions": "(conversions > 0)::double",
    }[metric.of]
    connection.execute(
        f"""create or replace temp table choices as
            select publication_id, segment_id, channel, locale, name as arm, customer_id, occurrence, propensity,
                   {reward} as reward
            from units join competitors using (message_id) where closed and not held and status in ('accepted', 'rejected', 'unknown', 'intent')"""
    )
    unknown = _rows(connection, "select count(*) from choices where reward is null")[0][0]
    if unknown:
        raise WorkFailed(
            f"the margin of what {unknown:,} customers bought is not known, so messages cannot be compared by it; tell the"
            f" margin with each outcome, or let the brief's metric be {metric.kind}_value."
        )
    places = _rows(connection, "select distinct segment_id, channel, locale from choices order by all")
    arms = _rows(connection, "select distinct arm from choices order by arm")
    columns = connection.execute(
        """select dense_rank() over (order by segment_id, channel, locale) - 1 as place,
                  dense_rank() over (order by arm) - 1 as arm,
                  dense_rank() over (order by customer_id) - 1 as customer,
                  epoch_us(occurrence) as at, propensity, reward
           from choices order by publication_id"""
    ).fetchnumpy()
    kinds = dict.fromkeys(("propensity", "reward"), np.float64)
    arrays: dict[str, Any] = {
        name: np.asarray(column).astype(kinds.get(name, np.int64)) for name, column in columns.items()
    }
    return Choices([(int(s), c, x) for s, c, x in places], [arm for (arm,) in arms], **arrays)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()
