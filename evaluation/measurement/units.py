"""The table of units: a row for each publication that was planned for a brief, with what its customer did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import duckdb
import pyarrow as pa
from sqlalchemy.orm import Session

from content_store.brand_folder.briefs import Conversion
from content_store.folder_lock import locked
from content_store.models import HOLDOUT
from content_store.suppressions import PSEUDONYM
from evaluation.measurement.ledger import load_ledger
from evaluation.measurement.tables import connected

#: What a customer spent in so many weeks before an occurrence says much about what they spend after it.
WEEKS_BEFORE = 8

#: Of the database; what does not fit goes to the disk.
MEMORY = "250MB"

_MOMENT = pa.timestamp("us", "UTC")

#: The columns of the table of units.
_UNITS_COLUMNS: dict[str, pa.DataType] = {
    "customer_id": pa.string(),
    "publication_id": pa.int64(),
    "occurrence": _MOMENT,
    "channel": pa.string(),
    "locale": pa.string(),
    "segment_id": pa.int64(),
    "arm": pa.string(),
    "message_id": pa.int64(),
    "held": pa.bool_(),
    "propensity": pa.float64(),  # of the arm, where it was chosen
    "status": pa.string(),
    "reason": pa.string(),
    "sent_at": _MOMENT,
    "delivered": pa.bool_(),
    "bounced": pa.bool_(),
    "opened": pa.int64(),
    "clicks": pa.int64(),  # people's
    "bot_clicks": pa.int64(),
    "conversions": pa.int64(),
    "value": pa.float64(),
    "margin": pa.float64(),  # null when that of a conversion is not known
    "unsubscribed": pa.bool_(),
    "complained": pa.bool_(),
    "before": pa.float64(),  # value in the weeks before the occurrence
    "closed": pa.bool_(),  # the window of conversions is over
}
UNITS = pa.schema(_UNITS_COLUMNS)


class Lake(NamedTuple):
    """The folders of what customers did: as their sources tell it, and as it came back from what was sent."""

    events: Path
    outcomes: Path


class Metric(NamedTuple):
    """What a brief counts as success: events of a kind, and what of them."""

    kind: str
    of: Literal["value", "margin", "conversions"]


class Funnel(NamedTuple):
    """Step -> publications, in order; and why nothing was sent -> customers."""

    steps: dict[str, int]
    left_out: dict[str, int]


def metric_of_brief(text: str) -> Metric:
    """`purchase_value` or `purchase_margin`; any other name is a kind of event, which is counted."""
    found = re.fullmatch(r"(?P<kind>.+)_(?P<of>value|margin)", text)
    if found is None:
        return Metric(text, "conversions")
    return Metric(found["kind"], "value" if found["of"] == "value" else "margin")


@contextmanager
def measured(
    session: Session, brief_id: str, conversion: Conversion, lake: Lake, as_of: datetime
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the table `units` of a brief, as things stood at `as_of`: what came after it does not exist.

    A conversion counts for its customer in [occurrence, occurrence + window), whoever was written to: those who are held
    out have no receipt. A customer with several channels or occurrences has a row for each, and a conversion counts in
    every row whose window it lies in. Who was erased is left out, as nothing is known any more of what they did.
    """
    with connected(MEMORY) as connection:
        connection.execute("set timezone = 'UTC'")
        load_ledger(connection, session, brief_id, as_of)
        # Nobody puts other files in the place of those that are read.
        with locked(lake.outcomes, shared=True):
            _load_lake(connection, lake, metric_of_brief(conversion.metric).kind, as_of)
        connection.execute(
            _UNITS, {"window": conversion.window_days, "as_of": as_of, "held": HOLDOUT, "erased": PSEUDONYM}
        )
        yield connection


