"""`surmesure review`: the page on which people decide."""

from __future__ import annotations

from typing import Annotated

import typer

from surmesure.opening import BrandOption, find_brand, stay_local


def review(
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=1, max=65535, help="Instead of review.port of the settings.", show_default=False
        ),
    ] = None,
    brand: BrandOption = None,
) -> None:
    """Serve the review page until Ctrl-C; `surmesure users add` makes the first person who may sign in.

    Edits are saved only while `surmesure scorer` runs beside it; `surmesure serve` starts both.

    Example: surmesure review --brand examples/grocer
    """
    import os

    import uvicorn

    from content_store.settings import load_settings
    from review.app import create_app

    folder = find_brand(brand)
    stay_local()
    if port is not None:
        # The page must know its own address: it checks where requests come from.
        os.environ["SURMESURE_REVIEW__PORT"] = str(port)
    settings = load_settings(folder).review
    app = create_app(folder)
    typer.echo(f"The review page is at {settings.origin}; Ctrl-C stops it.", err=True)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )
