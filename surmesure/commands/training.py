"""`surmesure train`: an adapter from pairs of facts and copy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line


def train(
    config: Annotated[
        Path | None,
        typer.Argument(
            help="TOML: rank, learning_rate, epochs, batch, seed …; what made the starter without it."
        ),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs",
            help='JSON Lines with "slot", "facts", "keep", "audience", "tone", "copy"; the packaged pairs without it.',
        ),
    ] = None,
    begin: Annotated[
        Path | None,
        typer.Option("--from", help="The folder of an adapter to go on from; a fresh one without it."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="A new folder for the adapter.")] = Path("adapter"),
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Train an adapter that teaches the model to write copy from facts.

    The base is the model in surmesure.toml, or the default one. About half an hour on two cores for the packaged pairs;
    after Ctrl-C the same command goes on.
    Use the result by adapter = "FOLDER" in [generator].
    Example: surmesure train --pairs our-copy.jsonl --out adapters/ours
    """
    workplace = open_workplace(brand, neutral=True)
    from generators import training
    from generators.pairs import PACKAGED_PAIRS, read_pairs
    from surmesure.progress import shown_progress

    chosen = training.read_config(config) if config else training.TrainingConfig()
    examples = read_pairs(pairs or PACKAGED_PAIRS)
    with shown_progress(quiet=json):
        trained = training.train(
            chosen,
            examples,
            workplace.base_folder,
            out,
            begin,
            lambda done, total: workplace.progress("train", done, total),
        )
    first, last = trained.steps[0].loss, trained.steps[-1].loss
    if json:
        print_line(
            {
                "folder": str(trained.folder),
                "pairs": len(examples),
                "steps": len(trained.steps),
                "first_loss": first,
                "last_loss": last,
            }
        )
    else:
        typer.echo(
            f"{trained.folder}: {len(trained.steps)} steps on {len(examples)} pairs, loss {first:.2f} to {last:.2f}."
        )
        typer.echo(
            f'Put adapter = "{trained.folder.resolve()}" under [generator] in surmesure.toml to write with it.'
        )
