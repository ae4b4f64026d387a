"""Texts through a gateway of apprise: each goes out once, and what is not known is said to be unknown."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from signal import SIGKILL
from threading import Thread

import pytest
from sqlalchemy import select

from content_store.database import Sessions, open_database, session_maker
from content_store.errors import BadInput, WorkFailed
from content_store.models import Customer, Publication, PublicationStatus
from content_store.sending_settings import AppriseSettings
from publishing.answers import Answer
from publishing.channels import apprise
from publishing.deliveries import LEASE
from publishing.delivering import deliver
from publishing.notifying import notify_delivery
from tests.factories import NOW
from tests.publishing.channels.receiver import Receiver, receiver
from tests.publishing.stage import NIGHT, Stage, planned, unseen, worker

# apprise reads images with a module that a later Python lacks.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

PLANNED, ACCEPTED = PublicationStatus.PLANNED, PublicationStatus.ACCEPTED
UNKNOWN = PublicationStatus.UNKNOWN

NOT_KNOWN = "apprise could not hand it over{}; whether it arrived is not known"


@pytest.fixture
def gateway() -> Iterator[tuple[Receiver, AppriseSettings]]:
    """A server to which apprise's json:// posts, the address in its path."""
    with receiver() as (server, _):
        server.answer = 200, {}
        url = f"json://127.0.0.1:{server.server_port}/to/{{address}}?rto=5"
        yield server, AppriseSettings.model_validate({"url": url})


@pytest.mark.parametrize(("channel", "first"), [("sms", "/to/+155501001"), ("push", "/to/c01")])
def test_each_customer_gets_their_text_once(
    sessions: Sessions, tmp_path: Path, gateway: tuple[Receiver, AppriseSettings], channel: str, first: str
) -> None:
    server, settings = gateway
    stage = planned(sessions, tmp_path, customers=12, portion=12, channel=channel)
    for _twice in range(2):
        _notify(sessions, stage, settings)
    assert len(server.taken) == 12
    assert server.taken[0].path == first
    assert {item.fields["message"] for item in server.taken} == {"Coffee is on.", "=Hot coffee, now."}
    assert _statuses(sessions) == {ACCEPTED: 12}


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("sms", "1/../..?to=2&x#@evil.example"),
        ("sms", "+155501001,+155501002"),
        ("sms", "12"),
        ("sms", "ana"),
        ("push", "c01/c02"),
        ("push", "c01 c02"),
        ("push", ".."),
        ("push", "c01?cto=1"),
        ("push", "café"),
    ],
)
def test_an_address_that_could_be_two_or_lead_elsewhere_is_rejected(
    gateway: tuple[Receiver, AppriseSettings], channel: str, address: str
) -> None:
    server, settings = gateway
    rejected = Answer(PublicationStatus.REJECTED, "the address is none that a gateway takes")
    assert apprise.send(_url(settings), channel, address, "Hot coffee") == rejected
    assert server.taken == []


def test_whose_night_it_is_gets_nothing_before_the_morning(
    sessions: Sessions, tmp_path: Path, gateway: tuple[Receiver, AppriseSettings]
) -> None:
    server, settings = gateway
    stage = planned(sessions, tmp_path, customers=12, portion=12, quiet_hours=NIGHT)
    with sessions.begin() as session:
        # It is 01:30 there, and the brief's quiet hours end at 08:00.
        session.get_one(Customer, "c02").time_zone = "America/Los_Angeles"
    _notify(sessions, stage, settings)
    assert _statuses(sessions) == {ACCEPTED: 11, PLANNED: 1}
    morning = NOW + timedelta(hours=6, minutes=30)
    _notify(sessions, stage, settings, morning - timedelta(minutes=1))
    assert len(server.taken) == 11
    _notify(sessions, stage, settings, morning)
    assert server.taken[11].path == "/to/+155501002"
    assert _statuses(sessions) == {ACCEPTED: 12}


def test_a_telephone_number_may_be_written_with_spaces(gateway: tuple[Receiver, AppriseSettings]) -> None:
    server, settings = gateway
    assert apprise.send(_url(settings), "sms", "+1 (555) 010-01", "Hot coffee") == Answer(ACCEPTED)
    assert server.taken[0].path == "/to/+155501001"


def test_a_no_is_unknown_as_apprise_does_not_say_why_and_it_is_never_sent_again(
    sessions: Sessions, tmp_path: Path, gateway: tuple[Receiver, AppriseSettings]
) -> None:
    server, settings = gateway
    stage = planned(sessions, tmp_path, portion=5)
    server.paths = {"/to/+155501002": (403, {}), "/to/+155501004": (500, {})}
    for _twice in range(2):
        _notify(sessions, stage, settings)
    assert len(server.taken) == 5
    assert [(status, reason) for _, status, reason in _ledger(sessions)] == [
        (ACCEPTED, None),
        (UNKNOWN, NOT_KNOWN.format(" (error 403)")),
        (ACCEPTED, None),
        (UNKNOWN, NOT_KNOWN.format(" (error 500)")),
        (ACCEPTED, None),
    ]


