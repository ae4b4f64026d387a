"""`surmesure measure report`: the files of each campaign, and what is told of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from content_store.errors import BadInput
from surmesure.cli import app
from surmesure.starting import copy_starter
from tests.flows.measured_shop import BRIEF, measured_shop


@pytest.fixture
def shop(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A brand folder whose campaign went out."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "machine"))
    database = tmp_path / "shop.db"
    database.write_bytes(sqlite_template.read_bytes())
    measured_shop(tmp_path / "brand", f"sqlite:///{database}").close()
    return tmp_path / "brand"


def test_a_campaign_is_told_in_a_sentence_with_the_place_of_its_report(shop: Path) -> None:
    told = _run("--brand", str(shop)).splitlines()
    assert told[0].startswith(f"{BRIEF}: It worked: each customer brought €2.00 more than those held out")
    assert told[1] == f"    {shop}/.surmesure/measured/{BRIEF}/report.html"
    assert Path(told[1].strip()).exists()


def test_a_program_is_told_where_everything_is(shop: Path, tmp_path: Path) -> None:
    (line,) = _run(BRIEF, "--brand", str(shop), "--out", str(tmp_path / "out"), "--json").splitlines()
    told = json.loads(line)
    assert (told["brief"], told["standing"]) == (BRIEF, "clear")
    for name in ("report", "results", "units"):
        assert Path(told[name]).parent == tmp_path / "out" / BRIEF
        assert Path(told[name]).stat().st_size > 0


def test_a_brief_of_which_nothing_went_out_is_refused(shop: Path) -> None:
    with pytest.raises(BadInput, match="nothing of brief newsletter was published yet"):
        _run("newsletter", "--brand", str(shop))


def test_nothing_published_is_nothing_to_measure(tmp_path: Path) -> None:
    copy_starter(tmp_path / "brand")
    told = _run("--brand", str(tmp_path / "brand"))
    assert told == "Nothing was published yet, so there is nothing to measure.\n"


def _run(*words: str) -> str:
    result = CliRunner().invoke(app, ["measure", "report", *words], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.stdout
