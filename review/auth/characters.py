"""Control characters: no text of ours holds any, and PostgreSQL stores neither NUL nor half a surrogate pair."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import HTTPException, Request

from review.auth.csrf import FORMS

#: All but tab, line feed and carriage return; a lone surrogate is what JSON can smuggle into a text of Python.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


async def refuse_control(request: Request) -> None:
    """422 for a request whose path, query, form or JSON holds a control character."""
    sent = [request.scope["path"], request.query_params.multi_items(), await _body(request)]
    if any(_CONTROL.search(text) for text in _texts(sent)):
        raise HTTPException(
            422, "What you sent holds a control character; type it again instead of pasting it."
        )


async def _body(request: Request) -> Any:
    """The body, which FastAPI has read already; None where it is neither a form nor JSON."""
    if request.headers.get("content-type", "").lower().startswith(FORMS):
        return (await request.form()).multi_items()
    try:
        return await request.json()
    except ValueError:
        return None


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts(list(value.items()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
