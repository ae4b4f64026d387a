"""The files of a measured campaign: the report, its numbers, and units that name nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from content_store.errors import BadInput, WorkFailed
from evaluation.measurement.kept import results_from
from evaluation.measurement.tables import metric_of, open_table
from flows.steps.measurement_reports import measurable, write_report
from flows.steps.outcomes import collect
from flows.steps.workplace import Workplace
from tests.flows.measured_shop import BRIEF, HELD, WRITTEN, measured_shop
from tests.publishing.stage import AT

LATER = AT + timedelta(days=30)


@pytest.fixture
def workplace(tmp_path: Path, database_url: str) -> Iterator[Workplace]:
    opened = measured_shop(tmp_path / "brand", database_url)
    yield opened
    opened.close()


def test_a_campaign_gets_a_report_its_results_and_its_units(workplace: Workplace, tmp_path: Path) -> None:
    collect(workplace)
    (brief,) = measurable(workplace)
    assert brief.id == BRIEF
    results, folder = write_report(workplace, brief, tmp_path / "out", LATER)
    assert folder == tmp_path / "out" / BRIEF
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert results.headline.startswith("It worked: each customer brought €2.00 more than those held out")
    assert results.headline in page
    # Welch by hand: 2 ± 1.9735 * sqrt(16.16 / 100 + 24.08 / 300).
    assert "between €0.93 and €3.07" in page
    assert results_from(json.loads((folder / "results.json").read_text(encoding="utf-8"))) == results
    units = pq.read_table(folder / "units.parquet")
    assert units.num_rows == HELD + WRITTEN
    assert units.column("conversions").to_pylist().count(1) == 140


def test_the_units_lead_to_nobody_and_are_their_owners_alone(workplace: Workplace, tmp_path: Path) -> None:
    collect(workplace)
    (brief,) = measurable(workplace)
    file = write_report(workplace, brief, tmp_path, LATER).folder / "units.parquet"
    units = pq.read_table(file)
    assert {"customer_id", "publication_id", "sent_at", "reason"}.isdisjoint(units.column_names)
    assert b"c001" not in file.read_bytes()
    assert set(units.column("customer").to_pylist()) == set(range(1, HELD + WRITTEN + 1))
    assert file.stat().st_mode & 0o077 == 0
    first = units.column("held").to_pylist()
    again = pq.read_table(write_report(workplace, brief, tmp_path, LATER).folder / "units.parquet")
    # Another key, another order.
    assert again.column("held").to_pylist() != first


def test_the_units_give_the_same_effect_to_whoever_analyses_them(
    workplace: Workplace, tmp_path: Path
) -> None:
    from evaluation.measurement.analysis import analyze

    collect(workplace)
    (brief,) = measurable(workplace)
    results, folder = write_report(workplace, brief, tmp_path, LATER)
    metrics = [metric_of("value:mean")]
    with open_table(folder / "units.parquet", "held", metrics, None, "customer") as table:
        (line,) = analyze(table, "true", metrics, shares={"true": 0.25, "false": 0.75})
    ours = next(item for item in results.overall if item.metric == "value")
    assert line.lift == pytest.approx(ours.lift)
    assert line.lift_low == pytest.approx(ours.lift_low)


def test_a_brief_of_which_nothing_went_out_cannot_be_measured(workplace: Workplace) -> None:
    with pytest.raises(BadInput, match=r"nothing of brief newsletter was published yet"):
        measurable(workplace, ["newsletter"])


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(workplace: Workplace, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(WorkFailed, match=r"out/coffee-week: .*; the report is written there, so make room"):
        write_report(workplace, measurable(workplace)[0], tmp_path / "out", LATER)
