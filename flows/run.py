"""The whole way as a Prefect flow: sources, segments, blocks, each brief, report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows.steps import pipeline
from flows.steps.holding import holding
from flows.steps.stopwatch import Stopwatch
from flows.steps.workplace import open_workplace

ingest_sources = task(name="ingest", cache_policy=NO_CACHE, persist_result=False)(pipeline.ingest_stage)
segment_customers = task(name="segment", cache_policy=NO_CACHE, persist_result=False)(pipeline.segment_stage)
import_blocks = task(name="import blocks", cache_policy=NO_CACHE, persist_result=False)(pipeline.blocks_stage)
execute_brief = task(name="generate", cache_policy=NO_CACHE, persist_result=False)(pipeline.generate_stage)


@flow(name="run", persist_result=False)
def run(brand: str, briefs: list[str] | None = None) -> dict[str, Any]:
    """Everything from the sources to messages that wait for a decision; gives the summary."""
    workplace = open_workplace(Path(brand))
    watch = Stopwatch()
    wanted = workplace.briefs(briefs or [])
    with holding(workplace, wanted):
        sources = ingest_sources(workplace, watch)
        _, reused = segment_customers(workplace, watch)
        import_blocks(workplace, watch)
        runs = [execute_brief(workplace, watch, brief, flow_run.get_id()) for brief in wanted]
    return pipeline.finish(workplace, watch, runs, sources, reused)
