"""A publisher that is stopped beyond its lease and wakes up, eight at once, and answers of the database that are lost."""

from __future__ import annotations

import os
import random
from itertools import count
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from content_store.database import Sessions
from content_store.errors import SurmesureError
from content_store.models import PublicationStatus
from flows.steps import publishing
from flows.steps.publishing import publish
from tests.publishing import publisher
from tests.publishing.publisher import PORTION, WAYS, Clocked, Job, Outlet, ledger, occurrence_at, stage_of

CUSTOMERS = 100


@pytest.mark.parametrize("way", WAYS)
def test_a_publisher_that_sleeps_beyond_its_lease_and_wakes_up_writes_nobody_twice(
    sessions: Sessions, tmp_path: Path, way: str
) -> None:
    _sleep_and_check(sessions, tmp_path, way, times=2)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_fifty_sleepers_write_nobody_twice(sessions: Sessions, tmp_path: Path, way: str) -> None:
    _sleep_and_check(sessions, tmp_path, way, times=50)


def _sleep_and_check(sessions: Sessions, folder: Path, way: str, times: int) -> None:
    chance = random.Random(5)
    settings, brief = stage_of(sessions, folder, CUSTOMERS)
    with WAYS[way](folder) as outlet:
        settings = settings.model_copy(update=outlet.settings)
        for number in range(1, times + 1):
            job = Job(settings, brief, outlet.way, occurrence_at(number))
            sleeper = publisher.start(job, after=chance.randrange(200_000, 400_000))
            if sleeper.wait():
                os.kill(sleeper.process.pid or 0, SIGSTOP)
            # Its lease ran out. Where it sleeps inside a transaction nobody gets past it, so all the time is not ours.
            second = publisher.start(job, life=1)
            second.process.join(2)
            os.kill(sleeper.process.pid or 0, SIGCONT)
            assert sleeper.end() == 0
            assert second.end() == 0
            assert publisher.start(job, life=2).end() == 0
            _check(sessions, job, outlet, number)


@pytest.mark.parametrize("way", WAYS)
def test_eight_publishers_at_once_write_everybody_once(sessions: Sessions, tmp_path: Path, way: str) -> None:
    settings, brief = stage_of(sessions, tmp_path, CUSTOMERS)
    with WAYS[way](tmp_path) as outlet:
        job = Job(settings.model_copy(update=outlet.settings), brief, outlet.way, occurrence_at(1))
        running = [publisher.start(job) for _ in range(8)]
        assert [item.end() for item in running] == [0] * 8
        _check(sessions, job, outlet, 1)
        assert ledger(sessions, job.at) == {PublicationStatus.ACCEPTED: CUSTOMERS}


@pytest.mark.parametrize("way", WAYS)
def test_a_database_that_commits_and_does_not_say_so_makes_nobody_get_it_twice(
    sessions: Sessions, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first commit, then at the second after it goes on, and so on until everything is out."""
    monkeypatch.setattr(publishing, "PORTION", PORTION)
    settings, brief = stage_of(sessions, tmp_path, CUSTOMERS)
    lost = 0
    with WAYS[way](tmp_path) as outlet:
        job = Job(settings.model_copy(update=outlet.settings), brief, outlet.way, occurrence_at(1))
        while True:
            workplace = Clocked(job, lost)
            try:
                _lose_answer(workplace, lost + 1)
                publish(workplace, brief, job.way, job.at)
                break
            except (DBAPIError, SurmesureError):
                lost += 1
            finally:
                workplace.close()
        assert lost >= 6
        _check(sessions, job, outlet, 1)


def _lose_answer(workplace: Clocked, number: int) -> None:
    """The commit with this number is executed, and then the connection is lost."""
    commits = count(1)

    def lose(_: object) -> None:
        if next(commits) == number:
            raise OperationalError("COMMIT", None, Exception("the server closed the connection"))

    event.listen(workplace.sessions, "after_commit", lose)


def _check(sessions: Sessions, job: Job, outlet: Outlet, occurrences: int) -> None:
    rows, arrived = ledger(sessions, job.at), outlet.arrived()
    assert set(rows) <= {PublicationStatus.ACCEPTED, PublicationStatus.UNKNOWN}
    assert sum(rows.values()) == CUSTOMERS
    assert max(arrived.values()) <= occurrences
    if outlet.in_doubt == 0:
        assert rows == {PublicationStatus.ACCEPTED: CUSTOMERS}
        assert set(arrived.values()) == {occurrences}
