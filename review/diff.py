"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_PARTS = re.compile(r"\s+|[$€£]?\w+(?:['’.,-]\w+)*%?|[^\w\s]")


class Piece(NamedTuple):
    """A stretch of text that both have, or that only the old or the new one has."""

    kind: Literal["same", "removed", "added"]
    text: str


def word_diff(old: str, new: str) -> list[Piece]:
    """The way from one text to the other; both can be read out of it without loss."""
    before, after = _PARTS.findall(old), _PARTS.findall(new)
    pieces: list[Piece] = []
    removed = added = ""
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after, False).get_opcodes():
        gone, come = "".join(before[old_from:old_to]), "".join(after[new_from:new_to])
        # A space between two changed words would cut one change into two.
        if kind == "equal" and not (gone.isspace() and (removed or added)):
            pieces += _changed(removed, added)
            removed = added = ""
            pieces.append(Piece("same", gone))
        else:
            removed, added = removed + gone, added + come
    return pieces + _changed(removed, added)


def _changed(removed: str, added: str) -> list[Piece]:
    if removed == added:
        return [Piece("same", added)] if added else []
    pieces = [Piece("removed", removed), Piece("added", added)]
    return [piece for piece in pieces if piece.text]
