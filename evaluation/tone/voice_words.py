"""The words that give a voice away, and where a text uses them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from evaluation.gates.text import words

FILE = Path(__file__).with_name("voice_words.txt")


class FoundWord(NamedTuple):
    """A word or phrase of the list in a text; `kind` is one of `KINDS`."""

    kind: str
    phrase: str


Phrases = dict[str, list[tuple[tuple[str, ...], str]]]


def _read(text: str) -> Phrases:
    """By first word the phrases that it may begin, the longest first, each with its kind."""
    found: dict[str, dict[tuple[str, ...], str]] = {}
    for section in text.split("\n[")[1:]:
        kind, _, listed = section.partition("]\n")
        for phrase in " ".join(listed.split()).split(", "):
            said = words(phrase)
            found.setdefault(said[0], {}).setdefault(said, kind)
    return {
        first: sorted(phrases.items(), key=lambda item: -len(item[0])) for first, phrases in found.items()
    }


_PHRASES = _read(FILE.read_text(encoding="utf-8"))

#: The kinds of words; "doubtful" ones are off voice in some company only.
KINDS: tuple[str, ...] = tuple(sorted({kind for phrases in _PHRASES.values() for _, kind in phrases}))


def voice_words(said: Sequence[str], allowed: str = "") -> list[FoundWord]:
    """The listed words and phrases among the words of a text, in their order, each place counted once.

    A phrase that stands in `allowed` (see `allowed_words`) is left out, and so is a word of which another form does: where a
    fact gives a guarantee, the copy may say guaranteed.
    """
    found: list[FoundWord] = []
    start = 0
    while start < len(said):
        phrase, kind = _longest_at(said, start)
        if kind and not any(f" {form} " in allowed for form in _forms(phrase)):
            found.append(FoundWord(kind, " ".join(phrase)))
        start += max(1, len(phrase))
    return found


def allowed_words(texts: Iterable[str]) -> str:
    """What a copy may say because a fact or the brand says it: the words of the texts between single spaces."""
    return "".join(f" {' '.join(words(text))} " for text in texts)


def _forms(phrase: tuple[str, ...]) -> list[str]:
    said = " ".join(phrase)
    stems = [said.removesuffix(ending) for ending in ("d", "s")] if len(phrase) == 1 else [said]
    return [said, *stems, *(f"{said}{ending}" for ending in ("d", "s") if len(phrase) == 1)]


def _longest_at(said: Sequence[str], start: int) -> tuple[tuple[str, ...], str]:
    for phrase, kind in _PHRASES.get(said[start], ()):
        if len(phrase) == 1 or tuple(said[start : start + len(phrase)]) == phrase:
            return phrase, kind
    return (), ""
