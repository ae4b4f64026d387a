"""`surmesure review`: the page on which people decide, and the scorer that judges their edits."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surmesure.opening import BrandOption, console, find_brand, stay_local

if TYPE_CHECKING:
    from content_store.settings import Settings
    from surmesure.children import Child


def review(
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=1, max=65535, help="Instead of review.port of the settings.", show_default=False
        ),
    ] = None,
    page_only: Annotated[
        bool, typer.Option("--page-only", help="Without the scorer, which then runs elsewhere or not at all.")
    ] = False,
    brand: BrandOption = None,
) -> None:
    """Serve the review page until Ctrl-C; `surmesure users add` makes the first person who may sign in.

    The scorer, which checks edits before they are saved, starts and stops with it.

    Example: surmesure review --brand examples/grocer
    """
    from content_store.settings import load_settings

    folder = find_brand(brand).resolve()
    stay_local()
    if port is not None:
        # The page must know its own address: it checks where requests come from.
        os.environ["SURMESURE_REVIEW__PORT"] = str(port)
    if page_only:
        _serve_page(folder)
    else:
        _keep_both(load_settings(folder))


def children(settings: Settings) -> list[Child]:
    """The scorer and the review page of a brand folder."""
    from surmesure.children import Child

    ours, brand = [sys.executable, "-m", "surmesure"], ["--brand", str(settings.brand)]
    page = f"http://{settings.review.host}:{settings.review.port}"
    return [
        Child("scorer", [*ours, "scorer", *brand]),
        Child("review page", [*ours, "review", "--page-only", *brand], page),
    ]


def _keep_both(settings: Settings) -> None:
    from surmesure.children import keep_alive
    from surmesure.starting_together import alone, check, until_a_signal

    out = console()
    with alone(settings.state_folder):
        check(settings)

        def tell_where() -> None:
            out.print(f"The review page is at {settings.review.origin}; Ctrl-C stops it.", soft_wrap=True)

        with until_a_signal() as stop:
            logs = settings.state_folder / "logs"
            keep_alive(children(settings), logs, stop, tell=out.print, on_ready=tell_where)


def _serve_page(folder: Path) -> None:
    from content_store.settings import load_settings
    from review.app import create_app
    from surmesure.listening import listen

    settings = load_settings(folder).review
    listen(create_app(folder), settings, "review page")
