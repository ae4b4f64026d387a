"""`surmesure bounces`: a pipe, an mbox, a mail and a Maildir, and one line for each kind."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner

from content_store.database import open_database, session_maker
from content_store.errors import BadInput
from content_store.models import Publication, PublicationStatus
from surmesure.commands import bounces
from surmesure.starting import copy_starter
from tests.publishing.returned_mails import STAMP, bounce, complaint, ours
from tests.publishing.stage import planned

app = typer.Typer()
app.command("bounces")(bounces.bounces)


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A brand folder from which mails went to c01, c02 and c03: the publications 1, 2 and 3."""
    brand = tmp_path / "brand"
    copy_starter(brand)
    (brand / ".surmesure").mkdir()
    database = brand / ".surmesure" / "surmesure.db"
    database.write_bytes(sqlite_template.read_bytes())
    sessions = session_maker(open_database(f"sqlite:///{database}"))
    planned(sessions, tmp_path, customers=3, channel="email")
    with sessions.begin() as session:
        for row in session.scalars(select(Publication)):
            row.rendered_hash, row.status = STAMP + "0" * 40, PublicationStatus.ACCEPTED
        session.get_one(Publication, 3).status = PublicationStatus.UNKNOWN
    return brand


def test_a_maildir_is_read_with_one_line_for_each_kind(folder: Path, tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mails" / name).mkdir(parents=True)
    inside = {
        "new/1": bounce(ours(1)),
        "new/2": complaint(ours(2)),
        "cur/3:2,S": bounce(ours(3), status="5.2.2"),
        "cur/4": bounce(ours(2), action="delayed", status="4.4.1"),
        "cur/5": bounce(ours(99)),
        "cur/6": b"Subject: I am on holiday\n\nSee you.\n",
        "tmp/7": bounce(ours(2)),
    }
    for name, raw in inside.items():
        (tmp_path / "mails" / name).write_bytes(raw)
    assert _run(folder, str(tmp_path / "mails")) == (
        "         1  complained, not written there again\n"
        "         1  delayed\n"
        "         1  failed, not written there again\n"
        "         1  failed, which answers what was unknown\n"
        "         1  not usable: it is no report of a mail server (multipart/report)\n"
        "         1  not usable: it names no mail of ours\n"
    )
    assert "4  taken before" in _run(folder, str(tmp_path / "mails"))


def test_an_mbox_and_a_mail_alone_are_files(folder: Path, tmp_path: Path) -> None:
    mails = [bounce(ours(1)), bounce(ours(2), status="5.2.2")]
    box = tmp_path / "mbox"
    box.write_bytes(b"".join(b"From MAILER-DAEMON Mon Mar  2 09:30:00 2026\n" + raw + b"\n" for raw in mails))
    before = box.read_bytes()
    assert _run(folder, str(box)) == "         1  failed\n         1  failed, not written there again\n"
    assert box.read_bytes() == before
    alone = tmp_path / "mail.eml"
    alone.write_bytes(complaint(ours(2)))
    lines = _run(folder, str(alone), "--json").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"what": "complained, not written there again", "number": 1}
    ]


def test_a_mail_server_hands_one_over_by_a_pipe(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bounce(ours(1)))))
    bounces.bounces("-", brand=folder, json=False)
    result = CliRunner().invoke(app, ["-", "--brand", str(folder)], input=b"nothing")
    assert result.stdout == "         1  not usable: it is no report of a mail server (multipart/report)\n"


def test_a_place_that_is_none_is_told_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    for place, sentence in ((tmp_path / "gone", "there is no such file"), (folder, "is no Maildir")):
        result = CliRunner().invoke(app, [str(place), "--brand", str(folder)])
        assert isinstance(result.exception, BadInput)
        assert sentence in str(result.exception)
    (tmp_path / "new").mkdir()
    assert _run(folder, str(tmp_path)) == f"There is no mail in {tmp_path}.\n"


def _run(folder: Path, *given: str) -> str:
    result = CliRunner().invoke(app, [*given, "--brand", str(folder)])
    assert result.exit_code == 0, result.exception
    return result.stdout
