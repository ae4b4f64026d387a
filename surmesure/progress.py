"""Progress that people see: one bar a stage, on standard error, so that standard output stays clean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from flows.steps.workplace import watcher
from surmesure.opening import console

STAGES = {
    "ingest": "Reading customers, consents and events",
    "segment": "Grouping customers",
    "blocks": "Encoding blocks",
    "generate": "Writing candidates",
    "train": "Training the adapter",
    "score": "Checking and scoring",
    "queue": "Putting messages together",
    "voice": "Learning the brand's voice",
    "plan": "Planning who gets what",
    "publish": "Writing what goes out",
    "forget": "Erasing",
    "bounces": "Reading what came back",
    "collect": "Bringing outcomes into the lake",
    "measure": "Measuring campaigns",
    "outcomes": "Reading outcomes",
}


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[None]:
    """Show the progress of the work inside as bars; nothing at all when quiet."""
    if quiet:
        yield
        return
    columns = (TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console()) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(STAGES.get(stage, stage), total=total)
            bars.update(tasks[stage], completed=done, total=total)

        token = watcher.set(show)
        try:
            yield
        finally:
            watcher.reset(token)
