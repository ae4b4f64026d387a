"""Leases: one owner at a time, a dead one is noticed, and one who was taken for dead cannot write any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from content_store import leases
from content_store.database import Sessions, session_maker
from content_store.errors import StaleState
from content_store.leases import Lease
from content_store.models import Base, BriefLease, Run, RunStatus
from tests.factories import make_brief, make_run

NOW = datetime(2026, 3, 2, 9, 14, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def brief(sessions: Sessions) -> str:
    with sessions.begin() as session:
        return make_brief(session, id="spring").id


def test_a_brief_has_one_owner_and_the_refusal_names_it(sessions: Sessions, brief: str) -> None:
    with sessions.begin() as session:
        assert leases.take(session, brief, "ana's machine", NOW, 60) == (brief, "ana's machine", 1, at(60))
    with sessions() as session, pytest.raises(StaleState) as refused:
        leases.take(session, brief, "ben's machine", at(59), 60)
    assert str(refused.value) == (
        "brief spring is being executed by ana's machine, last seen 09:14:00 UTC; wait for it or stop it."
    )


def test_the_refusal_says_since_when_the_run_is_under_way(sessions: Sessions, brief: str) -> None:
    with sessions.begin() as session:
        leases.take(session, brief, "ana", NOW)
        make_run(session, brief_id=brief, status=RunStatus.RUNNING, started_at=at(60))
    with sessions() as session, pytest.raises(StaleState, match=r"by ana, since 09:15 UTC;"):
        leases.take(session, brief, "ben", at(90))


def test_signs_of_life_keep_a_brief_and_a_release_gives_it_away_at_once(
    sessions: Sessions, brief: str
) -> None:
    with sessions.begin() as session:
        lease = leases.take(session, brief, "ana", NOW, 60)
        lease = leases.renew(session, lease, at(50), 60)
        assert lease.until == at(110)
        with pytest.raises(StaleState):
            leases.take(session, brief, "ben", at(100), 60)
        leases.release(session, lease, at(101))
    with sessions.begin() as session:
        assert leases.take(session, brief, "ben", at(101), 60).fence == 2


def test_of_many_who_want_a_brief_at_once_one_gets_it(sessions: Sessions, brief: str) -> None:
    def take(number: int) -> bool:
        try:
            with sessions.begin() as session:
                leases.take(session, brief, f"owner {number}", NOW)
        except StaleState:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        first = list(threads.map(take, range(8)))
        with sessions.begin() as session:
            session.get_one(BriefLease, brief).until = NOW
        second = list(threads.map(take, range(8)))
    assert (sum(first), sum(second)) == (1, 1)
    with sessions() as session:
        assert session.get_one(BriefLease, brief).fence == 2


def test_taking_over_from_a_dead_owner_marks_its_runs_and_shuts_it_out(
    sessions: Sessions, brief: str
) -> None:
    with sessions.begin() as session:
        dead = leases.take(session, brief, "ana", NOW, 60)
        run = make_run(session, brief_id=brief, status=RunStatus.RUNNING, started_at=at(-60)).id
        done = make_run(session, brief_id=brief, status=RunStatus.FINISHED).id
    with sessions.begin() as session:
        assert leases.take(session, brief, "ben", at(60), 60).fence == 2
    with sessions() as session:
        marked = session.get_one(Run, run)
        assert (marked.status, marked.finished_at) == (RunStatus.FAILED, NOW)
        assert marked.reason == (
            "its process stopped without a word; last sign of life 09:14 UTC. Start it again: it goes on from there."
        )
        assert session.get_one(Run, done).status is RunStatus.FINISHED
        with pytest.raises(StaleState, match="silent for too long and brief spring was taken from it"):
            leases.renew(session, dead, at(61), 60)
        leases.release(session, dead, at(61))
        assert session.get_one(BriefLease, brief).until == at(120)


def test_whoever_looks_finds_the_runs_that_died_once_and_shuts_their_owner_out(
    sessions: Sessions, brief: str
) -> None:
    with sessions.begin() as session:
        lease = leases.take(session, brief, "ana", NOW, 60)
        run = make_run(session, brief_id=brief, status=RunStatus.RUNNING, started_at=NOW).id
        stray = make_run(session, status=RunStatus.RUNNING, started_at=at(-86_400)).id
    with sessions.begin() as session:
        # A run without a lease was left by an owner that was released, or by none.
        assert [found.id for found in leases.died(session, at(59), 60)] == [stray]
    with sessions.begin() as session:
        assert [found.id for found in leases.died(session, at(61), 60)] == [run]
    with sessions.begin() as session:
        assert leases.died(session, at(62), 60) == []
        assert session.get_one(Run, stray).reason == (
            "its process stopped without a word; last sign of life 2026-03-01 09:14 UTC."
            " Start it again: it goes on from there."
        )
        with pytest.raises(StaleState):
            leases.renew(session, lease, at(63), 60)


def test_a_late_sign_of_life_counts_while_nobody_looked(sessions: Sessions, brief: str) -> None:
    with sessions.begin() as session:
        lease = leases.take(session, brief, "ana", NOW, 60)
        make_run(session, brief_id=brief, status=RunStatus.RUNNING)
        leases.renew(session, lease, at(300), 60)
        assert leases.died(session, at(301), 60) == []


class Leases(RuleBasedStateMachine):
    """Three owners of one brief, whose clock only moves on: at no time can two of them write."""

    @initialize()
    def make_the_brief(self) -> None:
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine)
        self.session: Session = session_maker(engine)()
        self.brief = make_brief(self.session).id
        self.clock = 0
        self.held: dict[str, Lease] = {}
        self.until = 0
        self.newest = ""

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds: int) -> None:
        self.clock += seconds

    @rule(owner=st.sampled_from("abc"))
    def take(self, owner: str) -> None:
        if self.newest and self.clock < self.until:
            with pytest.raises(StaleState):
                leases.take(self.session, self.brief, owner, at(self.clock), 30)
        else:
            self.held[owner] = leases.take(self.session, self.brief, owner, at(self.clock), 30)
            self.newest, self.until = owner, self.clock + 30
            make_run(self.session, brief_id=self.brief, status=RunStatus.RUNNING, started_at=at(self.clock))

    @rule(owner=st.sampled_from("abc"))
    def renew(self, owner: str) -> None:
        if owner not in self.held:
            return
        if owner == self.newest:
            self.held[owner] = leases.renew(self.session, self.held[owner], at(self.clock), 30)
            self.until = self.clock + 30
        else:
            with pytest.raises(StaleState):
                leases.renew(self.session, self.held[owner], at(self.clock), 30)

    @rule()
    def look(self) -> None:
        found = leases.died(self.session, at(self.clock), 30)
        assert bool(found) == (bool(self.newest) and self.newest != "nobody" and self.clock >= self.until)
        if found:
            self.newest = "nobody"

    @invariant()
    def at_most_one_run_is_under_way(self) -> None:
        running = self.session.query(Run).where(Run.status == RunStatus.RUNNING).count()
        assert running == (self.newest not in {"", "nobody"})


Leases.TestCase.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLeases = Leases.TestCase
