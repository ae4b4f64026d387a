"""Gate: no superlative, promise, scarcity, health, environment or quality claim that the facts do not make."""

from functools import lru_cache
from typing import Any

import re2

from evaluation.gates.claim_words import FAMILIES, INNOCENT, Family
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import CACHED_TEXTS, plain, stems

GATE = "claims"

# One pass of RE2 over the copy finds whether any family speaks; only then is each asked.
_ANY = re2.compile(r"\b(?:" + "|".join(f.words for f in FAMILIES) + r")\b")
_WORDS: dict[str, Any] = {f.name: re2.compile(rf"\b(?:{f.words})\b") for f in FAMILIES}
_CARRIERS: dict[str, Any] = {
    f.name: re2.compile(rf"\b(?:{f.words}{'|' + f.carriers if f.carriers else ''})\b") for f in FAMILIES
}
_ASKED: dict[str, Any] = {f.name: re2.compile(rf"\b(?:{f.asked_when})\b") for f in FAMILIES if f.asked_when}
_INNOCENT = re2.compile(rf"\b(?:{INNOCENT})\b")


def check_claims(copy: Copy, policy: Policy) -> Verdict:
    text = _INNOCENT.sub(" - ", plain(copy.text).lower())
    if _ANY.search(text) is None:
        return passes(GATE)
    support = (*copy.support, *copy.keep, *policy.lexicon)
    for family in FAMILIES:
        if family.asked_when and not _asked(family.name, copy.facts):
            continue
        for found in _WORDS[family.name].finditer(text):
            if not _carried(family, found.group(0), support):
                return refuses(GATE, f'"{found.group(0)}" is a claim ({family.name}) that no fact makes.')
    return passes(GATE)


def _carried(family: Family, found: str, support: tuple[str, ...]) -> bool:
    if family.support == "any":
        return any(_speaks(family.name, text) for text in support)
    return set(stems(found)) <= _known_stems(support)


@lru_cache(CACHED_TEXTS)
def _asked(family: str, facts: tuple[str, ...]) -> bool:
    return any(_ASKED[family].search(plain(fact).lower()) for fact in facts)


@lru_cache(CACHED_TEXTS)
def _speaks(family: str, text: str) -> bool:
    return _CARRIERS[family].search(plain(text).lower()) is not None


@lru_cache(CACHED_TEXTS)
def _known_stems(support: tuple[str, ...]) -> frozenset[str]:
    return frozenset(s for text in support for s in stems(text))
