"""The effect so far at the end of each day, with bounds for those who look every day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil, sqrt
from typing import NamedTuple

import duckdb
from scipy import stats

from evaluation.measurement.customers import intervals_table, merged, occurrences
from evaluation.measurement.results import CurvePoint
from evaluation.measurement.sequences import sequential_half_width

#: Metric -> what a conversion adds to it.
ADDS = {
    "converted": "(row_number() over so_far = 1)::double",
    "conversions": "1.0",
    "value": "coalesce(value, 0)",
    "margin": "coalesce(margin, 0)",
}

DAY = timedelta(days=1)

Interval = tuple[datetime, datetime]


class Entered(NamedTuple):
    """Customers whose first occurrence is the same, on one side."""

    at: datetime
    held: bool
    customers: int


class Side(NamedTuple):
    """Sums over the customers of one side: how many, what they did, and the squares of that."""

    customers: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.customers

    @property
    def error(self) -> float:
        """The squared standard error of the mean."""
        return max(0.0, self.squares - self.total * self.mean) / (self.customers - 1) / self.customers


def curve(
    connection: duckdb.DuckDBPyConnection, metric: str, window_days: int, as_of: datetime
) -> list[CurvePoint]:
    """What a customer did since the first occurrence for them, less what one who is held out did: a point a day.

    Windows that are not over count as far as they went. The bounds are those of sequences.py; a day of a customer is a
    unit, and planned are as many as all windows hold, which is known before anything happens.
    """
    starts = occurrences(connection)
    if not starts:
        return []
    windows = merged((start, start + timedelta(days=window_days)) for start in starts)
    entered = _entered(connection)
    added = _added(connection, metric, windows)
    planned = _days(entered, windows, windows[-1][1])
    points = []
    sums = {True: (0.0, 0.0), False: (0.0, 0.0)}
    for day in range(1, 1 + ceil((min(as_of, windows[-1][1]) - starts[0]) / DAY)):
        at = min(starts[0] + day * DAY, as_of)
        for side, (total, squares) in added.get(day, {}).items():
            sums[side] = (sums[side][0] + total, sums[side][1] + squares)
        held, written = (
            Side(sum(item.customers for item in entered if item.held is side and item.at < at), *sums[side])
            for side in (True, False)
        )
        # A day on which no window is open changes nothing.
        if any(start < at and at - DAY < until for start, until in windows):
            points += _point(at, held, written, _days(entered, windows, at), planned)
    return points


def _point(at: datetime, held: Side, written: Side, days: float, planned: float) -> list[CurvePoint]:
    if min(held.customers, written.customers) < 2:
        return []
    lift, error = written.mean - held.mean, sqrt(held.error + written.error)
    if not error:
        return []
    half = float(stats.norm.ppf(0.975)) * error
    sequential = sequential_half_width(error, max(1, round(days)), planned=max(1, round(planned)))
    units = held.customers + written.customers
    return [CurvePoint(at, units, lift, lift - half, lift + half, lift - sequential, lift + sequential)]


def _days(entered: Sequence[Entered], windows: Sequence[Interval], until: datetime) -> float:
    """Days of customers in open windows up to a moment."""
    return sum(
        item.customers * max(timedelta(), min(end, until) - max(start, item.at)) / DAY
        for item in entered
        for start, end in windows
    )


def _entered(connection: duckdb.DuckDBPyConnection) -> list[Entered]:
    connection.execute(
        """
        create or replace temp table curve_customers as
        select customer_id, min(occurrence) as entered, max(held) as held from units
        group by customer_id having min(held) = max(held)
        """
    )
    query = "select entered, held, count(*) from curve_customers group by all order by all"
    return [Entered(at.astimezone(UTC), *rest) for at, *rest in connection.execute(query).fetchall()]


def _added(
    connection: duckdb.DuckDBPyConnection, metric: str, windows: list[Interval]
) -> dict[int, dict[bool, tuple[float, float]]]:
    """Day -> held -> what conversions of that day add to the sum and to the sum of squares over customers."""
    connection.register("windows", intervals_table(windows))
    rows = connection.execute(
        f"""
        with done as (
            select held, conversions.at as moment, {ADDS[metric]} as added, customer_id
            from conversions join curve_customers using (customer_id)
            join windows on conversions.at >= opens and conversions.at < closes
            where conversions.at >= entered window so_far as (partition by customer_id order by conversions.at, value, margin)
        )
        select 1 + floor(epoch(moment - $first) / 86400)::int as day, held, sum(added), sum(2 * before * added + added * added)
        from (
            select *, coalesce(sum(added) over (
                partition by customer_id order by moment, added rows between unbounded preceding and 1 preceding
            ), 0) as before
            from done
        ) group by all
        """,
        {"first": windows[0][0]},
    ).fetchall()
    connection.unregister("windows")
    found: dict[int, dict[bool, tuple[float, float]]] = {}
    for day, held, total, squares in rows:
        found.setdefault(day, {})[held] = (total, squares)
    return found