def test_a_gateway_that_takes_none_of_three_is_left_alone_and_the_others_wait(
    sessions: Sessions, tmp_path: Path, gateway: tuple[Receiver, AppriseSettings]
) -> None:
    server, settings = gateway
    stage = planned(sessions, tmp_path, customers=20, portion=20)
    server.answer = 401, {}
    with pytest.raises(WorkFailed, match="did not take the last 3, which are now unknown; put that right"):
        _notify(sessions, stage, settings)
    assert _statuses(sessions) == {UNKNOWN: 3, PLANNED: 17}
    server.answer = 200, {}
    _notify(sessions, stage, settings)
    assert _statuses(sessions) == {UNKNOWN: 3, ACCEPTED: 17}
    assert len(server.taken) == 20


def test_a_lost_answer_and_a_gateway_that_is_down_look_the_same(
    sessions: Sessions, tmp_path: Path, gateway: tuple[Receiver, AppriseSettings]
) -> None:
    server, settings = gateway
    stage = planned(sessions, tmp_path, customers=1)
    server.drops = {"None"}
    _notify(sessions, stage, settings)
    assert len(server.taken) == 1
    assert _ledger(sessions) == [("c01", UNKNOWN, NOT_KNOWN.format(""))]
    server.server_close()
    assert apprise.send(_url(settings), "sms", "+155501001", "Hot coffee") == Answer(
        UNKNOWN, NOT_KNOWN.format("")
    )


@pytest.mark.parametrize("after", [0, 3, 10, 17])
def test_a_worker_killed_after_some_texts_resends_none_and_the_next_one_sends_the_rest(
    sessions: Sessions, tmp_path: Path, gateway: tuple[Receiver, AppriseSettings], after: int
) -> None:
    server, settings = gateway
    stage = planned(sessions, tmp_path, customers=25, portion=25)
    url = sessions.kw["bind"].url.render_as_string(hide_password=False)
    child = os.fork()
    if child == 0:
        _notify_and_die(url, stage, settings, after)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == SIGKILL
    _notify(sessions, stage, settings, NOW + LEASE)
    found = Counter(item.path for item in server.taken)
    assert set(found.values()) == {1}
    # The ten that it had in hand, of which it had sent some.
    assert _statuses(sessions) == {ACCEPTED: 15, UNKNOWN: 10}
    assert len(found) == 15 + after % 10


def test_eight_workers_at_once_write_everybody_once(
    sessions: Sessions, tmp_path: Path, gateway: tuple[Receiver, AppriseSettings]
) -> None:
    server, settings = gateway
    stage = planned(sessions, tmp_path, customers=40, portion=5)
    workers = [Thread(target=_notify, args=(sessions, stage, settings, NOW, f"w{n}")) for n in range(8)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert set(Counter(item.path for item in server.taken).values()) == {1}
    assert _statuses(sessions) == {ACCEPTED: 40}


def test_a_url_that_is_none_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadInput, match="SURMESURE_APPRISE__URL is none that apprise knows") as found:
        notify_delivery(AppriseSettings.model_validate({"url": "nothing://hush/{address}"}))
    assert "hush" not in str(found.value)
    with pytest.raises(ValueError, match=r"write \{address\} where the customer's address stands"):
        AppriseSettings.model_validate({"url": "json://127.0.0.1/"})


def _url(settings: AppriseSettings) -> str:
    return settings.url.get_secret_value() if settings.url else ""


def _notify(
    sessions: Sessions, stage: Stage, settings: AppriseSettings, now: datetime = NOW, name: str = "one"
) -> None:
    deliver(sessions, stage.occurrence, worker(stage, name, now), notify_delivery(settings), unseen)


def _notify_and_die(url: str, stage: Stage, settings: AppriseSettings, after: int) -> None:
    """As by kill -9, when so many texts are out."""
    send, sent = apprise.send, iter(range(30))

    def dying(url: str, channel: str, address: str, text: str) -> Answer:
        if next(sent) == after:
            os.kill(os.getpid(), SIGKILL)
        return send(url, channel, address, text)

    apprise.send = dying
    _notify(session_maker(open_database(url)), stage, settings)


def _ledger(sessions: Sessions) -> list[tuple[str, PublicationStatus, str | None]]:
    with sessions() as session:
        rows = session.scalars(select(Publication).order_by(Publication.customer_id))
        return [(row.customer_id, row.status, row.reason) for row in rows]


def _statuses(sessions: Sessions) -> dict[PublicationStatus, int]:
    return dict(Counter(status for _, status, _ in _ledger(sessions)))
