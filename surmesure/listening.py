"""Serving an app of ours where its settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from fastapi import FastAPI

    from content_store.app_settings import AppSettings


def listen(app: FastAPI, settings: AppSettings, name: str) -> None:
    """Say where it is, and serve until Ctrl-C.

    Requests are not logged: links to the public page may be used by whoever reads them.
    """
    import uvicorn

    from surmesure.short_heads import ShortHeads

    typer.echo(f"The {name} is at {settings.origin}; Ctrl-C stops it.", err=True)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        http=ShortHeads,
    )
