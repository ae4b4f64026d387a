"""`python -m flows.execute BRAND FLOW_RUN [REQUEST]`: one flow run that waits in Prefect, in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.flow_engine import run_flow
from prefect.flows import Flow

from content_store import scheduled_occurrences, schedules
from content_store.database import open_database, session_maker
from content_store.errors import SurmesureError
from content_store.settings import load_settings
from flows.deployments import MEASURE, PUBLISH, job_of, occurrence_of


def main() -> None:
    """Execute it; what goes wrong is told in one sentence, on standard error and to whoever asked for it."""
    folder, flow_run_id, *request = sys.argv[1:]
    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(UUID(flow_run_id))
    try:
        run_flow(_flow(flow_run), flow_run=flow_run)
    except SurmesureError as error:
        _refuse(Path(folder), flow_run, int(request[0]) if request else None, str(error))
        print(f"surmesure: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _flow(flow_run: FlowRun) -> Flow[..., dict[str, object]]:
    """Only what is wanted is loaded: publishing and measuring need no model."""
    job = job_of(flow_run)
    if job is not None and job.flow == MEASURE:
        from flows.measure import measure

        return measure
    if job is not None and job.flow == PUBLISH:
        from flows.publish import publish

        return publish
    from flows.run import run

    return run


def _refuse(folder: Path, flow_run: FlowRun, request_id: int | None, reason: str) -> None:
    occurrence = occurrence_of(flow_run)
    engine = open_database(load_settings(folder).database_url)
    with session_maker(engine).begin() as session:
        if request_id is not None:
            schedules.not_executed(session, request_id, str(flow_run.id), reason)
        if occurrence is not None:
            scheduled_occurrences.refused(session, *occurrence, reason)
    engine.dispose()


if __name__ == "__main__":
    main()
