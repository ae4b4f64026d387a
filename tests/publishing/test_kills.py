"""kill -9 at any moment: everybody is written once, what nobody knows is shown, and the next process goes on."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path
from signal import SIGKILL

import pytest
from sqlalchemy import select

from content_store.database import Sessions
from content_store.models import Occurrence, PublicationStatus
from publishing.delivering import statuses
from tests.publishing import publisher
from tests.publishing.publisher import WAYS, Job, Outlet, ledger, occurrence_at, stage_of

CUSTOMERS = 500

#: Calls and returns until a process is killed, at most: about half of the work, and so few that it just gets on.
LONGEST = {"files": 800_000, "smtp": 4_000_000, "webhook": 2_000_000}
SHORTEST = 600_000


@pytest.mark.parametrize("way", WAYS)
def test_a_publisher_killed_at_random_writes_everybody_once(
    sessions: Sessions, tmp_path: Path, way: str
) -> None:
    _kill_and_check(sessions, tmp_path, way, kills=3, longest=LONGEST[way], seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("way", WAYS)
def test_two_hundred_kills_lose_nobody_and_write_nobody_twice(
    sessions: Sessions, tmp_path: Path, way: str
) -> None:
    _kill_and_check(sessions, tmp_path, way, kills=50, longest=SHORTEST, seed=2)


def _kill_and_check(sessions: Sessions, folder: Path, way: str, kills: int, longest: int, seed: int) -> None:
    """Occurrence after occurrence, until so many processes were killed, each after so many calls at most."""
    chance = random.Random(seed)
    settings, brief = stage_of(sessions, folder, CUSTOMERS)
    done = occurrences = 0
    before = 0
    with WAYS[way](folder) as outlet:
        settings = settings.model_copy(update=outlet.settings)
        while done < kills:
            occurrences += 1
            job = Job(settings, brief, outlet.way, occurrence_at(occurrences))
            killed = _publish_with_kills(job, chance, longest)
            done += killed
            _check(sessions, job.at, outlet, killed, occurrences, before)
            before = sum(outlet.arrived().values())
    print(f"{way}: {done} kills over {occurrences} occurrences of {CUSTOMERS}")


def _publish_with_kills(job: Job, chance: random.Random, longest: int) -> int:
    """Processes one after the other, each killed somewhere, until one gets to the end; how many were killed."""
    for killed in range(100):
        running = publisher.start(job, killed, after=chance.randrange(longest))
        if running.wait():
            running.process.kill()
        status = running.end()
        if status == 0:
            return killed
        assert status == -SIGKILL, "a process ended by itself, with an error"
    raise AssertionError("no process ever got to the end")


def _check(
    sessions: Sessions,
    at: datetime,
    outlet: Outlet,
    killed: int,
    occurrences: int,
    before: int,
) -> None:
    arrived, rows = outlet.arrived(), ledger(sessions, at)
    unknown, accepted = rows.pop(PublicationStatus.UNKNOWN, 0), rows.pop(PublicationStatus.ACCEPTED, 0)
    assert rows == {}, "nothing is left planned or in hand"
    assert accepted + unknown == CUSTOMERS
    assert unknown <= killed * outlet.in_doubt
    assert max(arrived.values()) <= occurrences
    # Whoever is accepted has it; of those who are unknown some do.
    assert accepted <= sum(arrived.values()) - before <= accepted + unknown
    with sessions() as session:
        occurrence = session.scalars(select(Occurrence).where(Occurrence.at == at)).one()
        assert occurrence.finished_at is not None
        shown = {status: number for (_, status, _), number in statuses(session, occurrence).items()}
    assert shown.get(PublicationStatus.UNKNOWN, 0) == unknown
    if outlet.in_doubt == 0:
        assert set(arrived.values()) == {occurrences}
        assert len(arrived) == CUSTOMERS
