"""Other brands in a copy, however they are spelled."""

import re
from functools import lru_cache

from evaluation.gates.common_words import COMMON_WORDS
from evaluation.gates.gate import Copy, Policy
from evaluation.gates.text import plain, skeleton

_PART = re.compile(r"[^\W_]+")
_AS_DIGITS = {"o": "o0", "i": "i1l", "l": "l1i", "e": "e3", "a": "a4@", "s": "s5$", "t": "t7"}
#: Shorter names would be found inside ordinary words when they are split.
_LONG_ENOUGH = 6


def competitor_named(copy: Copy, policy: Policy) -> str:
    """The competitor that the copy names, or ''.

    A fact that holds the name word for word allows it: legal has approved that comparison. The audience never does.
    """
    if not policy.competitors:
        return ""
    folded = skeleton(copy.text)
    if _any(policy.competitors).search(folded) is None:
        return ""
    for name in policy.competitors:
        if names_competitor(copy.text, name) and not any(_stands_in(name, fact) for fact in copy.facts):
            return name
    return ""


def names_competitor(text: str, name: str) -> bool:
    """Whether a text names it, with any case, spaces, hyphens, accents, look-alike letters or a possessive.

    A name that is also an ordinary word ("Target") counts only with a capital inside a sentence.
    """
    if re.search(_spelled(name), skeleton(text)) is None:
        return False
    if not _is_ordinary(name):
        return True
    written = f"(?:{re.escape(plain(name))}|{re.escape(plain(name).upper())})"
    return re.search(rf"[^\W_],? {written}(?!\w)|(?<!\w){written}'s\b", plain(text)) is not None


def _stands_in(name: str, fact: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(plain(name))}(?!\w)", plain(fact)) is not None


def _is_ordinary(name: str) -> bool:
    return all(
        part in COMMON_WORDS or part.removesuffix("s") in COMMON_WORDS for part in _PART.findall(name.lower())
    )


@lru_cache(64)
def _any(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_spelled(name) for name in names))


@lru_cache(1024)
def _spelled(name: str) -> str:
    """A pattern over skeletons: letters as they are, told by digits, or set apart; "&" and "and" are one."""
    parts = _PART.findall(re.sub(r"\s*[&+]\s*", " and ", re.sub(r"'s\b", "", skeleton(name))))
    inside = r"[\s-]?" if len("".join(parts)) >= _LONG_ENOUGH else ""
    whole = r"[\W_]{0,3}".join(
        r"(?:and|&|\+|n)" if part == "and" else _letters(part, inside) for part in parts
    )
    apart = r"[\W_]{1,2}".join(map(re.escape, "".join(parts)))
    return rf"(?<![^\W_])(?:{whole}|{apart})(?:'?s)?(?![^\W_])"


def _letters(part: str, between: str) -> str:
    return between.join(f"[{re.escape(_AS_DIGITS[c])}]" if c in _AS_DIGITS else re.escape(c) for c in part)