def units(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The table of a `measured` database in memory, with the columns UNITS, by publication."""
    table: pa.Table = connection.query("select * from units order by publication_id").to_arrow_table()
    return table.select(UNITS.names).cast(UNITS)


def funnel(connection: duckdb.DuckDBPyConnection) -> Funnel:
    """How many publications of a `measured` database came how far, and why the others did not.

    What came back counts for those that were sent, and clicks are people's. Publications of erased customers count up to
    the answer of the channel.
    """
    first = _counts(connection, _SENT, {"held": HOLDOUT})
    second = _counts(connection, _CAME_BACK, {})
    reasons = connection.execute(_REASONS, {"held": HOLDOUT}).fetchall()
    return Funnel({**first, **second}, {reason: int(number) for reason, number in reasons})


def _counts(connection: duckdb.DuckDBPyConnection, query: str, given: dict[str, Any]) -> dict[str, int]:
    found = connection.execute(query, given)
    names = [column[0] for column in found.description or ()]
    return dict(zip(names, (int(number) for number in found.fetchall()[0]), strict=True))


def _load_lake(connection: duckdb.DuckDBPyConnection, lake: Lake, kind: str, as_of: datetime) -> None:
    """Fill `seen`, what came back of each publication, and `conversions` of the customers: an id counts once for a customer.

    An outcome's id has its teller before it, as in "events:8821"; the customers' source knows what follows. Outcomes are
    many, so they are added up while they are read.
    """
    connection.execute("create temp table customers as select distinct customer_id from sent")
    outcomes = [str(path) for path in sorted(lake.outcomes.glob("*/*.parquet"))]
    events = [str(path) for path in sorted(lake.events.glob("*/*/*.parquet"))]
    connection.execute(_SEEN.format(outcomes=_source(outcomes)), _given(outcomes=outcomes) | {"as_of": as_of})
    connection.execute(
        _CONVERSIONS.format(outcomes=_source(outcomes), events=_source(events, "events")),
        _given(outcomes=outcomes, events=events) | {"as_of": as_of, "kind": kind},
    )


def _source(files: list[str], name: str = "outcomes") -> str:
    there = f"read_parquet(${name}, union_by_name = true, hive_partitioning = false)"
    return there if files else f"(select {_NOTHING} limit 0)"


def _given(**files: list[str]) -> dict[str, Any]:
    return {name: found for name, found in files.items() if found}


_NOTHING = (
    "null::varchar as id, null::varchar as outcome_id, null::bigint as publication_id, null::varchar as customer_id,"
    ' null::varchar as kind, null::timestamptz as "at", null::double as value, null::double as margin, null::varchar as flag'
)
_SEEN = """
    create temp table seen as
    select publication_id,
           bool_or(kind = 'delivered') as delivered, bool_or(kind = 'bounced') as bounced,
           count(*) filter (kind = 'opened' and flag is null) as opened,
           count(*) filter (kind = 'clicked' and flag is null) as clicks,
           count(*) filter (kind = 'clicked' and flag is not null) as bot_clicks,
           bool_or(kind = 'unsubscribed') as unsubscribed, bool_or(kind = 'complained') as complained
    from {outcomes} where "at"::timestamptz <= $as_of and publication_id in (select publication_id from sent)
    group by publication_id
"""
# An outcome comes before an event with the same id, since it may know the margin; else the first by moment.
_CONVERSIONS = """
    create temp table conversions as
    with told as (
        select customer_id, regexp_replace(outcome_id, '^[^:]*:', '') as id, "at"::timestamptz as "at", value, margin, 0 as place
        from {outcomes} where kind = 'converted' and "at"::timestamptz <= $as_of
            and customer_id in (select customer_id from customers)
        union all
        select customer_id, id, "at"::timestamptz, value, null, 1 from {events}
        where kind = $kind and "at"::timestamptz <= $as_of and customer_id in (select customer_id from customers)
    )
    select customer_id, first("at" order by place, "at") as "at",
           first(value order by place, "at", value) filter (value is not null) as value,
           first(margin order by place, "at", margin) filter (margin is not null) as margin
    from told group by customer_id, id
"""
_UNITS = f"""
    create temp table units as
    with stopped as (
        select distinct regexp_extract(proof, 'publication (\\d+)', 1)::bigint as publication_id
        from withdrawals where regexp_matches(proof, 'publication \\d+')
    ),
    moments as (select distinct customer_id, occurrence from publications),
    done as (
        select customer_id, occurrence,
               count(*) filter (within) as conversions,
               sum(value) filter (within) as value,
               sum(margin) filter (within) as margin,
               count(*) filter (within and margin is null) as without_margin,
               sum(value) filter (earlier) as before
        from (
            select moments.customer_id, occurrence, conversions.value, conversions.margin,
                   "at" >= occurrence and "at" < occurrence + to_days($window::int) as within,
                   "at" < occurrence and "at" >= occurrence - to_days({7 * WEEKS_BEFORE}) as earlier
            from moments join conversions on conversions.customer_id = moments.customer_id
        ) where within or earlier group by customer_id, occurrence
    )
    select publications.customer_id, publications.publication_id, publications.occurrence, channel, locale, segment_id, arm,
           message_id, coalesce(reason = $held, false) as held, propensity, status, reason, sent_at,
           coalesce(delivered, false) as delivered, coalesce(bounced, false) as bounced,
           coalesce(opened, 0) as opened, coalesce(clicks, 0) as clicks, coalesce(bot_clicks, 0) as bot_clicks,
           coalesce(conversions, 0) as conversions, coalesce(value, 0) as value,
           case when coalesce(without_margin, 0) = 0 then coalesce(margin, 0) end as margin,
           coalesce(unsubscribed, false) or stopped.publication_id is not null as unsubscribed,
           coalesce(complained, false) as complained, coalesce(before, 0) as before,
           publications.occurrence + to_days($window::int) <= $as_of as closed
    from publications
    left join seen on seen.publication_id = publications.publication_id
    left join stopped on stopped.publication_id = publications.publication_id
    left join done on done.customer_id = publications.customer_id and done.occurrence = publications.occurrence
    where not starts_with(publications.customer_id, $erased)
"""
_SENT = """
    select count(*) as planned,
           count(*) filter (reason = $held) as "held out",
           count(*) filter (status in ('accepted', 'rejected', 'unknown')) as sent,
           count(*) filter (status = 'accepted') as accepted,
           count(*) filter (status = 'rejected') as rejected,
           count(*) filter (status = 'unknown') as unknown
    from publications
"""
_CAME_BACK = """
    select count(*) filter (delivered) as delivered, count(*) filter (bounced) as bounced,
           count(*) filter (clicks > 0) as clicked, count(*) filter (conversions > 0) as converted,
           count(*) filter (unsubscribed) as unsubscribed, count(*) filter (complained) as complained
    from units where status in ('accepted', 'rejected', 'unknown')
"""
_REASONS = """
    select reason, sum(customers) as customers from (
        select reason, customers from left_out
        union all
        select reason, 1 from publications where status = 'suppressed' and reason <> $held
    ) group by reason order by customers desc, reason
"""
