"""How a segment behaves: how lately, how often and for how much its customers came."""

from datetime import datetime
from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from content_store.errors import BadInput
from segments.features import event_files


class Activity(NamedTuple):
    """One entry a customer, in the order asked for; NaN days where a customer did nothing."""

    days_since_first: npt.NDArray[np.float64]
    days_since_last: npt.NDArray[np.float64]
    events: npt.NDArray[np.int64]
    active_days: npt.NDArray[np.int64]
    spend: npt.NDArray[np.float64]


class Behaviour(NamedTuple):
    customers: int
    share: float
    """Of all customers in a segment."""
    median_days_since_last: float
    median_days_a_week: float
    """Days with an event per week since the first one."""
    events_per_customer: float
    spend_per_customer: float


def read_activity(events: str, customer_ids: list[str], as_of: datetime, threads: int = 1) -> Activity:
    """What each customer did up to `as_of`, from the lake's Parquet files; the column `value` may be missing."""
    files = event_files(events)
    with duckdb.connect(config={"threads": threads, "preserve_insertion_order": False}) as database:
        database.execute("set timezone = 'UTC'")
        database.register(
            "asked", pa.table({"id": customer_ids, "row": np.arange(len(customer_ids), dtype=np.int32)})
        )
        try:
            lake = database.execute("describe select * from read_parquet(?, union_by_name = true)", [files])
            spend = "sum(value)" if "value" in {row[0] for row in lake.fetchall()} else "0"
            found = database.execute(
                f"""select row, epoch($as_of::timestamptz - min("at")::timestamptz) / 86400 as first,
                           epoch($as_of::timestamptz - max("at")::timestamptz) / 86400 as last,
                           count(*) as events, count(distinct "at"::timestamptz::date) as days,
                           coalesce({spend}, 0)::double as spend
                    from read_parquet($files, union_by_name = true) join asked on asked.id = customer_id
                    where "at"::timestamptz <= $as_of::timestamptz group by row""",
                {"files": files, "as_of": as_of},
            ).fetchnumpy()
        except duckdb.IOException as error:
            raise BadInput(f"No events could be read from {files}: ingest events first ({error}).") from None
    rows, size = found["row"], len(customer_ids)
    return Activity(
        _spread(rows, found["first"], size, np.nan),
        _spread(rows, found["last"], size, np.nan),
        _spread(rows, found["events"], size, 0).astype(np.int64),
        _spread(rows, found["days"], size, 0).astype(np.int64),
        _spread(rows, found["spend"], size, 0),
    )


def behaviours(activity: Activity, labels: npt.NDArray[np.int32]) -> list[Behaviour]:
    """One behaviour a segment; customers labelled -1 belong to none. Medians leave out those who did nothing."""
    members = max(int(np.count_nonzero(labels >= 0)), 1)
    weeks = np.maximum(activity.days_since_first / 7, 1)
    days_a_week = activity.active_days / weeks
    summaries = []
    for label in range(int(labels.max(initial=-1)) + 1):
        mine = labels == label
        count = int(np.count_nonzero(mine))
        summaries.append(
            Behaviour(
                count,
                round(count / members, 4),
                _median(activity.days_since_last[mine]),
                _median(days_a_week[mine]),
                round(float(activity.events[mine].sum()) / max(count, 1), 1),
                round(float(activity.spend[mine].sum()) / max(count, 1), 2),
            )
        )
    return summaries


def _median(values: npt.NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return round(float(np.median(known)), 2) if len(known) else float("inf")


def _spread(
    rows: npt.NDArray[np.integer], values: npt.NDArray[np.generic], size: int, empty: float
) -> npt.NDArray[np.float64]:
    spread = np.full(size, empty, dtype=np.float64)
    spread[rows] = values
    return spread
