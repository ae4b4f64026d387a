"""`surmesure publish` and `surmesure status`: what people read, and what they are told when it cannot be."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from content_store import scheduled_occurrences
from content_store.database import Sessions, open_database, session_maker
from content_store.errors import BadInput
from publishing import deliveries
from publishing.delivering import deliver
from publishing.writing import write_delivery
from surmesure.commands import publishing
from surmesure.starting import copy_starter
from tests.factories import NOW
from tests.publishing.stage import make_stage, plan, unseen, worker

app = typer.Typer()
app.command("publish")(publishing.publish)
app.command("status")(publishing.status)


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A brand folder on which nothing was run."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "machine"))
    brand = tmp_path / "brand"
    copy_starter(brand)
    (brand / ".surmesure").mkdir()
    (brand / ".surmesure" / "surmesure.db").write_bytes(sqlite_template.read_bytes())
    return brand


def test_status_says_so_when_nothing_was_published(folder: Path) -> None:
    assert _run("status", "--brand", str(folder)) == (
        "Nothing was published yet; `surmesure publish BRIEF --to FOLDER` does.\n"
    )


def test_status_tells_where_everybody_stands(folder: Path, tmp_path: Path) -> None:
    sessions = _sessions(folder)
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path / "out", customers=3)
        plan(session, stage)
    (tmp_path / "out").mkdir()
    deliver(sessions, stage.occurrence, worker(stage), write_delivery, unseen)
    assert _run("status", "--brand", str(folder)) == (
        f"coffee-week, 2026-03-02 00:00 UTC: being planned, to {tmp_path / 'out'}\n         3  sms accepted\n"
    )
    facts = json.loads(_run("status", "coffee-week", "--brand", str(folder), "--json"))
    assert facts["publications"] == [{"channel": "sms", "status": "accepted", "reason": None, "number": 3}]


def test_status_tells_what_is_postponed_and_why(folder: Path, tmp_path: Path) -> None:
    sessions = _sessions(folder)
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path / "out", customers=3)
        plan(session, stage)
        for minutes, why in ((5, "the server is tired"), (9, "the server is tired")):
            held = deliveries.claim(session, stage.occurrence.id, "one", NOW)
            assert held is not None
            deliveries.postpone(session, held, NOW + timedelta(minutes=minutes), why)
    assert _run("status", "--brand", str(folder)) == (
        f"coffee-week, 2026-03-02 00:00 UTC: being planned, to {tmp_path / 'out'}\n"
        "         3  sms planned\n"
        "            more from 2026-03-02 09:35 UTC on, by the same command: the server is tired\n"
    )
    facts = json.loads(_run("status", "--brand", str(folder), "--json"))
    assert facts["waits"] == [{"until": "2026-03-02T09:35:00+00:00", "waits_for": "the server is tired"}]


def test_status_tells_what_became_of_what_a_schedule_published(folder: Path, tmp_path: Path) -> None:
    sessions = _sessions(folder)
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=3)
        plan(session, stage)
        at = stage.occurrence.at
        for brief, moment in ((stage.brief.id, at), ("spring", at - timedelta(days=1))):
            scheduled_occurrences.begin(session, brief, moment, "smtp", "mail", "flow-1", moment)
            scheduled_occurrences.refused(session, brief, moment, "it could not be.")
            scheduled_occurrences.ended(session, brief, moment, moment, bad_input=True)
    assert _run("status", "--brand", str(folder)) == (
        f"coffee-week, 2026-03-02 00:00 UTC: being planned, to {tmp_path}\n"
        "            it could not be.\n"
        "            it goes on by itself, while `surmesure serve` runs\n"
        "         3  sms planned\n"
        "spring, 2026-03-01 00:00 UTC: not published, to smtp\n"
        "            it could not be.\n"
    )
    begun, refused = map(json.loads, _run("status", "--brand", str(folder), "--json").splitlines())
    assert (begun["reason"], begun["again_at"]) == ("it could not be.", "2026-03-02T00:10:00+00:00")
    assert (refused["reason"], refused["again_at"], refused["publications"]) == ("it could not be.", None, [])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["xmas", "--to", "out"], "there is no brief xmas; the brand folder has "),
        (["come-back", "--to", "out", "--format", "xlsx"], "take one of csv, jsonl, parquet"),
        (["come-back", "--to", "brand/brand.yaml"], "is no folder; give the folder"),
        (["come-back", "--to", "out"], "brief come-back has no finished run; `surmesure run come-back`"),
    ],
)
def test_what_cannot_be_published_is_told_in_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], sentence: str
) -> None:
    monkeypatch.chdir(folder.parent)
    result = CliRunner().invoke(app, ["publish", *given, "--brand", str(folder)])
    assert isinstance(result.exception, BadInput)
    assert sentence in str(result.exception)


def _run(*given: str) -> str:
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.exception
    return result.stdout


def _sessions(folder: Path) -> Sessions:
    return session_maker(open_database(f"sqlite:///{folder / '.surmesure' / 'surmesure.db'}"))
