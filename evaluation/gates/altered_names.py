"""A name of the facts that a copy ends otherwise: "Elin March" for Elin Marsh."""

import re
from functools import lru_cache

from evaluation.gates.gate import Copy
from evaluation.gates.text import CACHED_FACTS, plain

_TWO_NAMES = re.compile(r"\b(?=([A-Z][\w'-]+) ([A-Z][\w'-]+))")


def altered_name(token: re.Match[str], text: str, copy: Copy) -> str:
    """The name that a month, a day or another word that may always stand ends, where the facts end it otherwise."""
    first = text[: token.start()].rpartition(" ")[0].rpartition(" ")[2]
    if not first[:1].isupper():
        return ""
    ends = _ends(copy.support + copy.keep).get(first, frozenset())
    if not any(is_one_edit_from(token[0], end) for end in ends) or any(end in text for end in ends):
        return ""
    return f"{first} {token[0]}"


def is_one_edit_from(a: str, b: str) -> bool:
    if a == b:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return a[start + 1 :] == b[start + 1 :] or a[start:] == b[start + 1 :] or a[start + 1 :] == b[start:]


@lru_cache(CACHED_FACTS)
def _ends(texts: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """What follows each first name of the texts."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for first, last in _TWO_NAMES.findall(plain(text)):
            found.setdefault(first, set()).add(last)
    return {first: frozenset(lasts) for first, lasts in found.items()}
