"""Grouping customers as a Prefect flow."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from flows.run import segment_customers
from flows.steps.stopwatch import Stopwatch
from flows.steps.workplace import open_workplace


@flow(name="segment", persist_result=False)
def segment(brand: str) -> int:
    """A segmentation of what is ingested; gives its id."""
    segmentation_id, _ = segment_customers(open_workplace(Path(brand)), Stopwatch())
    return int(segmentation_id)
