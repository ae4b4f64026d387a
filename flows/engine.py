"""Prefect as this project runs it: on loopback, its files in the brand's state folder."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from content_store.durable_files import replace_file

LOOPBACK = "127.0.0.1"


class Served(NamedTuple):
    """Where `surmesure serve` has put things, for whoever works in the same state folder."""

    prefect: str
    page: str
    process: int


def prepare(state: Path) -> None:
    """Set Prefect's environment; must be called before prefect is imported.

    Loopback only (its API has no login and allows any origin), no telemetry, JSON results (pickle runs code),
    no log shipping, and nothing in the user's home or beside the library. Where `surmesure serve` works on the same
    folder, its server is used; two servers on one SQLite file lock each other out.
    """
    home = state / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    served = read_served(state)
    for name, value in {
        "PREFECT_HOME": str(home),
        "PREFECT_UI_STATIC_DIRECTORY": str(home / "page"),
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        # The schedules are ours: its own would start an hour early in the night that summer time begins, and all that
        # was missed at once.
        "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
        # Services for what is not used here; each is one more that locks Prefect's SQLite file.
        "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED": "false",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "DO_NOT_TRACK": "1",
        **({"PREFECT_API_URL": f"{served.prefect}/api"} if served else {}),
    }.items():
        os.environ.setdefault(name, value)


def server_command(port: int) -> list[str]:
    """What starts Prefect's server on a port of this machine; `prepare` comes first."""
    program = ["uvicorn", "--factory", "prefect.server.api.server:create_app", "--log-level", "error"]
    return [sys.executable, "-m", *program, "--host", LOOPBACK, "--port", str(port)]


def write_served(state: Path, served: Served | None) -> None:
    """Tell others where things are; None when they are gone."""
    if served is None:
        _address_file(state).unlink(missing_ok=True)
    else:
        replace_file(_address_file(state), json.dumps(served._asdict()).encode())


def read_served(state: Path) -> Served | None:
    """Where things are, if somebody listens there; a file that a killed process left says nothing."""
    try:
        served = Served(**json.loads(_address_file(state).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return served if listens(served.prefect) else None


def listens(url: str) -> bool:
    """Whether somebody answers at an address of this machine."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or LOOPBACK, parts.port or 80), timeout=0.5).close()
    except OSError:
        return False
    return True


def _address_file(state: Path) -> Path:
    return state / "serve.json"
