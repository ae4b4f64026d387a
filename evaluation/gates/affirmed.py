"""What a fact denies and a copy affirms beside another denial: "no milk, and nut-free too"."""

import re
from collections import Counter
from functools import lru_cache

from evaluation.gates.carried import root
from evaluation.gates.gate import Copy
from evaluation.gates.negation_words import SOFT
from evaluation.gates.rare_patterns import SHARED
from evaluation.gates.text import CACHED_FACTS, plain, stem

_IS_NOT = SHARED.compile(
    r"\b(?:(?:is|are|it's|they're) (?:not|never)|isn't|aren't) (?:also |yet |fully |quite |certified )?(?P<word>[a-z]+(?:-[a-z]+)*)(?=[.,;:!]|$| (?:and|but)\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_PART = re.compile(r"(?P<end>[.;:!?](?: |$))|,? (?:and|but|plus|yet|or|though|while) |, | - ")
# "Waterproof it is not" denies after the word, "neither vegan, nor gluten-free" goes on denying.
_GOES_ON = re.compile(r"(?:,? or|,) $")


def affirmed_fault(copy: Copy) -> str:
    """A sentence on a quality that a fact denies and a part of the copy affirms; empty when none."""
    for word in _denied(copy.facts):
        if word.search(copy.text) and (part := _affirming(word, plain(copy.text))):
            return f'The copy says "{part}"; the fact denies it.'
    return ""


@lru_cache(CACHED_FACTS)
def _denied(facts: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """The qualities that a fact denies and no fact affirms in any form."""
    shown = plain(" ".join(facts))
    qualities = (
        [found["word"] for found in _IS_NOT.finditer(shown)] if "n't" in shown or "not" in shown else []
    )
    if not qualities:
        return ()
    forms = Counter(root(stem(word)) for word in _WORD.findall(shown.lower()))
    return tuple(
        re.compile(rf"\b{re.escape(quality)}\b", re.IGNORECASE)
        for quality in qualities
        if forms[root(stem(quality.lower()))] == 1
    )


def _affirming(word: re.Pattern[str], text: str) -> str:
    """The part of the copy that has the word, no denial and none after it in its sentence."""
    start, before = 0, ""
    for end in (*_PART.finditer(text), None):
        upto = end.start() if end else len(text)
        part, mark = text[start:upto], end["end"] if end else "."
        if word.search(part) and not _is_denied(word, part, before, text[upto:], mark):
            return part.strip()
        if end:
            start, before = end.end(), "" if end["end"] else text[start : end.end()]
    return ""


def _is_denied(word: re.Pattern[str], part: str, before: str, rest: str, mark: str | None) -> bool:
    if mark and mark.startswith("?"):
        return True
    if SOFT.search(word.sub("", part)) or (_GOES_ON.search(before) and SOFT.search(before)):
        return True
    return SOFT.search(re.split(r"[.;:!?](?: |$)", rest, maxsplit=1)[0]) is not None
