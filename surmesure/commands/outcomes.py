"""`surmesure measure collect` and `import`: outcomes into the lake, where they are counted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line


def collect(brand: BrandOption = None, json: JsonOption = False) -> None:
    """Bring the outcomes that came in by HTTP and by mail into the lake, each once.

    Stopped or killed, the same command goes on.
    Example: surmesure measure collect
    """
    from flows.steps.outcomes import collect as collect_outcomes
    from surmesure.progress import shown_progress

    workplace = open_workplace(brand)
    with shown_progress(quiet=json):
        done = collect_outcomes(workplace)
    if json:
        print_line(done._asdict())
        return
    typer.echo(f"{done.new:>10,}  new")
    for number, what in (
        (done.known, "known already"),
        (done.left_out, "left out: mails that are still under way, and customers who were erased"),
    ):
        if number:
            typer.echo(f"{number:>10,}  {what}")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, Parquet or JSON Lines file.")],
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Take a file of outcomes in: delivered, bounced, clicked, converted, unsubscribed, complained.

    An id counts once, whichever file or request tells it. Rows that cannot be taken go to quarantine with line and reason.
    Example: surmesure measure import outcomes.csv
    """
    from flows.steps.outcome_files import import_outcomes
    from surmesure.progress import shown_progress

    workplace = open_workplace(brand)
    with shown_progress(quiet=json):
        done = import_outcomes(workplace, file)
    if json:
        print_line({"file": str(file), **done._asdict()})
        return
    if done.unchanged:
        typer.echo(f"{file} was imported before and has not changed since.")
        return
    typer.echo(f"{done.new:>10,}  new")
    for number, what in ((done.known, "known already"), (done.quarantined, "in quarantine")):
        if number:
            typer.echo(f"{number:>10,}  {what}")
    for note in done.notes:
        typer.echo(note)
