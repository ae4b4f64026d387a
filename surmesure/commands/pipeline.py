"""`surmesure ingest`, `segment`, `generate` and `run`: the stages, one by one or all together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from surmesure.opening import BrandOption, JsonOption, find_brand, open_workplace, print_line, stay_local

if TYPE_CHECKING:
    from flows.steps.ingesting import SourceResult

BriefsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[BRIEF]...", help="Only these briefs; all without one.", show_default=False),
]


def ingest(brand: BrandOption = None, json: JsonOption = False) -> None:
    """Read customers, consents and events from the sources in sources.yaml.

    Example: surmesure ingest --brand examples/grocer
    """
    from flows.steps.pipeline import ingest_stage
    from flows.steps.stopwatch import Stopwatch
    from surmesure.progress import shown_progress

    workplace = open_workplace(brand)
    with shown_progress(quiet=json):
        results = ingest_stage(workplace, Stopwatch())
    for result in results:
        if json:
            print_line(result._asdict())
        else:
            _print_source(result)


def segment(brand: BrandOption = None, json: JsonOption = False) -> None:
    """Group the customers by what they touched, and name the groups.

    Example: surmesure segment --json
    """
    from content_store import queries
    from flows.steps.pipeline import segment_stage
    from flows.steps.stopwatch import Stopwatch
    from surmesure.progress import shown_progress

    workplace = open_workplace(brand)
    with shown_progress(quiet=json):
        segmentation, reused = segment_stage(workplace, Stopwatch())
    with workplace.sessions() as session:
        found = queries.snapshots(session, segmentation)
    for item in found:
        if json:
            print_line(
                {
                    "segment": item.segment_id,
                    "name": item.name,
                    "size": item.size,
                    "share": item.share,
                    "audience": item.audience,
                    "distinctive": item.distinctive,
                    "exemplars": item.exemplars,
                    "behaviour": item.behaviour,
                    "drift": item.drift,
                }
            )
        else:
            typer.echo(f"{item.size:>7,}  {item.name}\n         {item.audience}")
    if not json and reused:
        typer.echo("Nothing has changed since the last time, so these are the segments of then.")


def generate(briefs: BriefsArgument = None, brand: BrandOption = None, json: JsonOption = False) -> None:
    """Write messages for briefs on the newest segments, up to the review queue.

    Example: surmesure generate weekly-newsletter
    """
    from flows.steps import pipeline
    from flows.steps.holding import holding
    from flows.steps.stopwatch import Stopwatch
    from surmesure.progress import shown_progress
    from surmesure.summary import print_summary

    workplace, watch = open_workplace(brand), Stopwatch()
    with shown_progress(quiet=json):
        wanted = workplace.briefs(briefs or [])
        with holding(workplace, wanted):
            pipeline.blocks_stage(workplace, watch)
            runs = [pipeline.generate_stage(workplace, watch, brief) for brief in wanted]
        summary = pipeline.finish(workplace, watch, runs)
    if json:
        print_line(summary)
    else:
        print_summary(summary)


def run(briefs: BriefsArgument = None, brand: BrandOption = None, json: JsonOption = False) -> None:
    """Do everything: read the sources, group the customers, write, check and queue messages.

    It runs as a Prefect flow in this process. What has not changed since the last run is not done again.
    Example: surmesure run --brand examples/grocer
    """
    from content_store.settings import load_settings
    from flows.engine import prepare
    from surmesure.progress import shown_progress
    from surmesure.summary import print_summary

    folder = find_brand(brand).resolve()
    open_workplace(folder)  # a mistake in the brand folder is told before Prefect starts
    stay_local()
    prepare(load_settings(folder).state_folder)
    with shown_progress(quiet=json):
        from flows.run import run as run_flow

        summary = run_flow(str(folder), briefs)
    if json:
        print_line(summary)
    else:
        print_summary(summary)


def _print_source(result: SourceResult) -> None:
    if result.unchanged:
        typer.echo(
            f"{result.kind}: {result.location} is in already, nothing changed ({result.accepted:,} rows)."
        )
        return
    typer.echo(
        f"{result.kind}: {result.accepted:,} rows taken, {result.quarantined:,} put into quarantine ({result.location})."
    )
    for note in result.notes:
        typer.echo(f"    {note}")
