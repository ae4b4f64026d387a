"""Prefect as this project runs it: in this process, on loopback, its files in the brand's state folder."""

from __future__ import annotations

import os
from pathlib import Path


def prepare(state: Path) -> None:
    """Set Prefect's environment; must be called before prefect is imported.

    Loopback only (its API has no login and allows any origin), no telemetry, JSON results (pickle runs code),
    no log shipping, and nothing in the user's home.
    """
    home = state / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    for name, value in {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "DO_NOT_TRACK": "1",
    }.items():
        os.environ.setdefault(name, value)
