"""A text in pieces: which sentence each belongs to, and where a keep phrase of a fact stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple


class Piece(NamedTuple):
    """A stretch of a text."""

    text: str
    kept: bool


class Stretch(NamedTuple):
    """A sentence in pieces; `number` is its place among the sentences, None for what stands between them."""

    number: int | None
    pieces: list[Piece]


def stretches(text: str, sentences: Sequence[str], keep: Collection[str]) -> list[Stretch]:
    """The whole text in order; a sentence that is not found in it is left out, no character is."""
    found: list[Stretch] = []
    at = 0
    for number, sentence in enumerate(sentences):
        start = text.find(sentence, at) if sentence else -1
        if start < 0:
            continue
        if start > at:
            found.append(Stretch(None, [Piece(text[at:start], False)]))
        at = start + len(sentence)
        found.append(Stretch(number, mark_kept(sentence, keep)))
    if at < len(text):
        found.append(Stretch(None, mark_kept(text[at:], keep)))
    return found


def mark_kept(text: str, keep: Collection[str]) -> list[Piece]:
    """The text cut at keep phrases, as whole words in any case; of two that overlap the longer one wins."""
    phrases = sorted({phrase for phrase in keep if phrase.strip()}, key=len, reverse=True)
    if not phrases:
        return [Piece(text, False)]
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, phrases))})(?!\w)", re.IGNORECASE)
    parts = pattern.split(text)
    return [Piece(part, place % 2 == 1) for place, part in enumerate(parts) if part]
