"""`surmesure measure collect` and `import`: what they say to people and to machines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from content_store.database import open_database, session_maker
from content_store.errors import BadInput
from surmesure.commands import outcomes
from surmesure.starting import copy_starter
from tests.flows.outcomes import came_in
from tests.publishing.stage import AT, planned

app = typer.Typer()
app.command("collect")(outcomes.collect)
app.command("import")(outcomes.import_)


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A brand folder with three customers and three outcomes in the inbox, one of them of a mail that is under way."""
    brand = tmp_path / "brand"
    copy_starter(brand)
    (brand / ".surmesure").mkdir()
    database = brand / ".surmesure" / "surmesure.db"
    database.write_bytes(sqlite_template.read_bytes())
    sessions = session_maker(open_database(f"sqlite:///{database}"))
    planned(sessions, tmp_path, customers=3)
    with sessions.begin() as session:
        session.add(came_in("events:1", "converted", at=AT, customer_id="c01", value=2.5))
        session.add(came_in("events:2", "converted", at=AT, customer_id="c02", value=2.5))
        session.add(came_in("mail", "delayed", kind="dsn", publication_id=1))
    return brand


def _run(*given: object) -> Result:
    return CliRunner().invoke(app, [str(item) for item in given])


def test_collecting_says_what_is_new_and_what_does_not_count(folder: Path) -> None:
    assert _run("collect", "--brand", folder).stdout.splitlines() == [
        "         2  new",
        "         1  left out: mails that are still under way, and customers who were erased",
    ]
    assert json.loads(_run("collect", "--brand", folder, "--json").stdout) == {
        "new": 0,
        "known": 0,
        "left_out": 0,
    }


def test_importing_a_file_says_what_became_of_its_rows(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "told.csv"
    file.write_text(
        "id,customer_id,kind,at,value,currency,shop\n"
        "2,c02,converted,2026-03-02T00:00:00Z,2.5,EUR,Ulm\n"
        "3,c03,converted,2026-03-03T00:00:00Z,4,EUR,Ulm\n"
        "4,c03,converted,2026-03-03T00:00:00Z,4,USD,Ulm\n"
    )
    _run("collect", "--brand", folder)
    assert _run("import", file, "--brand", folder).stdout.splitlines() == [
        "         1  new",
        "         1  known already",
        "         1  in quarantine",
        "shop: not in the contract, so ignored (2 rows)",
    ]
    again = f"{file} was imported before and has not changed since.\n"
    assert _run("import", file, "--brand", folder).stdout == again
    told = json.loads(_run("import", file, "--brand", folder, "--json").stdout)
    assert told == {"file": str(file), "new": 0, "known": 2, "quarantined": 1, "unchanged": True, "notes": []}


def test_a_file_that_is_not_there_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    result = _run("import", tmp_path / "none.csv", "--brand", folder)
    assert isinstance(result.exception, BadInput)
    assert "none.csv: cannot be read (No such file or directory)" in str(result.exception)
