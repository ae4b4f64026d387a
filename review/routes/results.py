"""The customers of a campaign, one row for each: held out or not, and what they did in its windows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import duckdb
import pyarrow as pa

from evaluation.measurement.tables import Table

HELD, WRITTEN = "held out", "written to"

#: The table that this file makes, and its columns that can be compared.
NAME = "campaign_customers"
COLUMNS = ("converted", "conversions", "value", "margin", "before")


class Customers(NamedTuple):
    """The open table, and what a reader should know of it."""

    table: Table
    converted: int
    #: whether the margin of every conversion is known
    margins_known: bool
    #: whether `before` tells anything
    past_known: bool
    #: when the windows of the last occurrence that counts, and of the next that does not yet, are over
    closed_until: datetime | None
    open_until: datetime | None

    @property
    def held(self) -> int:
        return self.table.sizes.get(HELD, 0)

    @property
    def written(self) -> int:
        return self.table.sizes.get(WRITTEN, 0)


def load_customers(connection: duckdb.DuckDBPyConnection, window_days: int) -> Customers:
    """One row per customer, from the tables `units` and `conversions` of units.py; windows that are not over are left out.

    Everybody who was planned counts, whatever became of the message (intention to treat), from the first occurrence that
    was for them on and in every later one, whether it was for them again or not: who buys or unsubscribes because of a
    message leaves the audience, and must not leave the comparison. Windows that overlap count once. The segment and the
    past of a customer are those at that first occurrence, which nothing of the campaign can have changed.
    """
    window = timedelta(days=window_days)
    over = {
        at.astimezone(UTC)
        for (at,) in connection.execute("select distinct occurrence from units where closed").fetchall()
    }
    closed, still_open = sorted(over), [at for at in occurrences(connection) if at not in over]
    connection.register("windows", intervals_table(merged((start, start + window) for start in closed)))
    connection.execute(_CUSTOMERS, {"held": HELD, "written": WRITTEN})
    connection.unregister("windows")
    mixed = connection.execute(f"delete from {NAME} where mixed returning 1").fetchall()
    notes = [] if not mixed else [
        f"{len(mixed):,} customers were held out of some occurrences only, because the holdout's share changed; they are"
        " left out."
    ]  # fmt: skip
    sizes = dict(connection.execute(f"select arm, count(*) from {NAME} group by arm order by arm").fetchall())
    converted, without, past = connection.execute(
        f"select sum(converted), count(*) filter (margin_missing), var_pop(before) from {NAME}"
    ).fetchall()[0]
    return Customers(
        Table(connection, "the campaign", {name: name for name in COLUMNS}, sizes, notes, NAME),
        int(converted or 0),
        not without,
        bool(past),
        closed[-1] + window if closed else None,
        still_open[0] + window if still_open else None,
    )


def merged(intervals: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same moments as intervals that do not overlap, in order."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def occurrences(connection: duckdb.DuckDBPyConnection) -> list[datetime]:
    """Every occurrence that something was planned for, in order."""
    rows = connection.execute("select distinct occurrence from units order by occurrence").fetchall()
    return [at.astimezone(UTC) for (at,) in rows]


def intervals_table(intervals: list[tuple[datetime, datetime]]) -> pa.Table:
    """Intervals as a table with the columns opens and closes."""
    moment = pa.timestamp("us", "UTC")
    return pa.table(
        {
            name: pa.array([pair[place] for pair in intervals], moment)
            for place, name in enumerate(("opens", "closes"))
        }
    )


_CUSTOMERS = f"""
    create or replace temp table {NAME} as
    with entered as (
        select customer_id, min(occurrence) as entered, max(held) as held, min(held) <> max(held) as mixed,
               arg_min(segment_id, (occurrence, channel)) as segment_id, arg_min(before, occurrence) as before
        from units where closed group by customer_id
    ),
    done as (
        select customer_id, count(*) as conversions, sum(value) as value, sum(margin) as margin,
               bool_or(margin is null) as margin_missing
        from conversions join entered using (customer_id)
        join windows on conversions.at >= opens and conversions.at < closes
        where conversions.at >= entered group by customer_id
    )
    select entered.customer_id, case when held then $held else $written end as arm, mixed, segment_id, entered,
           (done.customer_id is not null)::double as converted, coalesce(conversions, 0)::double as conversions,
           coalesce(value, 0)::double as value, coalesce(margin, 0)::double as margin,
           coalesce(margin_missing, false) as margin_missing, coalesce(before, 0)::double as before
    from entered left join done on done.customer_id = entered.customer_id
"""
