"""Executing briefs as a Prefect flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from flows.run import execute_brief, import_blocks
from flows.steps import pipeline
from flows.steps.holding import holding
from flows.steps.stopwatch import Stopwatch
from flows.steps.workplace import open_workplace


@flow(name="generate", persist_result=False)
def generate(brand: str, briefs: list[str] | None = None) -> dict[str, Any]:
    """Messages for the briefs named, or for all, on the newest segments; gives the summary."""
    workplace, watch = open_workplace(Path(brand)), Stopwatch()
    wanted = workplace.briefs(briefs or [])
    with holding(workplace, wanted):
        import_blocks(workplace, watch)
        runs = [execute_brief(workplace, watch, brief, flow_run.get_id()) for brief in wanted]
    return pipeline.finish(workplace, watch, runs)
