"""Everybody is written once: with many workers, with workers that die at any step or wake up late, with a full disk."""

from __future__ import annotations

import csv
import errno
import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from signal import SIGKILL
from threading import Thread
from typing import Any, NoReturn

import pytest
from sqlalchemy import event, select, text

from content_store import durable_files
from content_store.database import Sessions, open_database, session_maker
from content_store.errors import WorkFailed
from content_store.models import Consent, Publication, PublicationStatus, Source
from publishing import deliveries as holding
from publishing.deliveries import LEASE
from publishing.delivering import deliver
from publishing.intents import Outgoing, commit_intents
from publishing.writing import write_delivery
from tests.factories import NOW
from tests.publishing.stage import Stage, deliveries, planned, unseen, worker

#: Steps of the last worker that is killed, at least.
LEAST_KILLS = {"statement": 20, "commit": 10, "file": 10}


def test_everybody_is_written_once_and_the_ledger_says_so(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path)
    _deliver(sessions, stage)
    assert _written(tmp_path) == {"c01": 1, "c02": 1, "c03": 1, "c04": 1, "c05": 1}
    assert _statuses(sessions) == {PublicationStatus.ACCEPTED: 5}
    _deliver(sessions, stage)
    assert sorted(file.name for file in tmp_path.glob("*.csv")) == [
        "coffee-week_20260302T000000Z_sms_00001.csv",
        "coffee-week_20260302T000000Z_sms_00002.csv",
        "coffee-week_20260302T000000Z_sms_00003.csv",
    ]


