"""What the webhooks of mail providers have in common: how our mails are known, and what of an event is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from publishing.events.told import MOST_RAW
from publishing.message_names import message_name, read_message_id

#: The custom argument or variable that names a publication, where our own mail channel does not send.
ARGUMENT = "surmesure"

#: Seconds after which a request is stale. Providers try for hours and may keep the first timestamp; whoever sends one
#: again changes nothing, as events have ids.
STALE = 86_400 + 300

_MOST_LINK = 500


def is_text(value: object) -> bool:
    """Whether it is a text that both databases can hold: no half of a character, and no NUL."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return not any("\ud800" <= char <= "\udfff" for char in value)


#: What is no text counts as missing: one odd field must not hold up the events beside it.
#: Seconds of a clock; JSON as others write it may hold NaN.
Finite = Annotated[float, Field(allow_inf_nan=False)]
MaybeText = Annotated[str | None, BeforeValidator(lambda value: value if is_text(value) else None)]


def name_of(argument: object, message_id: str | None) -> str | None:
    """How an event names a publication, in the form of `Told.receipt`; None when it is about a mail of somebody else."""
    if isinstance(argument, str) and is_text(argument) and 0 < len(argument) <= 200:
        return argument
    bare = (message_id or "").strip().removeprefix("<").removesuffix(">")
    name = read_message_id(f"<{bare}>")
    return message_name(*name) if name is not None else None


def link_of(url: str | None, our_host: str | None) -> str | None:
    """Where a click led, without what may be personal in it; None for a link of our own, whose clicks we count ourselves."""
    try:
        parts = urlsplit(url or "")
        host = parts.hostname
    except ValueError:
        return ""
    if host is not None and host == our_host:
        return None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:_MOST_LINK] if host else ""


def raw_of(event: Mapping[str, Any]) -> str:
    """An event as it is kept when it cannot be taken; without addresses and words, which name people."""
    kept = {name: value for name, value in event.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False)[:MOST_RAW]
