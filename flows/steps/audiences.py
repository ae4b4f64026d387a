"""Who a brief reaches in each segment: membership, days since the last event, and consent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
from sqlalchemy.orm import Session

from content_store.brand_folder.briefs import Audience
from content_store.queries import consenting_customers
from publishing.planning import Member

#: Fewer customers than this are nobody's audience: a text for them could single somebody out.
SMALLEST_AUDIENCE = 10


class Reach(NamedTuple):
    """Customers of one segment that a brief is for, and those of them who agreed to the channel."""

    audience: int
    consenting: int


def reach_by_segment(
    session: Session, membership: Path, audience: Audience, purpose: str, channel: str
) -> dict[int, Reach]:
    """Segment id -> reach, counted from the membership files and the newest consent of each customer."""
    agreed = pa.table({"customer_id": pa.array(consenting_customers(session, purpose, channel), pa.string())})
    with duckdb.connect() as connection:
        connection.register("agreed", agreed)
        rows = connection.execute(
            """
            select segment_id, count(*), count(agreed.customer_id)
            from read_parquet($files) member
            left join agreed on agreed.customer_id = member.customer_id
            where ($low is null or days_since_last >= $low) and ($high is null or days_since_last <= $high)
            group by segment_id
            """,
            {
                "files": str(membership / "*" / "*.parquet"),
                "low": audience.inactive_days_min,
                "high": audience.inactive_days_max,
            },
        ).fetchall()
    return {int(segment): Reach(int(total), int(consenting)) for segment, total, consenting in rows}


class Members(NamedTuple):
    """Customers of an audience, read as they are needed."""

    size: int
    #: by customer id, so many at a time: the same portions whenever it is asked
    portions: Callable[[int], Iterator[list[Member]]]


@contextmanager
def members(folder: Path, audience: Audience, segments: list[int] | None) -> Iterator[Members]:
    """Who a brief is for, whatever they agreed to; in these segments or in all."""
    chosen = """
        from read_parquet($files)
        where ($low is null or days_since_last >= $low) and ($high is null or days_since_last <= $high)
          and ($segments is null or list_contains($segments, segment_id))
    """
    values = {
        "files": str(folder / "*" / "*.parquet"),
        "low": audience.inactive_days_min,
        "high": audience.inactive_days_max,
        "segments": segments,
    }
    with duckdb.connect() as connection:

        def portions(size: int) -> Iterator[list[Member]]:
            found = connection.cursor().execute(
                f"select customer_id, segment_id {chosen} order by customer_id", values
            )
            while rows := found.fetchmany(size):
                yield [Member(*row) for row in rows]

        counted = connection.execute(f"select count(*) {chosen}", values).fetchone()
        yield Members(counted[0] if counted else 0, portions)
