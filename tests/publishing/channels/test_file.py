"""Files are written once, whole, and read by spreadsheets without harm."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from content_store.database import Sessions
from publishing.channels import file as files
from publishing.intents import Outgoing, commit_intents
from tests.publishing.stage import deliveries, make_stage, plan, worker


@pytest.fixture
def outgoing(sessions: Sessions, tmp_path: Path) -> list[Outgoing]:
    """Ten publications; the text of one arm looks like a formula."""
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=10)
        plan(session, stage, portion=10)
        (delivery,) = deliveries(session)
        return commit_intents(session, delivery, worker(stage))


def test_the_name_of_a_file_tells_what_it_is_of() -> None:
    at = datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert files.file_name("weekly", at, "email", 7, "csv") == "weekly_20260302T060000Z_email_00007.csv"


def test_no_cell_of_a_csv_starts_a_formula(tmp_path: Path, outgoing: list[Outgoing]) -> None:
    files.write(tmp_path / "a.csv", outgoing)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["text"] for row in rows} == {"Coffee is on.", "'=Hot coffee, now."}
    assert rows[0]["address"] == "'+155501001"


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_other_forms_hold_every_value_as_it_is(tmp_path: Path, outgoing: list[Outgoing], form: str) -> None:
    file = tmp_path / f"a.{form}"
    files.write(file, outgoing)
    rows = (
        pq.read_table(file).to_pylist()
        if form == "parquet"
        else [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    )
    assert list(rows[0]) == list(files.COLUMNS)
    assert {row["text"] for row in rows} == {"Coffee is on.", "=Hot coffee, now."}
    assert [row["address"] for row in rows] == [item.address for item in outgoing]
    assert {row["ai_disclosure"] for row in rows} == {"mode=ai-originated"}


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_file_is_written_once_and_the_same_bytes_each_time(
    tmp_path: Path, outgoing: list[Outgoing], form: str
) -> None:
    file, again = tmp_path / f"a.{form}", tmp_path / f"b.{form}"
    first = files.write(file, outgoing)
    assert first == files.write(again, outgoing)
    before = file.read_bytes()
    assert files.write(file, outgoing[:3]) is None
    assert file.read_bytes() == before
    assert files.rows_in(file) == {item.publication.id: item.publication.customer_id for item in outgoing}
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".tmp") == []
    assert file.stat().st_mode & 0o777 == 0o640, "it holds addresses"
