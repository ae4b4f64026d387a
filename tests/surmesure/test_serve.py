"""`surmesure serve` for real: all its processes, as a person starts them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil
import pytest
from sqlalchemy import select

from content_store import schedules
from content_store.database import Sessions
from content_store.models import Run, RunRequest, RunStatus
from flows.steps.workplace import open_workplace
from tests.flows.conftest import STARTER
from tests.tiny_models import build_encoder, build_generator

ROOT = Path(__file__).parents[2]


class Serving(NamedTuple):
    """What was started, where Prefect's API is, and the folder's database."""

    process: subprocess.Popen[str]
    prefect: str
    page: str
    folder: Path
    sessions: Sessions

    def ask(self, path: str, **filters: Any) -> list[dict[str, Any]]:
        answer = httpx.post(f"{self.prefect}/api/{path}/filter", json=filters, timeout=60)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found


def eventually(condition: Callable[[], bool], seconds: float = 180) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.2)


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """Served: the starter's brand folder with tiny models."""
    import shutil

    folder = tmp_path / "brand"
    shutil.copytree(STARTER, folder)
    build_encoder(tmp_path)
    build_generator(tmp_path)
    (folder / "surmesure.toml").write_text(
        f'[encoder]\nmodel = "{tmp_path}/encoder"\nthreads = 1\n'
        f'[generator]\nmodel = "{tmp_path}/generator"\nthreads = 1\ncandidates = 2\n'
    )
    workplace = open_workplace(folder)
    prefect, page = _free_port(), _free_port()
    process = subprocess.Popen(
        _command(folder, "--prefect-port", str(prefect), "--json"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        | {"SURMESURE_REVIEW__PORT": str(page)},
    )
    try:
        here = "http://127.0.0.1"
        yield Serving(process, f"{here}:{prefect}", f"{here}:{page}", folder, workplace.sessions)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
        workplace.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_schedules_and_wishes_are_taken_up_while_it_runs_and_nothing_is_left_when_it_stops(
    serving: Serving,
) -> None:
    assert serving.process.stdout is not None
    told = json.loads(serving.process.stdout.readline())
    assert told == {
        "page": serving.page,
        "prefect": serving.prefect,
        "logs": str(serving.folder / ".surmesure" / "logs"),
    }

    assert httpx.get(serving.page, follow_redirects=True, timeout=60).status_code == 200
    refused = subprocess.run(_command(serving.folder), cwd=ROOT, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr) == (
        1,
        f"surmesure: `surmesure serve` or `surmesure review` works on {serving.folder / '.surmesure'} already;"
        " stop it first (Ctrl-C where it runs).\n",
    )

    now = datetime.now(UTC)
    with serving.sessions.begin() as session:
        schedules.set_schedule(session, "newsletter", "0 6 * * 1", "Europe/Paris", by="ana", now=now)
    eventually(lambda: len(serving.ask("flow_runs")) == 1)
    assert [item["name"] for item in serving.ask("deployments")] == ["newsletter"]
    [planned] = serving.ask("flow_runs")
    assert planned["state_type"] == "SCHEDULED"
    [upcoming] = schedules.next_times("0 6 * * 1", "Europe/Paris", now, 1)
    assert datetime.fromisoformat(planned["next_scheduled_start_time"]) == upcoming

    # While the schedules' process is away, somebody pauses and somebody wishes; nothing of it is forgotten.
    [killed] = [
        process
        for process in psutil.Process(serving.process.pid).children()
        if "flows.scheduler" in process.cmdline()
    ]
    killed.kill()
    with serving.sessions.begin() as session:
        schedules.set_paused(session, "newsletter", True, by="ana", now=now + timedelta(seconds=1))
        # Two people in the same moment, and one who asks for what does not exist.
        session.add_all(RunRequest(brief_id="come-back", by=name, at=now) for name in ("ana", "ben"))
        session.add(RunRequest(brief_id="xmas", by="cleo", at=now))
    eventually(
        lambda: serving.ask("deployments", deployments={"name": {"any_": ["newsletter"]}})[0]["paused"]
    )

    def all_is_said() -> bool:
        with serving.sessions() as session:
            ended = session.scalars(select(Run).where(Run.status != RunStatus.RUNNING)).all()
            asked = session.scalars(select(RunRequest).where(RunRequest.brief_id == "xmas")).one()
            return len(ended) == 2 and asked.reason is not None

    eventually(all_is_said, 300)
    with serving.sessions() as session:
        first, second = session.scalars(select(Run).order_by(Run.id))
        requests = session.scalars(select(RunRequest).order_by(RunRequest.id)).all()
    assert (first.status, second.status) == (RunStatus.FINISHED, RunStatus.FINISHED)
    assert first.finished_at is not None
    assert first.finished_at <= second.started_at
    flow_runs = {item["id"]: item for item in serving.ask("flow_runs")}
    assert first.flow_run_id != second.flow_run_id
    assert {first.flow_run_id, second.flow_run_id} <= flow_runs.keys()
    assert all(request.taken_at is not None for request in requests)
    assert [request.reason for request in requests] == [
        None,
        None,
        "there is no brief xmas; the brand folder has come-back, newsletter.",
    ]

    tree = psutil.Process(serving.process.pid).children(recursive=True)
    assert len(tree) >= 4
    serving.process.send_signal(signal.SIGINT)
    _, words = serving.process.communicate(timeout=90)
    assert serving.process.returncode == 0, words
    assert words.strip().endswith("Stopped.")
    assert [process for process in tree if process.is_running() and process.status() != "zombie"] == []
    for url in (serving.prefect, serving.page):
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", int(url.rpartition(":")[2])))
    assert not (serving.folder / ".surmesure" / "serve.json").exists()


def _command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "surmesure", "serve", *words, "--brand", str(folder)]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
