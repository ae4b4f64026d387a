"""`surmesure measure report`: what each campaign earned, as a page for people and files for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line


def report(
    briefs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BRIEF]...",
            help="Only these briefs; all that were published without.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The folder that gets a folder for each brief; `measured` in the state folder without.",
            show_default=False,
        ),
    ] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Measure campaigns and write a report of each: one HTML file, its numbers as JSON, and the table of units as Parquet.

    Outcomes that came in meanwhile are collected first. The table of units names no customer.
    Example: surmesure measure report weekly-newsletter --out reports
    """
    from evaluation.measurement.trust import standing_of
    from flows.steps import measurement_reports as reports
    from flows.steps.outcomes import collect
    from surmesure.progress import shown_progress

    workplace = open_workplace(brand)
    wanted = reports.measurable(workplace, briefs or [])
    folder, as_of = out or reports.default_folder(workplace), workplace.as_of(None)
    with shown_progress(quiet=json):
        collect(workplace)
        written = [reports.write_report(workplace, brief, folder, as_of) for brief in wanted]
    for results, place in written:
        if json:
            print_line(
                {
                    "brief": results.brief_id,
                    "as_of": results.as_of.isoformat(),
                    "standing": standing_of(results).value,
                    "headline": results.headline,
                    "report": str(place / reports.REPORT),
                    "results": str(place / reports.RESULTS),
                    "units": str(place / reports.UNITS),
                }
            )
        else:
            typer.echo(f"{results.brief_id}: {results.headline}\n    {place / reports.REPORT}")
    if not written and not json:
        typer.echo("Nothing was published yet, so there is nothing to measure.")
