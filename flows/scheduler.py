"""`python -m flows.scheduler BRAND`: executes, publishes and measures briefs when a schedule or a person wants it, in turn."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectException
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from content_store import leases, scheduled_occurrences, schedules
from content_store.database import Sessions, open_database, session_maker
from content_store.models import RunRequest
from content_store.schedules import AnySchedule
from content_store.settings import load_settings
from flows.deployments import (
    BY_SCHEDULE,
    MEASURE,
    PUBLISH,
    RUN,
    Deployments,
    Job,
    job_of,
    occurrence_of,
    request_of,
)
from flows.scheduled_publishing import ScheduledPublishing
from flows.steps.holding import owner_of
from flows.tethered import tethered

#: Our rows and Prefect's are looked at this often.
POLL_SECONDS = 2.0
#: Between two looks: the machine slept, and what fell due in the meantime was missed.
GAP = timedelta(minutes=2)
#: A run that is stopped gets this long to say so.
STOP_SECONDS = 30

CANCELLED = "it was cancelled on Prefect's page."
DIED = "its process stopped without a word;"
RESUMED = "It is resumed by itself."
GIVEN_UP = (
    f"That was {schedules.MOST_RESUMPTIONS + 1} times in a row, so it is not resumed by itself any more;"
    " look into the logs and start it again."
)


class Working(NamedTuple):
    """A flow run and the process that executes it."""

    run: FlowRun
    process: subprocess.Popen[bytes]


class Scheduler:
    """One at a time, runs and publishing: the model takes the whole machine. What waits for its turn waits in Prefect."""

    def __init__(self, sessions: Sessions, folder: Path, deployments: Deployments) -> None:
        self._sessions = sessions
        self._folder = folder
        self._deployments = deployments
        self._publishing = ScheduledPublishing(sessions)
        self._last: datetime | None = None
        self.working: Working | None = None

    def tick(self, now: datetime) -> None:
        """Bring everything into step, and begin the next flow run if none is under way.

        Nothing that fell due while nobody looked is caught up; what was begun before goes on. What falls due while
        another flow run works is executed once when that is done, however often it fell due.
        """
        if self._last is None:
            for run in self._deployments.clear_away():
                self._resume(run, now)
        if self._last is None or now - self._last > GAP:
            self._deployments.forget()
        self._last = now
        self._look_after_the_run(now)
        waiting = self.plan(now)
        if self.working is None:
            with self._sessions() as session:
                held = leases.held(session, now)
            # What another process holds, or held until it died, waits for its turn.
            due = [
                run
                for run in waiting
                if (run.next_scheduled_start_time or now) <= now and _brief_of(run) not in held
            ]
            for run in due[:1]:
                self._begin(run, now)

    def plan(self, now: datetime) -> list[FlowRun]:
        """Deployments for our rows, the next flow run of each schedule, one for each wish and each occurrence to go on with.

        Gives those that wait.
        """
        rows: dict[Job, AnySchedule] = {}
        with self._sessions.begin() as session:
            _resume_the_dead(session, now)
            rows.update((Job(RUN, row.brief_id), row) for row in schedules.all_schedules(session))
            rows.update((Job(PUBLISH, row.brief_id), row) for row in schedules.all_publish_schedules(session))
            if (measuring := schedules.measure_schedule(session)) is not None:
                rows[Job(MEASURE, measuring.brief_id)] = measuring
            requests = schedules.open_requests(session)
            unfinished = scheduled_occurrences.due(session, now)
        working = [self.working.run] if self.working is not None else []
        asked = [run for run in self._deployments.waiting() if BY_SCHEDULE not in run.tags] + working
        others = {Job(RUN, request.brief_id) for request in requests} | {job_of(run) for run in asked}
        self._deployments.apply({**dict.fromkeys(sorted(job for job in others if job)), **rows})
        waiting = self._deployments.waiting()
        planned = {job_of(run) for run in waiting if BY_SCHEDULE in run.tags}
        for job in rows.keys() - planned:
            self._plan_next(job, rows[job], now)
        known = {request_of(run) for run in waiting}
        for request in requests:
            if request.id not in known and not self._deployments.request(request.brief_id, request.id):
                self._take_up(request.id, now, CANCELLED)
        at_hand = {occurrence_of(run) for run in waiting + working}
        for row in unfinished:
            if (row.brief_id, row.at) not in at_hand and not self._deployments.again(row):
                with self._sessions.begin() as session:
                    scheduled_occurrences.cancelled(session, row.brief_id, row.at)
        return self._deployments.waiting()

    def stop(self, now: datetime) -> None:
        """End the flow run that is under way; what it did so far is kept."""
        if self.working is None:
            return
        working = self.working
        self.working.process.send_signal(signal.SIGINT)
        try:
            self.working.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.working.process.kill()
            self.working.process.wait()
        self._publishing.stopped(working.run, working.process.pid, now)
        self._end(working)

    def _plan_next(self, job: Job, row: AnySchedule, now: datetime) -> None:
        upcoming = schedules.next_times(row.cron, row.time_zone, now, 1)
        if upcoming and not row.paused:
            self._deployments.plan(job, upcoming[0])

    def _begin(self, run: FlowRun, now: datetime) -> None:
        request_id = request_of(run)
        if request_id is not None:
            self._take_up(request_id, now)
        self._publishing.begin(run, now)
        if not self._deployments.claim(run):
            self._publishing.cancelled(run)
            if request_id is not None:
                self._take_up(request_id, now, CANCELLED)
            return
        if request_id is not None:
            with self._sessions.begin() as session:
                session.get_one(RunRequest, request_id).flow_run_id = str(run.id)
        words = [str(self._folder), str(run.id), *([str(request_id)] if request_id is not None else [])]
        command = tethered([sys.executable, "-m", "flows.execute", *words])
        self.working = Working(run, subprocess.Popen(command))

    def _take_up(self, request_id: int, now: datetime, reason: str | None = None) -> None:
        with self._sessions.begin() as session:
            request = session.get(RunRequest, request_id)
            if request is not None:
                request.taken_at, request.reason = now, reason

    def _look_after_the_run(self, now: datetime) -> None:
        if self.working is None:
            return
        code = self.working.process.poll()
        if code is not None:
            working = self.working
            self._publishing.ended(working.run, working.process.pid, code, now)
            self._end(working)
            if code < 0:
                self._bury(working, now)
            return
        self._publishing.alive(self.working.run, now)
        state = self._deployments.client.read_flow_run(self.working.run.id).state
        if state is not None and state.is_cancelling():
            self._publishing.cancelled(self.working.run)
            self.stop(now)

    def _end(self, working: Working) -> None:
        self.working = None
        code = working.process.returncode
        if code > 0:
            self._not_executed(working.run, f"its process stopped (exit {code}); ask for it again.")
        self._deployments.crashed(working.run.id, f"its process ended with {code}")

    def _bury(self, working: Working, now: datetime) -> None:
        """A signal ended the child: nobody has to wait until its lease has run out."""
        job = job_of(working.run)
        if job is not None and job.flow == RUN:
            with self._sessions.begin() as session:
                leases.give_up(session, job.brief_id, owner_of(working.process.pid), now)
                _resume_the_dead(session, now)
        self._resume(working.run, now)

    def _resume(self, run: FlowRun, now: datetime) -> None:
        """Ask once more for what a flow run executed whose process is gone, unless it was being cancelled."""
        job = job_of(run)
        cancelled = run.state is not None and run.state.is_cancelling()
        if job is not None and job.flow == PUBLISH:
            if cancelled:
                self._publishing.cancelled(run)
            else:
                self._publishing.left(run, now)
            return
        # Measuring begins anew at its next moment.
        if job is None or cancelled or job.flow == MEASURE:
            self._not_executed(run, f"{DIED} ask for it again.")
            return
        with self._sessions.begin() as session:
            told = RESUMED if schedules.resume(session, job.brief_id, str(run.id), now) else GIVEN_UP
        self._not_executed(run, f"{DIED} {told[0].lower()}{told[1:]}")

    def _not_executed(self, run: FlowRun, reason: str) -> None:
        request_id = request_of(run)
        if request_id is not None:
            with self._sessions.begin() as session:
                schedules.not_executed(session, request_id, str(run.id), reason)


def _brief_of(run: FlowRun) -> str | None:
    job = job_of(run)
    return None if job is None else job.brief_id


def _resume_the_dead(session: Session, now: datetime) -> None:
    """Ask once more for each run whose process died, and say so in its reason."""
    for run in leases.died(session, now):
        told = RESUMED if schedules.resume(session, run.brief_id, run.flow_run_id, now) else GIVEN_UP
        run.reason = f"{(run.reason or '').removesuffix(leases.START_AGAIN)}{told}"


def main() -> None:
    """Look every few seconds, until a signal says stop; Prefect's server may come later or go for a while."""
    folder = Path(sys.argv[1])
    sessions = session_maker(open_database(load_settings(folder).database_url))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with get_client(sync_client=True) as client:
        scheduler = Scheduler(sessions, folder, Deployments(client, folder))
        while not stop.wait(POLL_SECONDS):
            try:
                scheduler.tick(datetime.now(UTC))
            except (httpx.HTTPError, PrefectException, DBAPIError) as error:
                print(f"{datetime.now(UTC):%H:%M:%S} {type(error).__name__}: {error}", file=sys.stderr)
        try:
            scheduler.stop(datetime.now(UTC))
        except (httpx.HTTPError, PrefectException, DBAPIError) as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
