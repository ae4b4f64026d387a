"""`surmesure init` and `surmesure doctor`: a folder to start from, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surmesure.opening import BrandOption, JsonOption, find_brand, print_line, stay_local


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.", show_default=False)
    ],
    json: JsonOption = False,
) -> None:
    """Make a brand folder on which every command works: a small shop with made-up customers, to edit.

    Example: surmesure init my-brand
    """
    from surmesure.starting import copy_starter

    made = copy_starter(folder)
    following = [f"surmesure {command} --brand {folder}" for command in ("doctor", "run", "messages list")]
    if json:
        print_line({"folder": str(folder), "files": made, "next": following})
        return
    typer.echo(
        f"Made {folder} with {len(made)} files: brand.yaml, blocks, briefs, a template and sample data."
    )
    typer.echo("README.md in it says what each file is. Next:")
    for command in following:
        typer.echo(f"    {command}")


def doctor(brand: BrandOption = None, json: JsonOption = False) -> None:
    """Check the machine, the models, the database and the brand folder, and say what to do.

    Example: surmesure doctor --brand my-brand
    """
    folder = find_brand(brand)
    stay_local()
    from surmesure.doctor import examine

    statuses = []
    for check in examine(folder):
        statuses.append(check.status.value)
        if json:
            print_line(check._asdict())
            continue
        typer.echo(f"{check.status.value:<5} {check.check:<10} {check.found}")
        if check.do:
            typer.echo(f"{'':<17}→ {check.do}")
    failures = statuses.count("fail")
    if not json:
        typer.echo(f"{failures} to mend before a run." if failures else "A run can start.")
    if failures:
        raise typer.Exit(1)
