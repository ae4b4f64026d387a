"""Requests that a receiver can check, and what each of its answers means."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from content_store.database import Sessions
from content_store.models import PublicationStatus
from content_store.sending_settings import WebhookSettings
from publishing.answers import Answer
from publishing.channels import webhook
from publishing.channels.file import COLUMNS
from publishing.channels.webhook import Post, Posted
from publishing.intents import commit_intents
from publishing.outbound import GuardedBackend, target
from tests.certificates import write_certificate
from tests.factories import NOW
from tests.publishing.channels.receiver import receiver
from tests.publishing.stage import SUPPRESSION_KEY, deliveries, planned, worker

PLANNED, INTENT = PublicationStatus.PLANNED, PublicationStatus.INTENT
ACCEPTED, REJECTED = PublicationStatus.ACCEPTED, PublicationStatus.REJECTED

POST = Post("pub_1", b'{"customer_id": "c01"}')


def test_the_signature_is_that_of_the_specification_s_own_example() -> None:
    # https://github.com/standard-webhooks/standard-webhooks and its libraries check this one.
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    post = Post("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')
    assert webhook.signature([key], post, 1614265330) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_request_holds_what_a_receiver_checks_and_a_signature_for_each_secret() -> None:
    new, old = (base64.b64encode(letter * 24).decode() for letter in (b"n", b"o"))
    with receiver(secret=f"whsec_{new} whsec_{old}") as (server, settings):
        assert _send(settings) == Posted(Answer(ACCEPTED))
    (taken,) = server.taken
    assert taken.path == "/in"
    assert taken.headers["host"] == f"127.0.0.1:{server.server_port}"
    assert taken.headers["webhook-id"] == "pub_1"
    assert taken.headers["webhook-timestamp"] == "1772443800"
    signed = b'pub_1.1772443800.{"customer_id": "c01"}'
    expected = [
        "v1," + base64.b64encode(hmac.new(letter * 24, signed, hashlib.sha256).digest()).decode()
        for letter in (b"n", b"o")
    ]
    assert taken.headers["webhook-signature"].split() == expected


def test_a_publication_has_the_columns_of_a_file_and_an_id_of_its_own(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, customers=2)
    with sessions.begin() as session:
        first, second = commit_intents(session, deliveries(session)[0], worker(stage))
        post = webhook.build(first, SUPPRESSION_KEY)
        assert list(json.loads(post.body)) == list(COLUMNS)
        assert json.loads(post.body)["customer_id"] == "c01"
        assert webhook.build(first, SUPPRESSION_KEY) == post
        others = {webhook.build(second, SUPPRESSION_KEY).id, webhook.build(first, b"b" * 32).id}
        assert len({post.id, *others}) == 3
        # A database that was restored gives its numbers to other publications.
        session.expunge(first.publication)
        first.publication.id += 1
        assert webhook.build(first, SUPPRESSION_KEY).id == post.id


@pytest.mark.parametrize(
    ("code", "posted"),
    [
        (200, Posted(Answer(ACCEPTED))),
        (202, Posted(Answer(ACCEPTED))),
        (204, Posted(Answer(ACCEPTED))),
        (400, Posted(Answer(REJECTED, "400 xx"))),
        (413, Posted(Answer(REJECTED, "413 xx"))),
        (422, Posted(Answer(REJECTED, "422 xx"))),
        (408, Posted(Answer(INTENT, "408 xx"))),
        (409, Posted(Answer(PublicationStatus.UNKNOWN, "409 xx"))),
        (425, Posted(Answer(PLANNED, "425 xx"))),
        (429, Posted(Answer(PLANNED, "429 xx"), pause=timedelta(0))),
        (500, Posted(Answer(INTENT, "500 xx"))),
        (503, Posted(Answer(INTENT, "503 xx"))),
        (301, Posted(Answer(PLANNED), refusal="it answers 301 xx.")),
        (302, Posted(Answer(PLANNED), refusal="it answers 302 xx.")),
        (401, Posted(Answer(PLANNED), refusal="it answers 401 xx.")),
        (403, Posted(Answer(PLANNED), refusal="it answers 403 xx.")),
        (404, Posted(Answer(PLANNED), refusal="it answers 404 xx.")),
        (405, Posted(Answer(PLANNED), refusal="it answers 405 xx.")),
        (410, Posted(Answer(PLANNED), refusal="it answers 410 xx.", gone=True)),
    ],
)
def test_each_answer_means_one_thing(code: int, posted: Posted) -> None:
    with receiver() as (server, settings):
        server.answer = code, {}
        assert _send(settings) == posted
        assert len(server.taken) == 1


def test_a_redirect_is_not_followed() -> None:
    with receiver() as (server, settings), receiver() as (other, elsewhere):
        server.answer = 307, {"Location": str(elsewhere.url)}
        assert _send(settings).refusal == "it answers 307 xx."
        assert other.taken == []


@pytest.mark.parametrize(
    ("given", "pause"),
    [
        ("120", timedelta(minutes=2)),
        ("99999999999999999999", timedelta(seconds=999_999_999)),
        ("Mon, 02 Mar 2026 10:00:00 GMT", timedelta(minutes=30)),
        ("Mon, 02 Mar 2020 10:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_a_pause_that_is_asked_for_is_read_as_seconds_or_as_a_date(
    given: str, pause: timedelta | None
) -> None:
    with receiver() as (server, settings):
        server.answer = 503, {"Retry-After": given.encode().decode("latin-1")}
        assert _send(settings).pause == pause


def test_a_lost_answer_is_one_that_may_have_been_yes() -> None:
    with receiver() as (server, settings):
        server.drops.add("c01")
        answer = _send(settings).answer
        assert answer.status is INTENT
        assert (answer.reason or "").startswith("the answer was lost: ")
        assert len(server.taken) == 1


def test_an_answer_that_drips_ends_with_the_time_of_the_request() -> None:
    with receiver(timeout_seconds=0.3) as (server, settings):
        server.drips.add("c01")
        assert _send(settings) == Posted(Answer(INTENT, "the answer was lost: no answer in time"))


def test_of_a_long_answer_the_start_is_read_and_the_status_counts() -> None:
    with receiver() as (server, settings):
        server.answer, server.size = (200, {}), 500_000_000 // 100
        assert _send(settings) == Posted(Answer(ACCEPTED))
        server.answer = 422, {}
        assert len(_send(settings).answer.reason or "") == len("422 ") + 300


def test_a_receiver_that_is_not_there_was_certainly_not_reached() -> None:
    with receiver() as (_, settings):
        pass
    answer = _send(settings).answer
    assert answer.status is PLANNED
    assert (answer.reason or "").startswith("no connection: ")


def test_a_certificate_that_nobody_vouches_for_stops_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_certificate(tmp_path)
    with receiver(tmp_path) as (server, settings):
        found = _send(settings)
        assert "CERTIFICATE_VERIFY_FAILED" in (found.refusal or "")
        assert found.answer.status is PLANNED
        assert server.taken == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert _send(settings) == Posted(Answer(ACCEPTED))
        server.drops.add("c01")
        assert _send(settings).answer.status is INTENT


def test_the_certificate_must_be_of_the_name_and_not_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    monkeypatch.setattr(webhook, "GuardedBackend", partial(GuardedBackend, look_up=lambda *_: ["127.0.0.1"]))
    with receiver(tmp_path, allow=["hooks.internal"]) as (server, settings):
        other = settings.model_copy(update={"url": f"https://hooks.internal:{server.server_port}/"})
        assert "Hostname mismatch" in (_send(other).refusal or "")
        assert server.taken == []


def test_what_leads_into_the_own_network_is_refused_and_nothing_is_sent() -> None:
    with receiver(allow=["hooks.internal"]) as (server, settings):
        https = settings.model_copy(update={"url": f"https://localhost:{server.server_port}/"})
        found = _send(https)
        assert "localhost leads to " in (found.refusal or "")
        assert found.answer.status is PLANNED
        assert server.connections == 0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"secret": "abc"}, "secret 1 is none; write whsec_ and the base64 of 24 to 64 random bytes"),
        ({"secret": "whsec_abc"}, "secret 1 is none"),
        ({"secret": f"whsec_{'A' * 32} whsec_%"}, "secret 2 is none"),
        ({"secret": " "}, "it is empty"),
        ({"allow": ["10.0.0.0/99"]}, "'10.0.0.0/99' is no host, address or network"),
        ({"allow": ["http://hooks"]}, "'http://hooks' is no host, address or network"),
        ({"allow": ["10.1"]}, "'10.1' is no host"),
        ({"timeout_seconds": 600}, "less than or equal to 60"),
    ],
)
def test_settings_that_do_not_fit_are_refused(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        WebhookSettings.model_validate(given)


def _send(settings: WebhookSettings) -> Posted:
    async def send() -> Posted:
        async with webhook.connections(settings) as pool:
            url = target(str(settings.url), settings.allow)
            return await webhook.send(pool, url, POST, settings, NOW)

    return asyncio.run(send())
