"""What became of flow runs that publish, in our own rows: Prefect's may be lost."""

from __future__ import annotations

from datetime import datetime

from prefect.client.schemas.objects import FlowRun

from content_store import scheduled_occurrences
from content_store.database import Sessions
from content_store.errors import BadInput
from flows.deployments import occurrence_of
from flows.steps.holding import owner_of
from publishing import deliveries


class ScheduledPublishing:
    """Flow runs of occurrences; whatever else a flow run does is none of its business."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def begin(self, run: FlowRun, now: datetime) -> None:
        """Before its process starts, so that a crash right after it leaves something to go on with."""
        if occurrence := occurrence_of(run):
            way = run.parameters["destination"], run.parameters["form"]
            with self._sessions.begin() as session:
                scheduled_occurrences.begin(session, *occurrence, *way, str(run.id), now)

    def alive(self, run: FlowRun, now: datetime) -> None:
        """Its process works."""
        if occurrence := occurrence_of(run):
            with self._sessions.begin() as session:
                scheduled_occurrences.alive(session, *occurrence, now)

    def ended(self, run: FlowRun, process: int, code: int, now: datetime) -> None:
        """Its process ended with a code; below 0 it was killed, and is left."""
        if occurrence := occurrence_of(run):
            with self._sessions.begin() as session:
                # Nobody has to wait until the lease of a delivery has run out.
                deliveries.give_up(session, owner_of(process), now)
                if code < 0:
                    return
                if code > 0:
                    words = f"its process stopped (exit {code}); the log of the schedules says why."
                    scheduled_occurrences.refused(session, *occurrence, words)
                bad_input = code == BadInput.exit_code
                scheduled_occurrences.ended(session, *occurrence, now, bad_input=bad_input)

    def stopped(self, run: FlowRun, process: int, now: datetime) -> None:
        """Everything is stopped; it goes on when the schedules are run again."""
        if occurrence := occurrence_of(run):
            with self._sessions.begin() as session:
                deliveries.give_up(session, owner_of(process), now)
                scheduled_occurrences.stopped(session, *occurrence, now)

    def left(self, run: FlowRun, now: datetime) -> None:
        """Its process is gone without a word."""
        if occurrence := occurrence_of(run):
            with self._sessions.begin() as session:
                scheduled_occurrences.died(session, *occurrence, now)

    def cancelled(self, run: FlowRun) -> None:
        """A person cancelled it on Prefect's page."""
        if occurrence := occurrence_of(run):
            with self._sessions.begin() as session:
                scheduled_occurrences.cancelled(session, *occurrence)
