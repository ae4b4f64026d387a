"""`surmesure confirm` and `surmesure resolve`: what people read and are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from sqlalchemy import select, update
from typer.testing import CliRunner

from content_store import marks
from content_store.database import Sessions, open_database, session_maker
from content_store.errors import BadInput
from content_store.models import Publication, PublicationStatus
from surmesure.commands import publishing, settling
from surmesure.starting import copy_starter
from tests.publishing.stage import make_stage, plan

app = typer.Typer()
app.command("status")(publishing.status)
app.command("confirm")(settling.confirm)
app.command("resolve")(settling.resolve)


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A brand folder with an occurrence that is planned for three."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "machine"))
    monkeypatch.setenv("LOGNAME", "ana")
    brand = tmp_path / "brand"
    copy_starter(brand)
    (brand / ".surmesure").mkdir()
    (brand / ".surmesure" / "surmesure.db").write_bytes(sqlite_template.read_bytes())
    with _sessions(brand).begin() as session:
        plan(session, make_stage(session, tmp_path / "out", customers=3, channel="email"))
    return brand


def test_an_old_copy_is_shown_and_confirmed(folder: Path, tmp_path: Path) -> None:
    _note_ahead(folder, tmp_path)
    assert _run("confirm", "--brand", str(folder)).splitlines() == [
        "An old copy: it knows of 0 steps of sending, this machine of 4.",
        "The newest in its ledger: 2026-03-02 09:30 UTC. What it holds as open:",
        f"         3  coffee-week, 2026-03-02 00:00 UTC, to {tmp_path / 'out'}, its plan is not finished",
        "What was sent after that, and who said stop, is not known here: take over the consents that were withdrawn since,",
        "and pause the schedules of briefs that went out already today, because an occurrence that is not here begins anew.",
        "  surmesure confirm --restored   it is an old copy: what is open becomes unknown and is never sent by itself",
    ]
    assert "sent 4 times from the database after what it holds" in _refused(
        "confirm", "--current", "--brand", str(folder)
    )
    assert _run("confirm", "--restored", "--brand", str(folder)) == (
        "3 publications are unknown now; `surmesure status --unknown` lists them. This machine publishes again.\n"
    )
    assert _run("confirm", "--brand", str(folder)).startswith("This machine trusts the database.\n")
    assert "trusts the database already" in _refused("confirm", "--restored", "--brand", str(folder))


def test_a_database_of_another_machine_is_confirmed_as_current(folder: Path) -> None:
    assert json.loads(_run("confirm", "--json", "--brand", str(folder)))["strange"] is True
    assert "give one of the two" in _refused("confirm", "--restored", "--current", "--brand", str(folder))
    _run("confirm", "--current", "--brand", str(folder))
    assert json.loads(_run("confirm", "--json", "--brand", str(folder)))["strange"] is False
    with _sessions(folder)() as session:
        assert set(session.scalars(select(Publication.status))) == {PublicationStatus.PLANNED}


def test_what_is_unknown_is_listed_and_resolved(folder: Path) -> None:
    assert _run("status", "--unknown", "--brand", str(folder)) == "Nothing is unknown.\n"
    with _sessions(folder).begin() as session:
        session.execute(update(Publication).values(status=PublicationStatus.UNKNOWN, reason="lost"))
        ids = [str(number) for number in session.scalars(select(Publication.id).order_by(Publication.id))]
    lines = _run("status", "--unknown", "--brand", str(folder)).splitlines()
    assert lines[0] == (
        f"{ids[0]:>10}  coffee-week of 2026-03-02 00:00 UTC by email to c01 at example.com, planned 2026-03-02 09:30 UTC: lost"
    )
    assert lines[3] == "3 are unknown; say what became of them: `surmesure resolve ID --as sent`."
    found = _run("status", "coffee-week", "--unknown", "--json", "--brand", str(folder)).splitlines()
    assert [json.loads(line)["customer_id"] for line in found] == ["c01", "c02", "c03"]

    assert _run("resolve", ids[0], "--as", "sent", "--brand", str(folder)) == "1 publications: sent.\n"
    assert f"publication {ids[0]} is not unknown, so it was left as it is (1 such)" in _refused(
        "resolve", ids[0], ids[1], "--as", "not-sent", "--brand", str(folder)
    )
    assert _run("resolve", "--brief", "coffee-week", "--as", "send", "--brand", str(folder)) == (
        "1 publications: send; publish the occurrence again.\n"
    )
    with _sessions(folder)() as session:
        rows = session.scalars(select(Publication).order_by(Publication.id)).all()
    told = [(row.status.value, (row.reason or "").partition(", 20")[0]) for row in rows]
    assert told == [
        ("accepted", "it was sent, says ana"),
        ("rejected", "it was not sent, says ana"),
        ("planned", "it was not sent and goes out, says ana"),
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["1", "--as", "lost"], "--as lost is not known; take one of sent, not-sent, send"),
        (["--as", "sent"], "give the ids of the publications, or --brief"),
    ],
)
def test_a_word_that_says_nothing_is_refused(folder: Path, given: list[str], sentence: str) -> None:
    assert sentence in _refused("resolve", *given, "--brand", str(folder))


def _note_ahead(folder: Path, tmp_path: Path) -> None:
    with _sessions(folder)() as session:
        identity = marks.standing(session, tmp_path).identity
    marks.note(tmp_path / "machine" / "surmesure", identity, 4)


def _run(*given: str) -> str:
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.exception
    return result.stdout


def _refused(*given: str) -> str:
    result = CliRunner().invoke(app, given)
    assert isinstance(result.exception, BadInput), result.exception
    return str(result.exception)


def _sessions(folder: Path) -> Sessions:
    return session_maker(open_database(f"sqlite:///{folder / '.surmesure' / 'surmesure.db'}"))
