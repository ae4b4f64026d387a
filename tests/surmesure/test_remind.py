"""`surmesure remind` tells a real receiver of notifications, and nobody when none is set."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from content_store.database import open_database, session_maker
from content_store.errors import BadInput, WorkFailed
from content_store.settings import load_settings
from surmesure.commands import reminding
from surmesure.starting import copy_starter
from tests.factories import make_message

app = typer.Typer()
app.command("remind")(reminding.remind)

# apprise reads images with a module that a later Python lacks.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

VARIABLE = "SURMESURE_REVIEW__NOTIFY"


class Receiver(HTTPServer):
    """Remembers what it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[dict[str, Any]] = []
        self.answer = 200

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append(json.loads(body))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A brand folder in which one message has waited for two days."""
    brand = tmp_path / "brand"
    copy_starter(brand)
    (brand / ".surmesure").mkdir()
    file = brand / ".surmesure" / "surmesure.db"
    file.write_bytes(sqlite_template.read_bytes())
    engine = open_database(f"sqlite:///{file}")
    with session_maker(engine).begin() as session:
        make_message(
            session, created_at=datetime.now(UTC) - timedelta(days=2), slots={"sms": "A secret offer."}
        )
    engine.dispose()
    return brand


def test_without_an_address_nobody_is_told(folder: Path) -> None:
    result = CliRunner().invoke(app, ["--brand", str(folder)])
    assert result.exit_code == 0
    assert result.stdout.startswith("1 message of brief-")
    assert result.stdout.endswith("Nobody was told: SURMESURE_REVIEW__NOTIFY is not set.\n")


def test_every_address_is_told_what_waits_and_not_what_it_says(
    folder: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"{receiver.url} {receiver.url}/second")
    assert CliRunner().invoke(app, ["--brand", str(folder)]).exit_code == 0
    assert len(receiver.told) == 2
    told = receiver.told[0]
    assert told["title"] == "Larkfield: 1 message waits for a decision"
    assert "for reviewer, the oldest since" in told["message"]
    assert "http://127.0.0.1:8310/queue?brief=" in told["message"]
    assert "secret" not in told["message"]


def test_an_address_that_does_not_take_it_is_told_by_its_place(
    folder: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answer = 500
    monkeypatch.setenv(VARIABLE, f"{receiver.url}/?token=hunter2")
    with pytest.raises(WorkFailed, match="address 1 did not take the reminder") as error:
        reminding.remind(brand=folder)
    assert "hunter2" not in str(error.value)


def test_an_address_that_apprise_does_not_know_is_told_by_its_place(
    folder: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"{receiver.url} nothing-like-that")
    with pytest.raises(BadInput, match="address 2 is not one that apprise knows"):
        reminding.remind(brand=folder)
    assert receiver.told == []


def test_addresses_do_not_belong_in_a_file(folder: Path) -> None:
    (folder / "surmesure.toml").write_text('[review]\nnotify = "json://localhost"\n')
    with pytest.raises(BadInput, match=r"review\.notify does not belong in a file"):
        load_settings(folder)


def test_nothing_overdue_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURMESURE_REVIEW__REMIND_AFTER_HOURS", "72")
    result = CliRunner().invoke(app, ["--brand", str(folder)])
    assert result.stdout == "Nothing waits longer than 72 hours.\n"
