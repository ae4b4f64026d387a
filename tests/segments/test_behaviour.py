"""How a segment behaves."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from content_store.errors import BadInput
from segments.behaviour import Activity, Behaviour, behaviours, read_activity

AS_OF = datetime(2018, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(("value", "spend"), [(', 2.5 as "value"', [7.5, 0.0, 2.5]), ("", [0.0, 0.0, 0.0])])
def test_activity_is_read_from_the_lake_up_to_the_cut_off(
    tmp_path: Path, value: str, spend: list[float]
) -> None:
    duckdb.execute(
        f"""copy (select customer_id, "at"::timestamptz as "at", 'tea' as item {value} from (values
            ('a', '2018-01-01 00:00:00+00'), ('a', '2018-01-01 10:00:00+00'), ('a', '2018-01-08 00:00:00+00'),
            ('a', '2018-02-01 00:00:00+00'), ('b', '2018-01-14 00:00:00+00')) as events(customer_id, "at"))
            to '{tmp_path}/events.parquet'"""
    )
    found = read_activity(str(tmp_path), ["a", "nobody", "b"], AS_OF)
    assert found.days_since_first.tolist() == pytest.approx([14, np.nan, 1], nan_ok=True)
    assert found.days_since_last.tolist() == pytest.approx([7, np.nan, 1], nan_ok=True)
    assert found.events.tolist() == [3, 0, 1]
    assert found.active_days.tolist() == [2, 0, 1]
    assert found.spend.tolist() == spend


def test_a_behaviour_sums_up_each_segment() -> None:
    activity = Activity(
        np.array([28.0, 14.0, 7.0, np.nan]), np.array([2.0, 4.0, 1.0, np.nan]), np.array([10, 20, 3, 0]),
        np.array([4, 4, 1, 0]), np.array([100.0, 51.0, 9.0, 0.0]),
    )  # fmt: skip
    assert behaviours(activity, np.array([0, 0, 1, 1], np.int32)) == [
        Behaviour(2, 0.5, 3.0, 1.5, 15.0, 75.5),
        Behaviour(2, 0.5, 1.0, 1.0, 1.5, 4.5),
    ]


def test_a_segment_that_never_did_anything_is_infinitely_long_ago() -> None:
    activity = Activity(np.array([np.nan]), np.array([np.nan]), np.array([0]), np.array([0]), np.array([0.0]))
    assert behaviours(activity, np.array([0], np.int32))[0].median_days_since_last == float("inf")


def test_a_lake_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="ingest events first"):
        read_activity(str(tmp_path), ["a"], AS_OF)
