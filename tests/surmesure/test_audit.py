"""`surmesure audit`: sound decisions are told so and noted, tampering ends with exit code 1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner, Result

from content_store.database import open_database, session_maker
from content_store.decisions import Seen, decide
from content_store.errors import BadInput, WorkFailed
from content_store.models import Action
from surmesure.commands import auditing
from surmesure.starting import copy_starter
from tests.factories import NOW, RULES, make_message, person

app = typer.Typer()
app.command("verify")(auditing.verify)
app.command("export")(auditing.export)


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A brand folder whose log has two entries."""
    brand = tmp_path / "brand"
    copy_starter(brand)
    (brand / ".surmesure").mkdir()
    (brand / ".surmesure" / "surmesure.db").write_bytes(sqlite_template.read_bytes())
    engine = open_database(_url(brand))
    with session_maker(engine).begin() as session:
        for action in (Action.APPROVE, Action.REJECT):
            message = make_message(session, block_version_ids=[])
            seen = Seen(message.id, message.content_hash)
            ana = person(session, "ana")
            decide(session, seen, action, by=ana, at=NOW, day=NOW.date(), rules=RULES, reason="how it is")
    engine.dispose()
    return brand


def test_sound_decisions_are_told_so_and_their_head_is_noted(folder: Path) -> None:
    result = _run("verify", "--brand", str(folder))
    assert result.exit_code == 0
    head = result.stdout.split()[-1].rstrip(".")
    assert result.stdout == f"2 entries and 2 messages: everything fits. The newest entry is {head}.\n"
    assert _heads(folder) == [f"2 {head}"]
    again = _run("verify", "--brand", str(folder), "--head", head, "--json")
    assert json.loads(again.stdout) == {
        "sound": True,
        "entries": 2,
        "head": head,
        "messages": 2,
        "problems": [],
    }


def test_a_changed_reason_ends_with_exit_code_1_and_is_not_noted(folder: Path) -> None:
    _tamper(folder, "UPDATE decisions SET reason = 'what I wish' WHERE id = 2")
    result = _run("verify", "--brand", str(folder))
    assert result.exit_code == 1
    assert "entry 2 (message 2, reject) was changed." in result.stdout
    assert "2 entries and 2 messages: 1 thing does not fit." in result.stdout
    assert not (folder / ".surmesure" / "audit.heads").exists()


def test_an_end_cut_off_with_care_is_found_by_the_head_noted_before(folder: Path) -> None:
    noted = _run("verify", "--brand", str(folder)).stdout.split()[-1].rstrip(".")
    _tamper(
        folder,
        "DELETE FROM decisions WHERE id = 2",
        "UPDATE chain_head SET number = 1, entry_hash = (SELECT entry_hash FROM decisions WHERE id = 1)",
        "UPDATE messages SET status = 'pending' WHERE id = 2",
    )
    result = _run("verify", "--brand", str(folder), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["problems"] == [
        f"the entry {noted[:12]}…, which was the newest once, is gone."
    ]
    (folder / ".surmesure" / "audit.heads").unlink()
    assert _run("verify", "--brand", str(folder)).exit_code == 0
    assert _run("verify", "--brand", str(folder), "--head", noted).exit_code == 1


def test_the_log_is_exported_the_same_to_a_file_and_to_standard_output(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    assert _run("export", str(file), "--brand", str(folder)).exit_code == 0
    result = _run("export", "-", "--brand", str(folder))
    assert result.stdout == file.read_text(encoding="utf-8")
    entries = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(entry["id"], entry["action"], entry["by"]) for entry in entries] == [
        (1, "approve", "ana"),
        (2, "reject", "ana"),
    ]
    assert _heads(folder) == [f"2 {entries[-1]['entry_hash']}"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_file_that_cannot_be_written_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match="cannot be written"):
        auditing.export(tmp_path / "missing" / "log.jsonl", brand=folder)


def test_a_head_that_is_no_hash_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="--head 'abc' is not the hash of an entry"):
        auditing.verify(head=["abc"], brand=folder)


def test_an_audit_makes_no_database(tmp_path: Path) -> None:
    copy_starter(tmp_path / "brand")
    with pytest.raises(BadInput, match="has no database yet"):
        auditing.verify(brand=tmp_path / "brand")
    assert not (tmp_path / "brand" / ".surmesure").exists()


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def _heads(folder: Path) -> list[str]:
    lines = (folder / ".surmesure" / "audit.heads").read_text(encoding="utf-8").splitlines()
    return [line.rpartition(" ")[0] for line in lines]


def _tamper(folder: Path, *statements: str) -> None:
    engine = open_database(_url(folder))
    with engine.begin() as connection:
        for statement in (
            "DROP TRIGGER decisions_no_update",
            "DROP TRIGGER decisions_no_delete",
            *statements,
        ):
            connection.execute(text(statement))
    engine.dispose()


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / '.surmesure' / 'surmesure.db'}"
