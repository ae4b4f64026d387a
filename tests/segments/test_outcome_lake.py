"""The lake of outcomes: an id stands there once, what was told first stays, and a change is seen whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from segments import outcome_lake
from segments.outcome_lake import OUTCOMES, Merged, merge, outcome_files

AT = datetime(2026, 3, 2, tzinfo=UTC)


def _row(outcome_id: str, customer_id: str = "c01", **fields: Any) -> dict[str, Any]:
    usual = {"kind": "converted", "at": AT, "received_at": AT}
    return usual | {"outcome_id": outcome_id, "customer_id": customer_id} | fields


def _merge(folder: Path, *rows: dict[str, Any], partitions: int = 2) -> Merged:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        full = [{field.name: row.get(field.name) for field in OUTCOMES} for row in rows]
        connection.register("given", pa.Table.from_pylist(full, schema=OUTCOMES))
        connection.execute("create table told as select * from given")
        return merge(connection, folder, partitions)


def _held(folder: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        query = "select outcome_id, customer_id, value from read_parquet(?, hive_partitioning = false) order by all"
        return connection.execute(query, [outcome_files(folder)]).fetchall()


def test_an_id_stands_there_once_whoever_tells_it_and_what_was_told_first_stays(tmp_path: Path) -> None:
    earlier = AT.replace(hour=1)
    assert _merge(tmp_path, _row("e:1", value=2.0, received_at=AT.replace(hour=2)), _row("e:1", value=1.0, received_at=earlier)) == (1, 1)  # fmt: skip
    # Later, in another month, and even of another customer.
    later = AT.replace(month=5)
    assert _merge(tmp_path, _row("e:1", value=3.0, received_at=later), _row("e:2", "c02", value=4.0)) == (
        1,
        1,
    )
    assert _merge(tmp_path, _row("e:1", "c09", value=5.0, received_at=later)) == (0, 1)
    assert _held(tmp_path) == [("e:1", "c01", 1.0), ("e:2", "c02", 4.0)]


def test_a_lake_whose_partitions_change_still_holds_an_id_once(tmp_path: Path) -> None:
    rows = [_row(f"e:{n}", f"c{n:02}", value=n / 4) for n in range(20)]
    assert _merge(tmp_path, *rows, partitions=2) == (20, 0)
    assert _merge(tmp_path, *rows, _row("e:20"), partitions=5) == (1, 20)
    assert len(_held(tmp_path)) == 21


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _merge(tmp_path, _row("e:1", value=1.0))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            _merge(tmp_path, _row("e:2", value=2.0))
    assert _held(tmp_path) == [("e:1", "c01", 1.0)]
    assert [file.name for file in tmp_path.rglob("*.*")] == ["2026-03.parquet"]
    assert _merge(tmp_path, _row("e:2", value=2.0)) == (1, 0)
    assert outcome_lake.outcome_files(tmp_path / "nothing") == []
