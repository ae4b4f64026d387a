"""`surmesure schedule`: what a content team types, and what it is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from content_store.errors import BadInput
from surmesure.cli import app

STARTER = Path(__file__).parents[2] / "surmesure" / "starter"

PUBLISH = ["publish", "--timezone", "UTC"]


@pytest.fixture
def brand(tmp_path: Path) -> Path:
    folder = tmp_path / "brand"
    shutil.copytree(STARTER, folder)
    return folder


def run(brand: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["schedule", *words, "--brand", str(brand)], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.stdout


def lines(brand: Path, *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(brand, *words, "--json").splitlines()]


def test_a_schedule_is_added_paused_resumed_and_removed(brand: Path) -> None:
    told = run(brand, "add", "newsletter", "--cron", "0 6 * * 1", "--timezone", "Europe/Paris").splitlines()
    assert told[0] == "run newsletter: 0 6 * * 1, Europe/Paris"
    assert len(told) == 4
    assert all(line.startswith("    Mon ") and " 06:00 CE" in line for line in told[1:])

    [listed] = lines(brand, "list")
    assert {key: listed[key] for key in ("brief", "kind", "cron", "time_zone", "paused")} == {
        "brief": "newsletter",
        "kind": "run",
        "cron": "0 6 * * 1",
        "time_zone": "Europe/Paris",
        "paused": False,
    }
    assert len(listed["next"]) == 3
    assert run(brand, "pause", "newsletter") == "run newsletter: 0 6 * * 1, Europe/Paris, paused\n"
    assert lines(brand, "list")[0]["next"] == []
    assert len(run(brand, "resume", "newsletter").splitlines()) == 4
    assert run(brand, "remove", "newsletter") == "newsletter is executed only when a person asks for it.\n"
    assert lines(brand, "list") == []


def test_publishing_has_a_schedule_of_its_own(brand: Path, tmp_path: Path) -> None:
    when = ["--cron", "0 7 * * 1", "--timezone", "Europe/Paris"]
    told = run(brand, "publish", "newsletter", "--to", "smtp", *when).splitlines()
    assert (told[0], len(told)) == ("publish newsletter to smtp as mail: 0 7 * * 1, Europe/Paris", 4)
    out = str(tmp_path / "out")
    run(brand, "publish", "newsletter", "--to", out, "--format", "jsonl", *when)
    run(brand, "add", "newsletter")
    executed, published = lines(brand, "list")
    assert (executed["kind"], published["kind"]) == ("run", "publish")
    assert (published["destination"], published["form"]) == (out, "jsonl")
    assert run(brand, "pause", "newsletter", "--publish") == (
        f"publish newsletter to {out} as jsonl: 0 7 * * 1, Europe/Paris, paused\n"
    )
    assert [item["paused"] for item in lines(brand, "list")] == [False, True]
    assert len(run(brand, "resume", "newsletter", "--publish").splitlines()) == 4
    assert run(brand, "remove", "newsletter", "--publish") == (
        "newsletter is published only when a person asks for it.\n"
    )
    assert [item["kind"] for item in lines(brand, "list")] == ["run"]


def test_measuring_has_one_schedule_for_every_campaign(brand: Path) -> None:
    told = run(brand, "measure", "--cron", "0 5 * * *", "--timezone", "Europe/Paris").splitlines()
    assert told[0] == "measure every campaign: 0 5 * * *, Europe/Paris"
    assert len(told) == 4
    run(brand, "measure", "--cron", "30 5 * * *")
    [listed] = lines(brand, "list")
    assert (listed["brief"], listed["kind"], listed["cron"], listed["time_zone"]) == (
        None,
        "measure",
        "30 5 * * *",
        "UTC",
    )
    assert run(brand, "pause", "--measure") == "measure every campaign: 30 5 * * *, UTC, paused\n"
    assert len(run(brand, "resume", "--measure").splitlines()) == 4
    assert run(brand, "remove", "--measure") == "Campaigns are measured only when a person asks for it.\n"
    assert lines(brand, "list") == []
    for words, sentence in (
        (["pause", "newsletter", "--measure"], "name no brief with it"),
        (["pause"], "name the brief whose schedule is meant"),
        (["resume", "--measure"], "campaigns are not measured by themselves"),
    ):
        with pytest.raises(BadInput, match=sentence):
            run(brand, *words)


def test_the_schedule_of_the_briefs_file_is_offered_and_taken(brand: Path) -> None:
    assert run(brand, "list").splitlines() == [
        "Nothing is scheduled.",
        "come-back proposes 0 11 * * 2, America/New_York: `surmesure schedule add come-back` takes it.",
        "newsletter proposes 0 8 * * 4, America/New_York: `surmesure schedule add newsletter` takes it.",
    ]
    assert run(brand, "add", "come-back").startswith("run come-back: 0 11 * * 2, America/New_York\n    Tue ")
    assert run(brand, "add", "newsletter", "--timezone", "Europe/Rome").startswith(
        "run newsletter: 0 8 * * 4, Europe/Rome\n    Thu "
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "xmas"], r"there is no brief xmas; the brand folder has come-back, newsletter\."),
        (["add", "newsletter", "--cron", "0 6 * *"], "does not have five fields"),
        (["add", "newsletter", "--timezone", "Mars/Base"], "'Mars/Base' is not a known time zone"),
        (["pause", "newsletter"], "brief newsletter has no schedule"),
        (["pause", "newsletter", "--publish"], "brief newsletter is not published by itself"),
        ([*PUBLISH, "newsletter", "--to", "smtp", "--cron", "0 6 * *"], "does not have five fields"),
        ([*PUBLISH, "newsletter", "--to", "me@example.com", "--cron", "0 6 * * *"], "an address gets proofs"),
        (
            [*PUBLISH, "newsletter", "--to", "SMTP", "--cron", "0 6 * * *"],
            "--to SMTP is not known; write smtp",
        ),
        ([*PUBLISH, "xmas", "--to", "smtp", "--cron", "0 6 * * *"], "there is no brief xmas"),
        (["remove", "newsletter"], "brief newsletter has no schedule"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(brand: Path, words: list[str], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        run(brand, *words)
    assert lines(brand, "list") == []


def test_a_brief_without_a_proposal_needs_a_line_and_a_zone(brand: Path) -> None:
    path = brand / "briefs" / "newsletter.yaml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("schedule:")]
    path.write_text("\n".join(kept) + "\n")
    with pytest.raises(BadInput, match="brief newsletter proposes no schedule; give one"):
        run(brand, "add", "newsletter")
    with pytest.raises(BadInput, match="--cron needs a zone here"):
        run(brand, "add", "newsletter", "--cron", "0 6 * * 1")
