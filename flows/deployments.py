"""What stands in Prefect: a deployment for each schedule and each brief with a wish, and its next flow run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.filters import FlowFilter, FlowFilterName, FlowRunFilter
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed, Pending, Scheduled

from content_store.models import PublishSchedule, ScheduledOccurrence
from content_store.schedules import ALL, AnySchedule

#: The flows that are deployed, as flows/run.py, flows/publish.py and flows/measure.py name them.
RUN = "run"
PUBLISH = "publish"
MEASURE = "measure"
#: Marks flow runs that a schedule made; `request-7` marks that of a wish, `again` that of an occurrence begun before.
BY_SCHEDULE = "schedule"
BY_REQUEST = "request-"
AGAIN = "again"


class Job(NamedTuple):
    """What a deployment does: a flow, and the brief that it executes or publishes; measuring is for all of them."""

    flow: str
    brief_id: str

    @property
    def name(self) -> str:
        """As Prefect's page shows it; briefs have no spaces in their names."""
        return self.brief_id if self.flow == RUN else f"{self.flow} {self.brief_id}".rstrip()


class Deployments:
    """The deployments of one brand folder, brought into step with our own rows, which are the truth."""

    def __init__(self, client: SyncPrefectClient, folder: Path) -> None:
        self.client = client
        self._folder = folder
        self._ids: dict[str, UUID] = {}
        self._applied: dict[str, tuple[Any, ...] | None] = {}
        self._flows: dict[str, UUID] = {}

    def forget(self) -> None:
        """Everything is made anew at the next `apply`: flow runs that schedules planned until now are given up."""
        self._applied.clear()

    def apply(self, wanted: Mapping[Job, AnySchedule | None]) -> None:
        """A deployment for each job, with its schedule if it has one; the others go."""
        standing = {item.name: item.id for item in self.client.read_deployments(flow_filter=_ours())}
        for name in standing.keys() - {job.name for job in wanted}:
            self._give_up(name)
            self.client.delete_deployment(standing[name])
            self._applied.pop(name, None)
        for job, row in wanted.items():
            state = (row.cron, row.time_zone, row.paused, row.changed_at) if row else None
            if job.name not in standing or self._applied.get(job.name, ()) != state:
                self._give_up(job.name)
                self._ids[job.name] = self._deploy(job, row)
                self._applied[job.name] = state
        if wanted:
            # Prefect's page calls a deployment ready while somebody asks for its flow runs.
            ids = [self._ids[job.name] for job in wanted]
            self.client.get_scheduled_flow_runs_for_deployments(ids, limit=1)

    def waiting(self) -> list[FlowRun]:
        """Flow runs that nobody has started yet, the earliest first."""
        found = self._in_state("SCHEDULED")
        return sorted(found, key=lambda run: (str(run.next_scheduled_start_time), str(run.id)))

    def plan(self, job: Job, moment: datetime) -> None:
        """The job's next flow run; planning the same moment again changes nothing."""
        self.client.create_flow_run_from_deployment(
            self._ids[job.name],
            state=Scheduled(scheduled_time=moment),
            name=f"{job.name} {moment:%Y-%m-%d %H:%M}",
            tags=[BY_SCHEDULE],
            parameters=_at(moment) if job.flow == PUBLISH else None,
            # Prefect takes a key for the same whenever the flow is the same.
            idempotency_key=f"{BY_SCHEDULE} {job.name} {moment.isoformat()}",
        )

    def request(self, brief_id: str, request_id: int) -> bool:
        """A flow run for a wish; False when there was one already that does not wait any more."""
        run = self.client.create_flow_run_from_deployment(
            self._ids[Job(RUN, brief_id).name],
            name=f"{brief_id}, request {request_id}",
            tags=[f"{BY_REQUEST}{request_id}"],
            idempotency_key=f"{BY_REQUEST}{request_id}",
        )
        return run.state is not None and run.state.is_scheduled()

    def again(self, row: ScheduledOccurrence) -> bool:
        """A flow run for what was begun and is not over; False when there was one already that does not wait any more."""
        job = Job(PUBLISH, row.brief_id)
        run = self.client.create_flow_run_from_deployment(
            self._ids[job.name],
            state=Scheduled(scheduled_time=row.again_at),
            name=f"{job.name} {row.at:%Y-%m-%d %H:%M} UTC, again",
            tags=[AGAIN],
            parameters={"destination": row.destination, "form": row.form, **_at(row.at)},
            idempotency_key=f"{AGAIN} {job.name} {row.at.isoformat()} {row.again_at}",
        )
        return run.state is not None and run.state.is_scheduled()

    def claim(self, run: FlowRun) -> bool:
        """Take a flow run that waits; False when it was cancelled or deleted this moment."""
        try:
            return str(self.client.set_flow_run_state(run.id, Pending()).status.value) == "ACCEPT"
        except ObjectNotFound:
            return False

    def crashed(self, run_id: UUID, message: str) -> None:
        """Say of a flow run whose process is gone that it is, unless it has said how it ended."""
        try:
            state = self.client.read_flow_run(run_id).state
        except ObjectNotFound:
            return
        if state is None or not state.is_final():
            self.client.set_flow_run_state(run_id, Crashed(message=message), force=True)

    def clear_away(self) -> list[FlowRun]:
        """Mark the flow runs that an earlier process took and did not end; gives them."""
        found = [run for state in ("PENDING", "RUNNING", "CANCELLING") for run in self._in_state(state)]
        left = [run for run in found if run.deployment_id or run.tags]
        for run in left:
            self.crashed(run.id, "its process stopped without a word")
        return left

    def _deploy(self, job: Job, row: AnySchedule | None) -> UUID:
        schedules = []
        if row is not None:
            cron = CronSchedule(cron=row.cron, timezone=row.time_zone)
            schedules = [DeploymentScheduleCreate(schedule=cron, active=not row.paused)]
        if job.flow not in self._flows:
            self._flows[job.flow] = self.client.create_flow_from_name(job.flow)
        return self.client.create_deployment(
            self._flows[job.flow],
            name=job.name,
            schedules=schedules,
            paused=row.paused if row else False,
            parameters={"brand": str(self._folder)} | _parameters(job, row),
            entrypoint=f"flows/{job.flow}.py:{job.flow}",
            description="Schedules are changed with `surmesure schedule` or on the Runs page, not here.",
        )

    def _give_up(self, name: str) -> None:
        """Delete what the schedule planned; wishes stay, and what was begun is asked for anew."""
        for run in self.waiting():
            job = job_of(run)
            if {BY_SCHEDULE, AGAIN} & set(run.tags) and job is not None and job.name == name:
                self.client.delete_flow_run(run.id)

    def _in_state(self, state: str) -> list[FlowRun]:
        wanted = FlowRunFilter.model_validate({"state": {"type": {"any_": [state]}}})
        return self.client.read_flow_runs(flow_filter=_ours(), flow_run_filter=wanted)


