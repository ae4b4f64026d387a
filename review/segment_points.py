"""Where customers stand on the map of a segmentation, from the lake."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from content_store.settings import Settings

#: Customers drawn.
MOST_POINTS = 3000

Point = tuple[float, float, int]


def segment_points(settings: Settings, segmentation_id: int) -> tuple[Point, ...]:
    """(x, y, segment id) of at most MOST_POINTS customers, evenly over their list; none where the lake lacks them."""
    folder = settings.membership_folder(segmentation_id)
    # A segmentation is written once and never changed.
    return _read(folder) if folder.is_dir() else ()


@lru_cache(maxsize=4)
def _read(folder: Path) -> tuple[Point, ...]:
    import numpy as np
    import pyarrow.parquet as pq

    table = pq.read_table(folder, columns=["x", "y", "segment_id"])
    rows = np.linspace(0, table.num_rows - 1, min(MOST_POINTS, table.num_rows)).astype(int)
    columns = (table.column(name).take(rows).to_pylist() for name in ("x", "y", "segment_id"))
    return tuple(zip(*columns, strict=True))
