"""`python -m flows.execute BRAND FLOW_RUN [REQUEST]`: one flow run that waits in Prefect, in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.flow_engine import run_flow

from content_store import schedules
from content_store.database import open_database, session_maker
from content_store.errors import SurmesureError
from content_store.settings import load_settings
from flows.run import run


def main() -> None:
    """Execute it; what goes wrong is told in one sentence, on standard error and to whoever asked for the run."""
    folder, flow_run_id, *request = sys.argv[1:]
    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(UUID(flow_run_id))
    try:
        run_flow(run, flow_run=flow_run)
    except SurmesureError as error:
        if request:
            _refuse(Path(folder), int(request[0]), flow_run_id, str(error))
        print(f"surmesure: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _refuse(folder: Path, request_id: int, flow_run_id: str, reason: str) -> None:
    engine = open_database(load_settings(folder).database_url)
    with session_maker(engine).begin() as session:
        schedules.not_executed(session, request_id, flow_run_id, reason)
    engine.dispose()


if __name__ == "__main__":
    main()
