"""Facts that only qualify another one: "The offer ends on Sunday", "The discount cannot be used on alcohol"."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache

from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.rare_patterns import SHARED
from evaluation.gates.text import CACHED_TEXTS, plain, stem

_QUALIFIES = SHARED.compile(
    r"\b(?:ends?|closes?|expires?|valid|cannot|can't|(?:not|never) (?:allowed|available|valid|included|served|covered|eligible|apply|be)|must|only|applies|apply|available (?:to|for|on|in|at)|restricted|excludes?|exclud\w+|"
    r"requires?|until|except)\b",
    re.IGNORECASE,
)
_ANY_OFFER = frozenset(
    stem(w) for w in "offer discount deal promotion voucher coupon price saving sale reduction".split()
)
_SUBJECT_WORDS = 3


@lru_cache(CACHED_TEXTS)
def qualifies(fact: str, other: str) -> bool:
    """Whether a fact is a condition of another: it limits, and its subject is the other's or simply "the offer"."""
    if _QUALIFIES.search(plain(fact)) is None:
        return False
    subject = _subject(fact)
    pointing = plain(fact).lower().startswith(("the ", "this ", "these ", "it ", "they ", "all ", "each "))
    return (bool(subject & content_stems(other)) and pointing) or bool(subject & _ANY_OFFER)


def _subject(fact: str) -> frozenset[str]:
    """The content stems of the first words, before the verb as far as a word list can tell."""
    head = re.split(
        r"\b(?:is|are|was|ends?|closes?|expires?|can|cannot|can't|must|does|do|applies|apply|may|will|has|have|runs?|lasts?|requires?|excludes?)\b",
        plain(fact), maxsplit=1, flags=re.IGNORECASE,
    )[0]  # fmt: skip
    found = [s for s in (stem(w) for w in re.findall(r"[a-z']+", head.lower())) if s not in FUNCTION_STEMS]
    return frozenset(found[:_SUBJECT_WORDS])