def test_eight_workers_at_once_write_everybody_once(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=40)
    workers = [Thread(target=_deliver, args=(sessions, stage, f"worker {n}")) for n in range(8)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert set(_written(tmp_path).values()) == {1}
    assert _statuses(sessions) == {PublicationStatus.ACCEPTED: 40}


def test_a_worker_that_wakes_up_late_writes_nothing_twice(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = planned(sessions, tmp_path, customers=2)
    write = durable_files.create_file

    def asleep(file: Path, content: bytes, mode: int) -> bool:
        # Its lease runs out, and another worker does everything, between its intent and its file.
        monkeypatch.setattr("publishing.channels.file.create_file", write)
        _deliver(sessions, stage, "two", late=True)
        return write(file, content, mode)

    monkeypatch.setattr("publishing.channels.file.create_file", asleep)
    _deliver(sessions, stage, "one")
    assert _written(tmp_path) == {"c01": 1, "c02": 1}
    assert _statuses(sessions) == {PublicationStatus.ACCEPTED: 2}


def test_who_withdrew_after_a_sleeping_worker_s_intent_counts_as_written_when_its_file_comes_first(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = planned(sessions, tmp_path, customers=2)
    write = durable_files.create_file
    mine: list[tuple[Path, bytes, int]] = []

    def stopped(file: Path, content: bytes, mode: int) -> bool:
        mine.append((file, content, mode))
        raise KeyboardInterrupt

    def second(file: Path, content: bytes, mode: int) -> bool:
        write(*mine[0])
        return write(file, content, mode)

    monkeypatch.setattr("publishing.channels.file.create_file", stopped)
    with pytest.raises(KeyboardInterrupt):
        _deliver(sessions, stage, "one")
    _withdraw(sessions, "c01")
    monkeypatch.setattr("publishing.channels.file.create_file", second)
    _deliver(sessions, stage, "two", late=True)
    assert _written(tmp_path) == {"c01": 1, "c02": 1}
    assert _statuses(sessions) == {PublicationStatus.ACCEPTED: 2}, "the ledger says what the file says"


def test_a_full_disk_is_told_in_a_sentence_and_the_rest_goes_out_later(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = planned(sessions, tmp_path)
    calls = iter(range(10))

    def full(file: Path, content: bytes, mode: int) -> bool:
        if next(calls) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return durable_files.create_file(file, content, mode)

    monkeypatch.setattr("publishing.channels.file.create_file", full)
    with pytest.raises(WorkFailed, match=": No space left on device; put that right and publish again"):
        _deliver(sessions, stage)
    assert _written(tmp_path) == {"c01": 1, "c02": 1}
    _withdraw(sessions, "c03")
    _deliver(sessions, stage)
    assert _written(tmp_path) == {"c01": 1, "c02": 1, "c04": 1, "c05": 1}
    assert _statuses(sessions) == {PublicationStatus.ACCEPTED: 4, PublicationStatus.SUPPRESSED: 1}


@pytest.mark.parametrize("kind", ["statement", "commit", "file"])
def test_workers_killed_at_every_step_lose_nobody_and_write_nobody_twice(
    sessions: Sessions, tmp_path: Path, kind: str
) -> None:
    """The first worker is killed at its first step of a kind, the next at its second, until one gets to the end."""
    stage = planned(sessions, tmp_path, customers=40)
    kills = 0
    while _killed(sessions, stage, kind, kills + 1, NOW + kills * LEASE):
        kills += 1
    assert kills >= LEAST_KILLS[kind]
    assert set(_written(tmp_path).values()) == {1}
    assert len(_written(tmp_path)) == 40
    assert _statuses(sessions) == {PublicationStatus.ACCEPTED: 40}


def test_a_file_of_something_else_is_not_believed(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=2)
    file = tmp_path / "coffee-week_20260302T000000Z_sms_00001.csv"
    file.write_text("publication_id,customer_id\n1,somebody\n")
    with pytest.raises(WorkFailed, match="is of something else; move it away, or publish to another folder"):
        _deliver(sessions, stage)
    file.write_text("publication_id\nx\n")
    with pytest.raises(WorkFailed, match="cannot be read: "):
        _deliver(sessions, stage)
    assert _statuses(sessions) == {PublicationStatus.PLANNED: 2}
    file.unlink()
    _deliver(sessions, stage)
    assert _written(tmp_path) == {"c01": 1, "c02": 1}


def test_only_one_worker_holds_a_delivery_until_its_lease_runs_out(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, customers=2)
    with sessions.begin() as session:
        first = holding.claim(session, stage.occurrence.id, "one", NOW)
        assert first is not None
    with sessions.begin() as session:
        assert holding.claim(session, stage.occurrence.id, "two", NOW + LEASE - timedelta(seconds=1)) is None
        second = holding.claim(session, stage.occurrence.id, "two", NOW + LEASE)
        assert second is not None
        assert second.fence == first.fence + 1
    with sessions.begin() as session:
        assert deliveries(session)[0].owner == "two"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_who_wait_for_each_other_the_publisher_begins_anew_and_writes_everybody_once(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = planned(sessions, tmp_path, customers=2)
    calls: list[int] = []
    with sessions() as other, sessions() as watcher:
        # PostgreSQL ends the one that looks for a circle first, and this one does not look.
        other.execute(text("SET deadlock_timeout = '10min'"))
        other.execute(text("SELECT 1 FROM customers WHERE id = 'c01' FOR UPDATE"))
        waits = Thread(target=lambda: other.execute(text("SELECT 1 FROM deliveries FOR UPDATE")))

        def crossed(*given: Any, **named: Any) -> list[Outgoing]:
            # The publisher has the delivery, and is about to ask for the customers.
            calls.append(len(calls))
            if len(calls) == 1:
                waits.start()
                while not watcher.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                    pass
                let_go.start()
            return commit_intents(*given, **named)

        def end_it() -> None:
            waits.join()
            other.rollback()

        let_go = Thread(target=end_it)
        monkeypatch.setattr("publishing.writing.commit_intents", crossed)
        _deliver(sessions, stage)
        let_go.join()
    assert len(calls) == 2
    assert _written(tmp_path) == {"c01": 1, "c02": 1}


def _killed(sessions: Sessions, stage: Stage, kind: str, step: int, now: datetime) -> bool:
    """Whether a process that sends what is left came to the step, where kill -9 ended it."""
    url = sessions.kw["bind"].url.render_as_string(hide_password=False)
    child = os.fork()
    if child == 0:
        _work_until(url, stage, kind, step, now)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _work_until(url: str, stage: Stage, kind: str, step: int, now: datetime) -> NoReturn:
    steps = count(1)

    def die(*_: object, **__: object) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), SIGKILL)

    code = 1
    try:
        own = session_maker(open_database(url))
        if kind == "statement":
            event.listen(own.kw["bind"], "before_cursor_execute", die)
        elif kind == "commit":
            # It is in the database, and nobody heard of it.
            event.listen(own, "after_commit", die)
        else:
            _before_each_call(die)
        deliver(own, stage.occurrence, worker(stage, f"worker {step}", now), write_delivery, unseen)
        code = 0
    finally:
        os._exit(code)


def _before_each_call(die: Callable[[], None]) -> None:
    """Of what writes a file; the process is a child of the test and ends with it."""
    for place, name in ((os, "fsync"), (Path, "hardlink_to"), (Path, "unlink")):
        call = getattr(place, name)

        def dying(*given: Any, _call: Any = call, **named: Any) -> Any:
            die()
            return _call(*given, **named)

        setattr(place, name, dying)


def _deliver(sessions: Sessions, stage: Stage, name: str = "one", *, late: bool = False) -> None:
    now = NOW + LEASE if late else NOW
    deliver(sessions, stage.occurrence, worker(stage, name, now), write_delivery, unseen)


def _withdraw(sessions: Sessions, customer_id: str) -> None:
    with sessions.begin() as session:
        source_id = session.scalar(select(Source.id).limit(1))
        assert source_id is not None
        session.add(
            Consent(
                customer_id=customer_id,
                source_id=source_id,
                purpose="marketing",
                channel="sms",
                granted=False,
                at=NOW + LEASE,
            )
        )


def _written(folder: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            found.update(row["customer_id"] for row in csv.DictReader(stream))
    return found


def _statuses(sessions: Sessions) -> dict[PublicationStatus, int]:
    with sessions() as session:
        return dict(Counter(session.scalars(select(Publication.status))))
