"""Executing briefs as a Prefect flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow

from flows.run import execute_brief, import_blocks
from flows.steps import pipeline
from flows.steps.stopwatch import Stopwatch
from flows.steps.workplace import open_workplace


@flow(name="generate", persist_result=False)
def generate(brand: str, briefs: list[str] | None = None) -> dict[str, Any]:
    """Messages for the briefs named, or for all, on the newest segments; gives the summary."""
    workplace, watch = open_workplace(Path(brand)), Stopwatch()
    wanted = pipeline.briefs_of(workplace, briefs or [])
    import_blocks(workplace, watch)
    return pipeline.finish(workplace, watch, [execute_brief(workplace, watch, brief) for brief in wanted])
