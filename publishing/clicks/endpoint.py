"""Where links in mails lead: on to the page that they were made for, and the picture of those who agreed to it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Collection

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from content_store.errors import BadInput
from content_store.models import OutcomeKind
from publishing.clicks import bots
from publishing.clicks.counting import Counter, Hit
from publishing.clicks.links import PATH, PIXEL_PATH, allowed, read_link, read_pixel
from publishing.escaping import link

#: One transparent point.
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

#: Whoever clicks waits no longer for the database.
ANSWER_SECONDS = 0.1

#: Nobody keeps the answer, finds it, or learns from the next page where it was.
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}

_PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")


def routes(counter: Counter, key: bytes, domains: Collection[str], *, pixel: bool) -> list[Route]:
    """The redirect, and the picture where the brand counts opens. `key` is that of publishing.opt_out."""

    async def follow(request: Request) -> Response:
        found = read_link(key, request.path_params["token"])
        if found is None or not allowed(found.target, domains) or not _is_link(found.target):
            raise HTTPException(404)
        await _count(counter, Hit(found.publication_id, OutcomeKind.CLICKED, found.target, _seen(request)))
        return Response(status_code=302, headers={**_HEADERS, "Location": found.target})

    async def show(request: Request) -> Response:
        publication_id = read_pixel(key, request.path_params["token"])
        if publication_id is None:
            raise HTTPException(404)
        await _count(counter, Hit(publication_id, OutcomeKind.OPENED, None, _seen(request)))
        return Response(GIF, headers=_HEADERS, media_type="image/gif")

    made = [Route(f"{PATH}{{token}}", follow, methods=["GET"])]
    if pixel:
        made.append(Route(f"{PIXEL_PATH}{{token}}", show, methods=["GET"]))
    return made


async def _count(counter: Counter, hit: Hit) -> None:
    """Most often it is committed when this returns; where the database is busy it waits, and whoever clicked does not."""
    await asyncio.wait([asyncio.wrap_future(counter.count(hit))], timeout=ANSWER_SECONDS)


def _is_link(target: str) -> bool:
    try:
        return link(target) == target
    except BadInput:
        return False


def _seen(request: Request) -> bots.Seen:
    purposes = " ".join(request.headers.get(name, "") for name in _PURPOSES)
    return bots.Seen(request.method, purposes, request.headers.get("user-agent", ""))
