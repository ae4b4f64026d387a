"""Our rows in Prefect's server: deployments, what they plan, what is asked for; nothing is caught up, nothing piles up."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from content_store import leases, schedules
from content_store.database import Sessions
from content_store.models import Run, RunRequest, RunStatus
from tests.factories import make_brief, make_segmentation

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from flows.scheduler import Scheduler

#: A Friday long ago: what is planned here is overdue for Prefect, and nothing of ours looks at its clock.
NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)


def schedule(sessions: Sessions, brief: str, cron: str, now: datetime = NOW) -> None:
    with sessions.begin() as session:
        schedules.set_schedule(session, brief, cron, "Europe/Paris", by="ana", now=now)


def planned(scheduler: Scheduler, now: datetime) -> list[tuple[str, str]]:
    return [
        (run.parameters["briefs"][0], f"{run.next_scheduled_start_time:%d %H:%M}")
        for run in scheduler.plan(now)
    ]


def test_a_schedule_becomes_a_deployment_with_its_next_run_and_goes_with_its_row(
    scheduler: Scheduler, client: SyncPrefectClient, sessions: Sessions, tmp_path: Path
) -> None:
    schedule(sessions, "spring", "30 2 * * *")
    assert planned(scheduler, NOW) == [("spring", "28 01:30")]
    assert planned(scheduler, NOW + timedelta(seconds=2)) == [("spring", "28 01:30")]
    [deployment] = client.read_deployments()
    assert deployment.name == "spring"
    assert deployment.status is not None
    assert deployment.status.value == "READY"
    assert deployment.parameters == {"brand": str(tmp_path), "briefs": ["spring"]}
    [entry] = deployment.schedules
    assert (entry.schedule.cron, entry.schedule.timezone, entry.active) == (  # type: ignore[union-attr]
        "30 2 * * *",
        "Europe/Paris",
        True,
    )

    schedule(sessions, "spring", "0 6 * * 1", NOW + timedelta(minutes=1))
    assert planned(scheduler, NOW + timedelta(minutes=1)) == [("spring", "30 04:00")]

    with sessions.begin() as session:
        schedules.set_paused(session, "spring", True, by="ben", now=NOW + timedelta(minutes=2))
    assert planned(scheduler, NOW + timedelta(minutes=2)) == []
    assert client.read_deployments()[0].paused

    with sessions.begin() as session:
        schedules.set_paused(session, "spring", False, by="ben", now=NOW + timedelta(minutes=3))
    assert planned(scheduler, NOW + timedelta(minutes=3)) == [("spring", "30 04:00")]

    with sessions.begin() as session:
        schedules.remove_schedule(session, "spring")
    assert planned(scheduler, NOW + timedelta(minutes=4)) == []
    assert client.read_deployments() == []


def test_several_briefs_and_both_kinds_may_fall_due_at_the_same_moment(
    scheduler: Scheduler, client: SyncPrefectClient, sessions: Sessions
) -> None:
    for brief in ("spring", "autumn"):
        schedule(sessions, brief, "0 * * * *")
        with sessions.begin() as session:
            way = {"destination": "smtp", "form": "mail"}
            schedules.set_publish_schedule(session, brief, "0 * * * *", "UTC", **way, by="ana", now=NOW)
    assert sorted(run.name for run in scheduler.plan(NOW)) == [
        "autumn 2026-03-27 14:00",
        "publish autumn 2026-03-27 13:00",
        "publish spring 2026-03-27 13:00",
        "spring 2026-03-27 14:00",
    ]
    assert sorted(item.name for item in client.read_deployments()) == [
        "autumn",
        "publish autumn",
        "publish spring",
        "spring",
    ]


def test_what_falls_due_while_a_run_waits_does_not_pile_up(scheduler: Scheduler, sessions: Sessions) -> None:
    schedule(sessions, "spring", "0 * * * *")
    assert planned(scheduler, NOW) == [("spring", "27 13:00")]
    # Five hours, in which another brief is executed.
    assert planned(scheduler, NOW + timedelta(hours=5)) == [("spring", "27 13:00")]


def test_what_fell_due_while_nobody_looked_is_not_caught_up(
    scheduler: Scheduler, client: SyncPrefectClient, sessions: Sessions, tmp_path: Path
) -> None:
    from flows.deployments import Deployments
    from flows.scheduler import Scheduler

    schedule(sessions, "spring", "0 * * * *")
    assert planned(scheduler, NOW) == [("spring", "27 13:00")]
    a_week_later = Scheduler(sessions, tmp_path, Deployments(client, tmp_path))
    a_week_later.tick(NOW + timedelta(days=7, minutes=5))
    assert a_week_later.working is None
    assert planned(a_week_later, NOW + timedelta(days=7, minutes=6)) == [("spring", "03 13:00")]


def test_a_wish_waits_in_prefect_once_and_survives_a_restart(
    scheduler: Scheduler, client: SyncPrefectClient, sessions: Sessions, tmp_path: Path
) -> None:
    from flows.deployments import Deployments, request_of
    from flows.scheduler import Scheduler

    with sessions.begin() as session:
        wish = schedules.request_run(session, "autumn", by="ana", now=NOW).id
    scheduler.plan(NOW)
    [run] = scheduler.plan(NOW + timedelta(seconds=2))
    assert request_of(run) == wish
    [again] = Scheduler(sessions, tmp_path, Deployments(client, tmp_path)).plan(NOW + timedelta(minutes=1))
    assert again.id == run.id


def test_a_wish_that_was_cancelled_on_prefects_page_says_so(
    scheduler: Scheduler, client: SyncPrefectClient, sessions: Sessions
) -> None:
    from prefect.states import Cancelled

    with sessions.begin() as session:
        wish = schedules.request_run(session, "autumn", by="ana", now=NOW).id
    [run] = scheduler.plan(NOW)
    client.set_flow_run_state(run.id, Cancelled(), force=True)
    assert scheduler.plan(NOW + timedelta(seconds=2)) == []
    with sessions() as session:
        request = session.get_one(RunRequest, wish)
    assert request.reason == "it was cancelled on Prefect's page."
    assert request.taken_at == NOW + timedelta(seconds=2)


def test_flow_runs_that_a_killed_process_left_are_marked_and_those_of_others_are_not(
    scheduler: Scheduler, client: SyncPrefectClient, sessions: Sessions
) -> None:
    from prefect import flow
    from prefect.states import Running

    with sessions.begin() as session:
        wish = schedules.request_run(session, "autumn", by="ana", now=NOW)
    [run] = scheduler.plan(NOW)
    client.set_flow_run_state(run.id, Running(), force=True)
    with sessions.begin() as session:
        session.get_one(RunRequest, wish.id).taken_at = NOW
    other = client.create_flow_run(flow(name="run")(lambda: None), state=Running())
    scheduler.tick(NOW + timedelta(minutes=1))
    left = client.read_flow_run(run.id).state
    assert left is not None
    assert left.is_crashed()
    assert left.message == "its process stopped without a word"
    with sessions() as session:
        told = session.get_one(RunRequest, wish.id).reason
        again = session.scalars(select(RunRequest).where(RunRequest.id != wish.id)).one()
    assert told == "its process stopped without a word; it is resumed by itself."
    assert (again.brief_id, again.by, again.resumption, again.taken_at) == ("autumn", "surmesure", 1, None)
    state = client.read_flow_run(other.id).state
    assert state is not None
    assert state.is_running()


#: Holds a brief as a run does, begins a run, and is killed: it neither says how it ends nor gives the lease back.
HOLD = """
import os, signal, sys
from datetime import datetime
from content_store import leases
from content_store.database import open_database, session_maker
from content_store.models import RunStatus
from flows.steps.holding import owner_of
from tests.factories import make_run
url, brief, flow_run, segmentation, now = sys.argv[1:]
with session_maker(open_database(url)).begin() as session:
    at = datetime.fromisoformat(now)
    leases.take(session, brief, owner_of(os.getpid()) + "test)", at)
    run = {"brief_id": brief, "flow_run_id": flow_run, "segmentation_id": int(segmentation)}
    make_run(session, **run, status=RunStatus.RUNNING, started_at=at)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_whose_process_is_killed_is_resumed_at_once_and_twice_at_most(
    scheduler: Scheduler, sessions: Sessions, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import flows.scheduler as module

    # Prefect dates what is asked for by its own clock.
    now = datetime.now(UTC) + timedelta(minutes=1)
    with sessions.begin() as session:
        make_brief(session, id="autumn")
        segmentation = str(make_segmentation(session).id)
        schedules.request_run(session, "autumn", by="ana", now=now)
    begun: list[str] = []

    def held(command: list[str]) -> list[str]:
        flow_run = command[4]
        begun.append(flow_run)
        words = [database_url, "autumn", flow_run, segmentation, (now + timedelta(minutes=1)).isoformat()]
        return [sys.executable, "-c", HOLD, *words]

    monkeypatch.setattr(module, "tethered", held)
    for number in range(1, 4):
        scheduler.tick(now + timedelta(seconds=2 * number))
        assert scheduler.working is not None, "nobody waits until the lease has run out"
        assert scheduler.working.process.wait() == -signal.SIGKILL
        with sessions() as session:
            assert leases.held(session, now + timedelta(seconds=9)) == {"autumn"}
    scheduler.tick(now + timedelta(seconds=10))
    assert scheduler.working is None
    assert len(set(begun)) == 3
    with sessions() as session:
        runs = session.scalars(select(Run).order_by(Run.id)).all()
        asked = session.scalars(select(RunRequest).order_by(RunRequest.id)).all()
    assert [run.status for run in runs] == [RunStatus.FAILED] * 3
    assert [(run.reason or "").partition(" UTC. ")[2] for run in runs] == [
        "It is resumed by itself.",
        "It is resumed by itself.",
        "That was 3 times in a row, so it is not resumed by itself any more;"
        " look into the logs and start it again.",
    ]
    assert [(item.by, item.resumption) for item in asked] == [("ana", 0), ("surmesure", 1), ("surmesure", 2)]
    assert all(item.taken_at for item in asked)
