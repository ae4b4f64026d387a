"""`surmesure web` serves the page on which customers stop messages, and `surmesure serve` brings it where it is set."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from content_store.database import open_database, session_maker
from content_store.errors import BadInput
from content_store.models import Consent, Occurrence
from content_store.settings import load_settings
from publishing.opt_out import load_key, unsubscribe_link
from surmesure.commands.serving import children
from surmesure.starting import copy_starter
from surmesure.starting_together import check_port
from tests.factories import make_brief, make_customer, make_message, make_publication, make_run

ROOT = Path(__file__).parents[2]


def test_the_page_stops_messages_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    brand = tmp_path / "brand"
    copy_starter(brand)
    settings = load_settings(brand)
    sessions = session_maker(open_database(settings.database_url))
    with sessions.begin() as session:
        customer = make_customer(session)
        brief = make_brief(session, content={"purpose": "marketing"})
        run = make_run(session, brief_id=brief.id)
        row = make_publication(session, make_message(session, run=run), customer_id=customer.id)
        session.add(
            Occurrence(
                brief_id=brief.id,
                at=row.occurrence,
                purpose="marketing",
                audience={},
                segmentation_id=run.segmentation_id,
                destination="out",
                form="csv",
            )
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    url = unsubscribe_link(f"http://127.0.0.1:{port}", load_key(settings.state_folder), row.id)
    process = subprocess.Popen(
        [sys.executable, "-m", "surmesure", "web", "--brand", str(brand)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"SURMESURE_PUBLISHING__PORT": str(port)},
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline() == (
            f"The public page is at http://127.0.0.1:{port}; Ctrl-C stops it.\n"
        )
        with httpx.Client(transport=httpx.HTTPTransport(retries=9)) as client:
            assert client.get(url).status_code == 200
            answer = client.post(url, data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, "server" in answer.headers) == (200, False)
        with sessions() as session:
            assert session.query(Consent).one().granted is False
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert url.rpartition("/")[2] not in said
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("name", "value", "there"),
    [
        ("AS_OF", "2026-01-01", False),
        ("PUBLISHING__PUBLIC_URL", "https://news.example.com", True),
        ("PUBLISHING__DECISIONS_KEY", "k" * 32, True),
        ("PUBLISHING__EVENTS_KEY", f"whsec_{'A' * 32}", True),
        ("PUBLISHING__SENDGRID_KEY", "MFkw", True),
        ("PUBLISHING__MAILGUN_KEY", "k" * 32, True),
    ],
)
def test_serve_starts_it_where_others_can_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, there: bool
) -> None:
    copy_starter(tmp_path / "brand")
    monkeypatch.setenv(f"SURMESURE_{name}", value)
    started = {child.name: child for child in children(load_settings(tmp_path / "brand"), 4200)}
    assert ("public page" in started) is there
    if there:
        assert started["public page"].url == "http://127.0.0.1:8320"
        assert started["public page"].command[-3:] == ["web", "--brand", str(tmp_path / "brand")]


def test_a_taken_port_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("SURMESURE_PUBLISHING__PORT", str(port))
        with pytest.raises(BadInput) as refused:
            check_port(load_settings(tmp_path).publishing, "the public page", "publishing.port")
    assert str(refused.value) == (
        f"port {port} is taken, so the public page cannot listen there; set another as publishing.port in surmesure.toml."
    )


def test_the_key_of_decisions_stays_out_of_files_and_is_no_short_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_starter(tmp_path)
    (tmp_path / "surmesure.toml").write_text('[publishing]\ndecisions_key = "secret"\n')
    with pytest.raises(BadInput, match=r"publishing\.decisions_key does not belong in a file"):
        load_settings(tmp_path)
    (tmp_path / "surmesure.toml").write_text("")
    monkeypatch.setenv("SURMESURE_PUBLISHING__DECISIONS_KEY", "secret")
    with pytest.raises(BadInput, match="should have at least 32"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("k" * 40, "secret 1 is none; write whsec_ and the base64 of 24 to 64 random bytes"),
        (f"whsec_{'A' * 32} whsec_%", "secret 2 is none"),
        (" ", "it is empty; unset it or write whsec_ and base64"),
    ],
)
def test_the_key_of_outcomes_has_the_form_that_libraries_expect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, sentence: str
) -> None:
    copy_starter(tmp_path)
    for secret in ("events_key", "mailgun_key"):
        (tmp_path / "surmesure.toml").write_text(f'[publishing]\n{secret} = "secret"\n')
        with pytest.raises(BadInput, match=rf"publishing\.{secret} does not belong in a file"):
            load_settings(tmp_path)
    (tmp_path / "surmesure.toml").write_text("")
    monkeypatch.setenv("SURMESURE_PUBLISHING__EVENTS_KEY", value)
    with pytest.raises(BadInput) as refused:
        load_settings(tmp_path)
    assert sentence in str(refused.value)
    assert "kkkk" not in str(refused.value)
