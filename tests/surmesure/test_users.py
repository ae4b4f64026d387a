"""`surmesure users`."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from content_store.database import open_database, session_maker
from content_store.errors import BadInput
from content_store.models import ApiToken, Decision, User
from content_store.settings import load_settings
from review.auth.passwords import verify_password
from surmesure.cli import app
from surmesure.starting import copy_starter

PASSWORD = "seven wet kettles sing"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy(tmp_path_factory.mktemp("brand"))


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    return copy(tmp_path)


def copy(parent: Path) -> Path:
    copy_starter(parent / "brand")
    return parent / "brand"


def run(folder: Path, *arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, ["users", *arguments, "--brand", str(folder)], input=stdin)


def add(folder: Path, name: str, *arguments: str, stdin: str = PASSWORD + "\n") -> Result:
    return run(
        folder,
        "add",
        name,
        "--full-name",
        f"{name.title()} Berg",
        *arguments,
        "--password-stdin",
        stdin=stdin,
    )


def rows(folder: Path, kind: type[Any]) -> list[Any]:
    engine = open_database(load_settings(folder).database_url)
    with session_maker(engine)() as session:
        found = list(session.scalars(select(kind).order_by(kind.id)))
    engine.dispose()
    return found


def refusal(result: Result) -> str:
    assert isinstance(result.exception, BadInput), result.output
    return str(result.exception)


def test_the_first_admin_is_added_with_a_password_from_standard_input(own_folder: Path) -> None:
    assert "No users yet" in run(own_folder, "list").stdout
    result = add(own_folder, "root", "--role", "admin", "--role", "reviewer")
    assert result.exit_code == 0, result.output
    assert result.stdout == "root (Root Berg) is added: reviewer, admin.\n"
    (user,) = rows(own_folder, User)
    assert verify_password(user.password_hash, PASSWORD)
    (entry,) = rows(own_folder, Decision)
    assert entry.by.endswith("(command line)")
    assert PASSWORD not in str(entry.details)


def test_the_list_says_who_may_what(own_folder: Path) -> None:
    add(own_folder, "ana", "--role", "author", "--locale", "fr", "--email", "ana@larkfield.example")
    add(own_folder, "bob", "--role", "legal", "--no-password")
    run(own_folder, "away", "bob", "--until", "2999-08-17", "--deputy", "ana")
    assert run(own_folder, "list").stdout.splitlines() == [
        "ana              Ana Berg                 author",
        "bob              Bob Berg                 legal · away until 2999-08-17 · no password",
        "2 users.",
    ]
    ana, bob = (json.loads(line) for line in run(own_folder, "list", "--json").stdout.splitlines())
    assert ana == {
        "name": "ana",
        "full_name": "Ana Berg",
        "roles": ["author"],
        "briefs": [],
        "email": "ana@larkfield.example",
        "locale": "fr",
        "active": True,
        "password": True,
        "identity_provider": False,
        "away_until": None,
    }
    assert bob["away_until"] == "2999-08-17 00:00:00+00:00"
    assert "is back" in run(own_folder, "away", "bob").stdout


def test_what_is_set_changes_and_the_rest_stays(own_folder: Path) -> None:
    add(own_folder, "ana", "--role", "author", "--email", "ana@larkfield.example")
    result = run(own_folder, "set", "ana", "--role", "reviewer", "--no-active", "--json")
    set_to = json.loads(result.stdout)
    assert (set_to["roles"], set_to["active"], set_to["email"]) == (
        ["reviewer"],
        False,
        "ana@larkfield.example",
    )
    assert run(own_folder, "set", "ana", "--active").stdout == "ana (Ana Berg) is set: reviewer.\n"
    assert "locked" not in run(own_folder, "list").stdout


def test_a_new_password_replaces_the_old_one(own_folder: Path) -> None:
    add(own_folder, "ana", "--role", "author")
    result = run(own_folder, "password", "ana", "--password-stdin", stdin="other wet kettles hum")
    assert result.exit_code == 0, result.output
    (user,) = rows(own_folder, User)
    assert verify_password(user.password_hash, "other wet kettles hum")
    assert not verify_password(user.password_hash, PASSWORD)


def test_a_token_is_printed_once_and_can_be_revoked(own_folder: Path) -> None:
    add(own_folder, "ana", "--role", "reviewer")
    result = run(own_folder, "token", "ana", "--name", "CI", "--scope", "read", "--scope", "decide")
    assert result.stdout.startswith("sm_")
    assert len(result.stdout.strip()) == 46
    assert "not shown again" in result.stderr
    made = json.loads(run(own_folder, "token", "ana", "--name", "CI", "--scope", "read", "--json").stdout)
    assert made["scopes"] == ["read"]
    kept = rows(own_folder, ApiToken)
    assert [token.scopes for token in kept] == [["decide", "read"], ["read"]]
    assert all(made["secret"] not in repr(token) for token in kept)
    assert (kept[0].expires_at - kept[0].created_at).days == 90
    assert (
        run(own_folder, "token", "ana", "--name", "CI", "--revoke").stdout == "2 tokens named CI revoked.\n"
    )
    assert all(token.revoked_at for token in rows(own_folder, ApiToken))


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (
            ("add", "ana", "--full-name", "Ana", "--role", "boss"),
            "--role boss is not known; choose of viewer,",
        ),
        (
            ("add", "ana", "--full-name", "Ana", "--role", "author"),
            "there is no terminal to ask for the password",
        ),
        (
            ("add", "ana", "--full-name", "Ana", "--role", "author", "--no-password", "--brief", "x"),
            "no brief x",
        ),
        (("set", "nobody", "--role", "author"), "there is no user 'nobody'; `surmesure users list`"),
        (("set", "nobody", "--brief", "x", "--all-briefs"), "contradict each other"),
        (("password", "nobody"), "there is no user 'nobody'"),
        (("token", "nobody", "--name", "CI", "--scope", "all"), "--scope all is not known; choose of read,"),
        (("away", "nobody", "--until", "soon"), "soon"),
    ],
)
def test_what_is_wrong_is_one_sentence(folder: Path, arguments: tuple[str, ...], sentence: str) -> None:
    said = refusal(run(folder, *arguments))
    assert sentence in said
    assert "\n" not in said


def test_an_easy_password_is_refused_with_the_reason(folder: Path) -> None:
    assert "has 8 characters" in refusal(add(folder, "ana", "--role", "author", stdin="kettles!\n"))
    said = refusal(add(folder, "ana", "--role", "author", stdin="larkfield-2026!!\n"))
    assert "holds only names" in said
    assert refusal(add(folder, "ana", "--role", "author", stdin="")).startswith("the password has 0")


def test_a_folder_without_a_brand_is_not_given_users(tmp_path: Path) -> None:
    assert "brand.yaml" in refusal(run(tmp_path, "list"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "again, said", [(PASSWORD, "is added: author"), ("other", "the two passwords differ")]
)
def test_on_a_terminal_the_password_is_asked_twice_and_not_shown(
    own_folder: Path, again: str, said: str
) -> None:
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "surmesure",
        "users",
        "add",
        "ana",
        "--full-name",
        "Ana Berg",
        "--role",
        "author",
    ]
    process = subprocess.Popen([*command, "--brand", str(own_folder)], stdin=theirs, stdout=theirs, stderr=theirs,
                               start_new_session=True)  # fmt: skip
    os.close(theirs)
    seen = ""
    answers = {"Password for ana: ": PASSWORD, "Once more: ": again}
    while True:
        try:
            seen += os.read(ours, 1000).decode()
        except OSError:
            break
        for question in [question for question in answers if question in seen]:
            os.write(ours, answers.pop(question).encode() + b"\n")
    os.close(ours)
    assert process.wait() == (0 if again == PASSWORD else 2)
    assert said in seen
    assert PASSWORD not in seen
