"""Gate: no superlative, promise, scarcity, health, environment or quality claim that the facts do not make."""

from functools import lru_cache
from typing import Any

import re2

from evaluation.gates.claim_words import FAMILIES, INNOCENT, Family
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import CACHED_TEXTS, plain, stems

GATE = "claims"

# One pass of RE2 over the copy finds the longest words of all families.
_LONGEST = re2.Options()
_LONGEST.longest_match = True
_ANY = re2.compile(r"\b(?:" + "|".join(f.words for f in FAMILIES) + r")\b", _LONGEST)
_WHOLE: list[tuple[Family, Any]] = [(f, re2.compile(f.words)) for f in FAMILIES]
_CARRIERS: dict[str, Any] = {
    f.name: re2.compile(rf"\b(?:{f.words}{'|' + f.carriers if f.carriers else ''})\b") for f in FAMILIES
}
_ASKED: dict[str, Any] = {f.name: re2.compile(rf"\b(?:{f.asked_when})\b") for f in FAMILIES if f.asked_when}
_INNOCENT = re2.compile(rf"\b(?:{INNOCENT})\b")


def check_claims(copy: Copy, policy: Policy) -> Verdict:
    text = _INNOCENT.sub(" - ", plain(copy.text).lower())
    facts = (*copy.facts, *copy.keep, *policy.lexicon)
    for match in _ANY.finditer(text):
        found = match.group(0)
        family = _family(found)
        if family.asked_when and not _asked(family.name, copy.facts):
            continue
        if not _carried(family, found, facts, copy.audience):
            return refuses(GATE, f'"{found}" is a claim ({family.name}) that no fact makes.')
    return passes(GATE)


@lru_cache(CACHED_TEXTS)
def _family(found: str) -> Family:
    return next(family for family, words in _WHOLE if words.fullmatch(found))


def _carried(family: Family, found: str, facts: tuple[str, ...], audience: str) -> bool:
    if family.support == "any":
        return any(_speaks(family.name, text) for text in facts)
    return set(stems(found)) <= _known_stems((*facts, audience))


@lru_cache(CACHED_TEXTS)
def _asked(family: str, facts: tuple[str, ...]) -> bool:
    return any(_ASKED[family].search(plain(fact).lower()) for fact in facts)


@lru_cache(CACHED_TEXTS)
def _speaks(family: str, text: str) -> bool:
    return _CARRIERS[family].search(plain(text).lower()) is not None


@lru_cache(CACHED_TEXTS)
def _known_stems(support: tuple[str, ...]) -> frozenset[str]:
    return frozenset(s for text in support for s in stems(text))
