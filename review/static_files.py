"""Scripts and styles, read once; their addresses hold a hash of the content, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, HTTPException, Response

from evaluation.measurement.campaign_report import TEMPLATES

FOLDER = Path(__file__).parent / "static"

router = APIRouter(include_in_schema=False)


class StaticFile(NamedTuple):
    """One file as it is served."""

    content: bytes
    media_type: str
    version: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Our own files by name, the style that measurements have in their report too, and htmx from the package that carries it."""
    found = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.is_file()}
    found["measurement.css"] = (TEMPLATES / "measurement.css").read_bytes()
    found["htmx.js"] = (files("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js").read_bytes()
    return {
        name: StaticFile(
            content,
            mimetypes.guess_type(name)[0] or "application/octet-stream",
            hashlib.sha256(content).hexdigest()[:12],
        )
        for name, content in found.items()
    }


def static_url(name: str) -> str:
    """The address of a file as it is now."""
    return f"/static/{name}?v={static_files()[name].version}"


@router.get("/static/{name}")
def static_file(name: str) -> Response:
    file = static_files().get(name)
    if file is None:
        raise HTTPException(404, "There is no such file.")
    return Response(
        file.content,
        media_type=file.media_type,
        headers={"Cache-Control": "public, max-age=31536000, immutable", "ETag": f'"{file.version}"'},
    )
