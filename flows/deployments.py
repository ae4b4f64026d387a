"""What stands in Prefect: a deployment for each brief with a schedule or a wish, and its next flow run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.filters import FlowFilter, FlowFilterName, FlowRunFilter
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed, Pending, Scheduled

from content_store.models import Schedule

#: The flow that is deployed, as flows/run.py names it.
FLOW = "run"
#: Marks flow runs that a schedule made; `request-7` marks that of a wish.
BY_SCHEDULE = "schedule"
BY_REQUEST = "request-"


class Deployments:
    """The deployments of one brand folder, brought into step with our own rows, which are the truth."""

    def __init__(self, client: SyncPrefectClient, folder: Path) -> None:
        self.client = client
        self._folder = folder
        self._ids: dict[str, UUID] = {}
        self._applied: dict[str, tuple[str, str, bool, datetime] | None] = {}

    def forget(self) -> None:
        """Everything is made anew at the next `apply`: flow runs that schedules planned until now are given up."""
        self._applied.clear()

    def apply(self, wanted: Mapping[str, Schedule | None]) -> None:
        """A deployment for each brief, with its schedule if it has one; the others go."""
        standing = {item.name: item.id for item in self.client.read_deployments(flow_filter=_ours())}
        for brief_id in standing.keys() - wanted.keys():
            self._give_up(brief_id)
            self.client.delete_deployment(standing[brief_id])
            self._applied.pop(brief_id, None)
        for brief_id, row in wanted.items():
            state = (row.cron, row.time_zone, row.paused, row.changed_at) if row else None
            if brief_id not in standing or self._applied.get(brief_id, ()) != state:
                self._give_up(brief_id)
                self._ids[brief_id] = self._deploy(brief_id, row)
                self._applied[brief_id] = state
        if wanted:
            # Prefect's page calls a deployment ready while somebody asks for its flow runs.
            ids = [self._ids[brief_id] for brief_id in wanted]
            self.client.get_scheduled_flow_runs_for_deployments(ids, limit=1)

    def waiting(self) -> list[FlowRun]:
        """Flow runs that nobody has started yet, the earliest first."""
        found = self._in_state("SCHEDULED")
        return sorted(found, key=lambda run: (str(run.next_scheduled_start_time), str(run.id)))

    def plan(self, brief_id: str, moment: datetime) -> None:
        """The brief's next flow run; planning the same moment again changes nothing."""
        self.client.create_flow_run_from_deployment(
            self._ids[brief_id],
            state=Scheduled(scheduled_time=moment),
            name=f"{brief_id} {moment:%Y-%m-%d %H:%M}",
            tags=[BY_SCHEDULE],
            idempotency_key=f"{BY_SCHEDULE} {moment.isoformat()}",
        )

    def request(self, brief_id: str, request_id: int) -> bool:
        """A flow run for a wish; False when there was one already that does not wait any more."""
        run = self.client.create_flow_run_from_deployment(
            self._ids[brief_id],
            name=f"{brief_id}, request {request_id}",
            tags=[f"{BY_REQUEST}{request_id}"],
            idempotency_key=f"{BY_REQUEST}{request_id}",
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

    def _deploy(self, brief_id: str, row: Schedule | None) -> UUID:
        schedules = []
        if row is not None:
            cron = CronSchedule(cron=row.cron, timezone=row.time_zone)
            schedules = [DeploymentScheduleCreate(schedule=cron, active=not row.paused)]
        return self.client.create_deployment(
            self._flow_id,
            name=brief_id,
            schedules=schedules,
            paused=row.paused if row else False,
            parameters={"brand": str(self._folder), "briefs": [brief_id]},
            entrypoint="flows/run.py:run",
            description="Schedules are changed with `surmesure schedule` or on the Runs page, not here.",
        )

    def _give_up(self, brief_id: str) -> None:
        """Delete what the schedule planned; wishes stay."""
        for run in self.waiting():
            if BY_SCHEDULE in run.tags and brief_of(run) == brief_id:
                self.client.delete_flow_run(run.id)

    def _in_state(self, state: str) -> list[FlowRun]:
        wanted = FlowRunFilter.model_validate({"state": {"type": {"any_": [state]}}})
        return self.client.read_flow_runs(flow_filter=_ours(), flow_run_filter=wanted)

    @cached_property
    def _flow_id(self) -> UUID:
        return self.client.create_flow_from_name(FLOW)


def brief_of(run: FlowRun) -> str | None:
    """The brief that a flow run executes, if it is one."""
    briefs = run.parameters.get("briefs") or []
    return briefs[0] if len(briefs) == 1 else None


def request_of(run: FlowRun) -> int | None:
    """The wish that a flow run fulfils."""
    numbers = [tag.removeprefix(BY_REQUEST) for tag in run.tags if tag.startswith(BY_REQUEST)]
    return int(numbers[0]) if numbers and numbers[0].isdecimal() else None


def _ours() -> FlowFilter:
    return FlowFilter(name=FlowFilterName(any_=[FLOW]))
