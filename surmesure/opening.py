"""Opening a brand folder for a command, and the options that every command shares."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from content_store.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from flows.steps.workplace import Workplace

BrandOption = Annotated[
    Path | None,
    typer.Option("--brand", help="The brand folder; the folder you stand in without it.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON Lines on standard output, for machines.")]


def open_workplace(brand: Path | None, *, neutral: bool = False) -> Workplace:
    """The brand folder with its settings and database; with `neutral`, any folder will do."""
    stay_local()
    from flows.steps import workplace

    return workplace.open_workplace(find_brand(brand), neutral=neutral)


def find_brand(brand: Path | None) -> Path:
    """The folder given, which must exist, or the one in which the command stands."""
    if brand is not None and not brand.is_dir():
        raise BadInput(f"{brand}: there is no such folder; run `surmesure init {brand}` to make one.")
    return brand or Path.cwd()


def print_line(value: dict[str, Any]) -> None:
    """One JSON object on a line of standard output; JSON knows no NaN, so a number that there is not is null."""
    value = {name: None if number != number else number for name, number in value.items()}
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def console() -> Console:
    """Where people read: standard output stays free for machines."""
    from rich.console import Console

    return Console(stderr=True)


def stay_local() -> None:
    """Nothing leaves the machine: no hub, no telemetry; must be set before the libraries are imported."""
    for name, value in {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        # Threads that spin while they wait make a busy machine up to ten times slower.
        "OMP_WAIT_POLICY": "PASSIVE",
    }.items():
        os.environ.setdefault(name, value)
