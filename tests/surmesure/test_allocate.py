"""`surmesure measure allocate`: what a person reads before outcomes decide, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from content_store.errors import WorkFailed
from flows.steps.workplace import open_workplace
from surmesure.commands import allocating
from surmesure.starting import copy_starter
from tests.flows.lived import LATER, lived
from tests.publishing.stage import AT

app = typer.Typer()
app.command()(allocating.allocate)


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A brand folder whose brief went out to 600 customers; twice as many bought after B as after A."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "machine"))
    brand = tmp_path / "brand"
    copy_starter(brand)
    (brand / ".surmesure").mkdir()
    (brand / ".surmesure" / "surmesure.db").write_bytes(sqlite_template.read_bytes())
    _set_day(brand, LATER.isoformat())
    workplace = open_workplace(brand)
    stage = lived(workplace, tmp_path / "out", (0.2, 0.4))
    workplace.close()
    (brand / "briefs" / "coffee-week.yaml").write_text(yaml.safe_dump(stage.brief.content()))
    return brand


def _set_day(brand: Path, day: str) -> None:
    (brand / "surmesure.toml").write_text(f'as_of = "{day}"\n')


def _run(folder: Path, *given: str) -> Result:
    return CliRunner().invoke(app, ["coffee-week", "--brand", str(folder), *given])


def test_a_person_reads_the_shares_and_what_they_would_have_earned_before_they_are_launched(
    folder: Path,
) -> None:
    told = _run(folder).stdout.splitlines()
    assert told[0] == (
        "coffee-week: value of purchase in 7 days, of windows that were over on 2026-03-12 00:00 UTC."
    )
    assert [line[:29].split() for line in told[2:4]] == [["A", "coffee"], ["B", "coffee"]]
    assert [line[line.index("now") :] for line in told[2:4]] == [
        "now  50%  proposed  10%",
        "now  50%  proposed  90%",
    ]
    assert told[4].startswith("The proposed shares would have earned ")
    assert told[-1] == "Nothing was changed; --launch puts the proposed shares in force."
    launched = _run(folder, "--launch").stdout.splitlines()
    assert launched[-1] == "In force from now on, as policy 1; occurrences that have begun keep their shares."
    facts = json.loads(_run(folder, "--equal", "--launch", "--json").stdout)
    assert (facts["equal"], facts["policy"]) == (True, 2)
    assert [round(arm["present"], 1) for arm in facts["places"][0]["arms"]] == [0.1, 0.9]
    assert [arm["proposed"] for arm in facts["places"][0]["arms"]] == [0.5, 0.5]


def test_too_few_outcomes_are_a_sentence_and_nothing_to_launch(folder: Path) -> None:
    _set_day(folder, AT.isoformat())
    told = _run(folder).stdout.splitlines()
    assert told[1].endswith(
        "equal shares: fewer than two messages have 50 customers whose window is over, side by side"
    )
    refused = _run(folder, "--launch").exception
    assert isinstance(refused, WorkFailed)
    assert (
        str(refused)
        == "no place of coffee-week has enough outcomes to decide, so all shares stay as they are."
    )
