"""Message-IDs of our mails: what comes back names its publication, and nobody can guess the name of another's mail."""

from __future__ import annotations

import re
from typing import NamedTuple

_STAMP = 24
_OURS = re.compile(rf"<([0-9]{{1,18}})\.([0-9a-f]{{{_STAMP}}})@[^<>@\s]+>")


class MessageName(NamedTuple):
    """What the Message-ID of one of our mails says."""

    publication_id: int
    #: the beginning of `rendered_hash`
    stamp: str


def message_name(publication_id: int, rendered_hash: str) -> str:
    """What stands before the @."""
    return f"{publication_id}.{rendered_hash[:_STAMP]}"


def read_message_id(header: str) -> MessageName | None:
    """The name in a Message-ID; None when it is none of ours."""
    found = _OURS.fullmatch(header.strip())
    return MessageName(int(found[1]), found[2]) if found else None
