"""Reading the sources as a Prefect flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow

from flows.run import ingest_sources
from flows.steps.stopwatch import Stopwatch
from flows.steps.workplace import open_workplace


@flow(name="ingest", persist_result=False)
def ingest(brand: str) -> list[dict[str, Any]]:
    """Every source of the brand folder into the database and the lake."""
    return [source._asdict() for source in ingest_sources(open_workplace(Path(brand)), Stopwatch())]