def job_of(run: FlowRun) -> Job | None:
    """What a flow run does, if it is for one brief or measures."""
    if "campaigns" in run.parameters:
        return Job(MEASURE, ALL)
    if "brief" in run.parameters:
        return Job(PUBLISH, str(run.parameters["brief"]))
    briefs = run.parameters.get("briefs") or []
    return Job(RUN, briefs[0]) if len(briefs) == 1 else None


def occurrence_of(run: FlowRun) -> tuple[str, datetime] | None:
    """The brief and the moment that a flow run publishes; None for one that executes, and for one that nobody planned."""
    at = run.parameters.get("occurrence")
    return (str(run.parameters["brief"]), datetime.fromisoformat(at)) if isinstance(at, str) else None


def request_of(run: FlowRun) -> int | None:
    """The wish that a flow run fulfils."""
    numbers = [tag.removeprefix(BY_REQUEST) for tag in run.tags if tag.startswith(BY_REQUEST)]
    return int(numbers[0]) if numbers and numbers[0].isdecimal() else None


def _at(moment: datetime) -> dict[str, str]:
    return {"occurrence": moment.astimezone(UTC).isoformat()}


def _parameters(job: Job, row: AnySchedule | None) -> dict[str, Any]:
    if job.flow == RUN:
        return {"briefs": [job.brief_id]}
    if job.flow == MEASURE:
        return {"campaigns": []}
    way = {"destination": row.destination, "form": row.form} if isinstance(row, PublishSchedule) else {}
    return {"brief": job.brief_id} | way


def _ours() -> FlowFilter:
    return FlowFilter(name=FlowFilterName(any_=[RUN, PUBLISH, MEASURE]))
