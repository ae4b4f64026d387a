"""Webhooks of a delivery: nobody is lost, everybody has one id, and what got no answer goes out again as it was."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from signal import SIGKILL
from threading import Thread
from typing import Any, NoReturn

import pytest
from sqlalchemy import event, select

from content_store.database import Sessions, open_database, session_maker
from content_store.errors import WorkFailed
from content_store.models import Customer, DisabledDestination, Publication, PublicationStatus
from content_store.sending_settings import WebhookSettings
from content_store.withdrawals import withdraw
from publishing.answers import Answer
from publishing.channels import webhook
from publishing.deliveries import LEASE
from publishing.delivering import deliver
from publishing.posting import FIRST_PAUSE, LONGEST_PAUSE, pause_before, post_delivery
from tests.factories import NOW
from tests.publishing.channels.receiver import Receiver, receiver
from tests.publishing.stage import NIGHT, Stage, deliveries, planned, unseen, worker

PLANNED, INTENT = PublicationStatus.PLANNED, PublicationStatus.INTENT
ACCEPTED, REJECTED = PublicationStatus.ACCEPTED, PublicationStatus.REJECTED
UNKNOWN, SUPPRESSED = PublicationStatus.UNKNOWN, PublicationStatus.SUPPRESSED

#: Steps of the last worker that is killed, at least.
LEAST_KILLS = {"statement": 20, "commit": 10, "request": 8, "answer": 8}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publishing.posting.CHUNK", 10)


@pytest.fixture
def there() -> Iterator[tuple[Receiver, WebhookSettings]]:
    with receiver() as found:
        yield found


def test_everybody_is_posted_once_over_a_few_connections_and_the_ledger_says_so(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings]
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, customers=40, portion=20)
    _post(sessions, stage, settings)
    _post(sessions, stage, settings)
    assert server.customers() == {f"c{number:02}": 1 for number in range(1, 41)}
    assert _statuses(sessions) == {ACCEPTED: 40}
    assert server.connections <= 2 * settings.connections
    assert _done(sessions) == 2


def test_each_answer_stands_in_the_ledger_with_the_receiver_s_words(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings]
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, portion=5)
    server.to = {"c01": (422, {}), "c02": (500, {}), "c03": (409, {}), "c04": (425, {})}
    _post(sessions, stage, settings)
    assert _ledger(sessions) == [
        ("c01", REJECTED, "422 xx"),
        ("c02", INTENT, "500 xx"),
        ("c03", UNKNOWN, "409 xx"),
        ("c04", PLANNED, "425 xx"),
        ("c05", ACCEPTED, None),
    ]
    server.to = {}
    _post(sessions, stage, settings, NOW + FIRST_PAUSE)
    assert _statuses(sessions) == {REJECTED: 1, UNKNOWN: 1, ACCEPTED: 3}
    assert server.customers() == {"c01": 1, "c02": 2, "c03": 1, "c04": 2, "c05": 1}
    assert _done(sessions) == 1


def test_a_lost_answer_is_asked_for_again_with_the_same_id_and_the_same_bytes(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings]
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, portion=5)
    server.drops = {"c02"}
    _post(sessions, stage, settings)
    assert _statuses(sessions) == {ACCEPTED: 4, INTENT: 1}
    with sessions.begin() as session:
        session.get_one(Customer, "c02").first_name = "Zoé"
    server.drops = set()
    _post(sessions, stage, settings, NOW + FIRST_PAUSE)
    first, second = (item for item in server.taken if item.fields["customer_id"] == "c02")
    assert (first.id, first.body) == (second.id, second.body)
    assert _statuses(sessions) == {ACCEPTED: 5}


def test_who_withdraws_before_the_second_attempt_is_not_sent_to_and_may_have_got_the_first(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings]
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, portion=5)
    server.drops, server.to = {"c01"}, {"c02": (425, {})}
    _post(sessions, stage, settings)
    with sessions.begin() as session:
        for customer_id in ("c01", "c02"):
            withdraw(session, customer_id, "marketing", "sms", at=NOW, proof="a test")
    server.drops, server.to = set(), {}
    _post(sessions, stage, settings, NOW + FIRST_PAUSE)
    assert _ledger(sessions)[:2] == [
        ("c01", UNKNOWN, "it may have arrived; not sent again: no consent for marketing by sms"),
        ("c02", SUPPRESSED, "no consent for marketing by sms"),
    ]
    assert server.customers()["c01"] == 1
    assert _done(sessions) == 1


@pytest.mark.parametrize("code", [302, 401, 403, 404])
def test_what_the_receiver_has_against_us_marks_nobody_and_is_told(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings], code: int
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, customers=30, portion=30)
    server.answer = code, {}
    with pytest.raises(
        WorkFailed, match=rf"nothing more goes to the webhook at 127.0.0.1: it answers {code} xx\. Put"
    ):
        _post(sessions, stage, settings)
    assert _statuses(sessions) == {PLANNED: 30}
    assert len(server.taken) <= settings.connections
    server.answer = 200, {}
    _post(sessions, stage, settings)
    assert _statuses(sessions) == {ACCEPTED: 30}


def test_a_receiver_that_is_gone_gets_nothing_until_a_person_opens_it_again(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings]
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path)
    server.answer = 410, {}
    for _twice in range(2):
        with pytest.raises(
            WorkFailed, match=r"127.0.0.1 wants nothing any more: it answers 410 xx\. Nothing is sent"
        ):
            _post(sessions, stage, settings)
    assert len(server.taken) <= 2
    assert _statuses(sessions) == {PLANNED: 5}
    server.answer = 200, {}
    with sessions.begin() as session:
        session.delete(session.scalars(select(DisabledDestination)).one())
    _post(sessions, stage, settings)
    assert _statuses(sessions) == {ACCEPTED: 5}


def test_a_receiver_that_takes_nothing_is_left_alone_longer_each_time(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings]
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, customers=30, portion=30)
    server.answer, now, pauses = (503, {}), NOW, []
    for _ in range(9):
        before = len(server.taken)
        _post(sessions, stage, settings, now)
        assert len(server.taken) - before == 10, "one chunk tells enough"
        (until,) = _until(sessions)
        pauses.append(until - now)
        _post(sessions, stage, settings, until - timedelta(seconds=1))
        now = until
    for attempt, pause in enumerate(pauses):
        longest = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
        assert longest / 2 <= pause <= longest
    assert len(server.taken) == 90
    server.answer = 200, {}
    _post(sessions, stage, settings, now)
    assert _statuses(sessions) == {ACCEPTED: 30}
    assert all(len(ids) == 1 for ids in server.ids().values())


@pytest.mark.parametrize(
    ("asked", "pause"), [("1800", timedelta(minutes=30)), ("99999999999", LONGEST_PAUSE)]
)
def test_a_pause_that_is_asked_for_is_kept_and_has_an_end(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings], asked: str, pause: timedelta
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, customers=30, portion=30)
    server.answer = 429, {"Retry-After": asked}
    _post(sessions, stage, settings)
    assert len(server.taken) <= settings.connections
    assert _until(sessions) == [NOW + pause]
    assert _statuses(sessions) == {PLANNED: 30}


def test_whose_night_it_is_gets_nothing_before_the_morning(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings]
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, portion=5, quiet_hours=NIGHT)
    with sessions.begin() as session:
        # It is 01:30 there, and the brief's quiet hours end at 08:00.
        session.get_one(Customer, "c02").time_zone = "America/Los_Angeles"
    _post(sessions, stage, settings)
    assert _statuses(sessions) == {ACCEPTED: 4, PLANNED: 1}
    assert _until(sessions) == [NOW + timedelta(hours=6, minutes=30)]
    _post(sessions, stage, settings, NOW + timedelta(hours=6, minutes=30))
    assert server.customers() == {f"c0{number}": 1 for number in range(1, 6)}
    assert _done(sessions) == 1


def test_pauses_are_spread_out() -> None:
    found = {pause_before(3, timedelta(0)) for _ in range(20)}
    assert len(found) > 10
    assert all(timedelta(minutes=2) <= pause <= timedelta(minutes=4) for pause in found)


def test_one_that_always_fails_does_not_hold_up_the_others(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings]
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, customers=30, portion=30)
    server.to = {"c01": (500, {})}
    _post(sessions, stage, settings)
    assert _statuses(sessions) == {INTENT: 1, ACCEPTED: 29}


def test_a_receiver_that_is_down_leaves_everything_planned_and_nothing_in_doubt(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path)
    with receiver() as (_, settings):
        pass
    _post(sessions, stage, settings)
    assert _statuses(sessions) == {PLANNED: 5}
    assert len(_until(sessions)) == 3


def test_a_worker_that_is_stopped_leaves_only_what_was_on_its_way_in_doubt(
    sessions: Sessions,
    tmp_path: Path,
    there: tuple[Receiver, WebhookSettings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, customers=10, portion=10)
    send, tried = webhook.send, count()

    async def stopped(*given: Any) -> webhook.Posted:
        if next(tried) == 4:
            raise KeyboardInterrupt
        return await send(*given)

    with monkeypatch.context() as patched:
        patched.setattr(webhook, "send", stopped)
        with pytest.raises((KeyboardInterrupt, BaseExceptionGroup)):
            _post(sessions, stage, settings.model_copy(update={"connections": 1}))
    assert _statuses(sessions) == {ACCEPTED: 4, INTENT: 1, PLANNED: 5}
    _post(sessions, stage, settings)
    assert server.customers() == {f"c{number:02}": 1 for number in range(1, 11)}
    assert _statuses(sessions) == {ACCEPTED: 10}


def test_eight_workers_at_once_post_everybody_once(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings]
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, customers=80, portion=5)
    workers = [
        Thread(target=_post, args=(sessions, stage, settings, NOW, f"worker {number}")) for number in range(8)
    ]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert server.customers() == {f"c{number:02}": 1 for number in range(1, 81)}
    assert _statuses(sessions) == {ACCEPTED: 80}


def test_a_worker_that_wakes_up_late_changes_nothing_that_another_settled(
    sessions: Sessions,
    tmp_path: Path,
    there: tuple[Receiver, WebhookSettings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, settings = there
    stage = planned(sessions, tmp_path, customers=3, portion=3)
    send = webhook.send

    async def asleep(*_: Any) -> webhook.Posted:
        monkeypatch.setattr(webhook, "send", send)
        other = Thread(target=_post, args=(sessions, stage, settings, NOW + LEASE, "two"))
        other.start()
        other.join()
        return webhook.Posted(Answer(PLANNED, "no connection"))

    monkeypatch.setattr(webhook, "send", asleep)
    _post(sessions, stage, settings.model_copy(update={"connections": 1}))
    assert _statuses(sessions) == {ACCEPTED: 3}
    assert all(len(ids) == 1 for ids in server.ids().values())


@pytest.mark.parametrize(
    "kind", [pytest.param("statement", marks=pytest.mark.slow), "commit", "request", "answer"]
)
def test_workers_killed_at_every_step_lose_nobody_and_give_nobody_two_ids(
    sessions: Sessions, tmp_path: Path, there: tuple[Receiver, WebhookSettings], kind: str
) -> None:
    """The first worker is killed at its first step of a kind, the next at its second, until one gets to the end."""
    server, settings = there
    stage = planned(sessions, tmp_path, customers=40, portion=5)
    kills = 0
    while _killed(sessions, stage, settings, kind, kills + 1, NOW + kills * LEASE):
        kills += 1
    assert kills >= LEAST_KILLS[kind]
    assert _statuses(sessions) == {ACCEPTED: 40}
    ids = server.ids()
    assert sorted(ids) == [f"c{number:02}" for number in range(1, 41)]
    assert {len(found) for found in ids.values()} == {1}
    assert len({item.id for item in server.taken}) == 40
    assert len({(item.id, item.body) for item in server.taken}) == 40


def test_requests_are_spread_over_the_time_that_is_set_and_never_outlast_the_lease(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, -1))

    monkeypatch.setattr("publishing.posting.asyncio.sleep", sleep)
    stage = planned(sessions, tmp_path, customers=5, portion=5)
    with receiver(per_second=0.01, connections=1) as (server, settings):
        _post(sessions, stage, settings)
        assert len(server.taken) == 5
    assert [seconds for seconds in slept if seconds >= 0] == [0, 100, 0, 100, 0]
    assert _statuses(sessions) == {ACCEPTED: 5}


def _post(
    sessions: Sessions, stage: Stage, settings: WebhookSettings, now: datetime = NOW, name: str = "one"
) -> None:
    deliver(sessions, stage.occurrence, worker(stage, name, now), post_delivery(settings), unseen)


def _killed(
    sessions: Sessions, stage: Stage, settings: WebhookSettings, kind: str, step: int, now: datetime
) -> bool:
    """Whether a process that posts what is left came to the step, where kill -9 ended it."""
    url = sessions.kw["bind"].url.render_as_string(hide_password=False)
    child = os.fork()
    if child == 0:
        _work_until(url, stage, settings, kind, step, now)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _work_until(
    url: str, stage: Stage, settings: WebhookSettings, kind: str, step: int, now: datetime
) -> NoReturn:
    steps, send = count(1), webhook.send

    def die(*_: object, **__: object) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), SIGKILL)

    async def dying(*given: Any) -> webhook.Posted:
        if kind == "request":
            die()
        found = await send(*given)
        if kind == "answer":
            die()
        return found

    code = 1
    try:
        webhook.send = dying  # type: ignore[assignment]
        own = session_maker(open_database(url))
        if kind == "statement":
            event.listen(own.kw["bind"], "before_cursor_execute", die)
        elif kind == "commit":
            event.listen(own, "after_commit", die)
        _post(own, stage, settings, now, f"worker {step}")
        code = 0
    finally:
        os._exit(code)


def _ledger(sessions: Sessions) -> list[tuple[str, PublicationStatus, str | None]]:
    with sessions() as session:
        rows = session.scalars(select(Publication).order_by(Publication.customer_id))
        return [(row.customer_id, row.status, row.reason) for row in rows]


def _statuses(sessions: Sessions) -> dict[PublicationStatus, int]:
    return dict(Counter(status for _, status, _ in _ledger(sessions)))


def _until(sessions: Sessions) -> list[datetime]:
    with sessions() as session:
        return [item.until for item in deliveries(session) if item.until is not None]


def _done(sessions: Sessions) -> int:
    with sessions() as session:
        return sum(item.done_at is not None for item in deliveries(session))
