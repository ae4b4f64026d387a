"""Which segment a customer is in: a million of them in a few dozen megabytes, found by binary search."""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

_COLUMNS = ["customer_id", "segment_id", "days_since_last"]


class Member(NamedTuple):
    """Where a customer stands in a segmentation."""

    segment_id: int
    #: None when they did nothing yet
    days_since_last: float | None


class Membership(NamedTuple):
    """Everybody of a segmentation, by id."""

    customer_ids: pa.Array[Any]
    segment_ids: npt.NDArray[np.int32]
    days_since_last: npt.NDArray[np.float32]

    def find(self, customer_id: str) -> Member | None:
        """Where the customer stands; None for one who came after the segmentation."""
        ids = self.customer_ids
        # Arrow sorts by bytes of UTF-8, which is how Python compares texts too.
        at = bisect_left(range(len(ids)), customer_id, key=lambda index: ids[index].as_py())
        if at == len(ids) or ids[at].as_py() != customer_id:
            return None
        days = float(self.days_since_last[at])
        return Member(int(self.segment_ids[at]), None if np.isnan(days) else days)


NOBODY = Membership(pa.array([], pa.string()), np.empty(0, np.int32), np.empty(0, np.float32))


def load_membership(folder: Path) -> Membership:
    """The members of a segmentation's folder, parts of one table. OSError, ValueError and pa.ArrowException when it cannot be read."""
    files = sorted(folder.glob("*/*.parquet"))
    if not files:
        raise FileNotFoundError(f"{folder} has no list of members; `surmesure run` makes it anew")
    table = pa.concat_tables([pq.read_table(file, columns=_COLUMNS, partitioning=None) for file in files])
    table = table.sort_by("customer_id").combine_chunks()
    found = Membership(
        table["customer_id"].cast(pa.string()).combine_chunks(),
        table["segment_id"].to_numpy().astype(np.int32),
        table["days_since_last"].to_numpy().astype(np.float32),
    )
    del table
    # Sorting took five times as much as is kept, and Arrow would hold on to it.
    pa.default_memory_pool().release_unused()
    return found
