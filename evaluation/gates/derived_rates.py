"""How often and for how much: "ten an hour" for every six minutes, "£20 pays for eight" where £5 pays for two."""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import permutations, product

from evaluation.gates.bounded import bounded_quantities
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, following_stems, quantities
from evaluation.gates.terms import alike, as_money, sentence_of
from evaluation.gates.text import CACHED_FACTS, plain
from evaluation.gates.units import UNITS, Unit

_FOR_EACH = re.compile(r"\b(?:each|every|per|apiece|an?)\b", re.IGNORECASE)
_ONE_UNIT = re.compile(r"\b(?:every|each|per|an?) ([a-z]{3,})\b", re.IGNORECASE)
_SCALED = ("money", "measure", "count")
_EVERY = re.compile(r"\b(?:every|each) (?:single )?$", re.IGNORECASE)
_IN_A_UNIT = re.compile(
    r"(?: [\w'-]+){0,4}? (?:an?|per|every|each) (second|minute|hour|day|week|month|year)\b", re.IGNORECASE
)


@lru_cache(CACHED_FACTS)
def usable(facts: tuple[str, ...]) -> tuple[Quantity, ...]:
    """The quantities with which a copy may calculate: no limit, and nothing such as "a month"."""
    return tuple(
        as_money(b.quantity, fact)
        for fact in facts
        for b in bounded_quantities(fact)
        if b.bound not in ("most", "least") and not b.quantity.implied
    )


def is_pace(q: Quantity, copy: Copy) -> bool:
    """ "Ten trams an hour" for every six minutes, and "every six minutes" for ten an hour."""
    text = plain(copy.text)
    if q.kind == "count":
        said = _IN_A_UNIT.match(text, q.end)
        unit = UNITS[said[1].lower()] if said else None
        return unit is not None and any(
            unit.dimension == every.unit and math.isclose(q.value * every.value, unit.factor)
            for fact in copy.facts
            for every in _intervals(fact)
        )
    return (
        q.kind == "measure"
        and _EVERY.search(text[: q.start]) is not None
        and any(
            unit.dimension == q.unit and math.isclose(q.value * times, unit.factor)
            for fact in copy.facts
            for times, unit in _paces(fact)
        )
    )


def _intervals(fact: str) -> Iterator[Quantity]:
    return (q for q in quantities(fact) if q.kind == "measure" and _EVERY.search(plain(fact)[: q.start]))


def _paces(fact: str) -> Iterator[tuple[float, Unit]]:
    text = plain(fact)
    for q in quantities(fact):
        if q.kind in ("count", "multiple") and (said := _IN_A_UNIT.match(text, q.end)):
            yield q.value, UNITS[said[1].lower()]


def is_proportional(q: Quantity, ours: list[Quantity], copy: Copy) -> bool:
    """ "£20 pays for eight meals" where £5 pays for two: both by the same whole number."""
    if q.rates:
        return False
    text = plain(copy.text)
    sentence = sentence_of(q, text)
    beside = [other for other in ours if other != q and sentence_of(other, text) == sentence]
    return any(
        _scales(q, mine, other, theirs)
        for other, (mine, theirs) in product(beside, _linear_pairs(copy.facts))
        if _same_noun(q, mine, copy) and _same_noun(other, theirs, copy)
    )


def _scales(q: Quantity, mine: Quantity, other: Quantity, theirs: Quantity) -> bool:
    if not (alike(q, mine) and alike(other, theirs) and mine.value > 0 and theirs.value > 0):
        return False
    times = q.value / mine.value
    whole = round(max(times, 1 / times)) if times else 0
    return (
        whole > 1
        and math.isclose(max(times, 1 / times), whole)
        and math.isclose(other.value / theirs.value, times)
    )


@lru_cache(CACHED_FACTS)
def _linear_pairs(facts: tuple[str, ...]) -> tuple[tuple[Quantity, Quantity], ...]:
    """Two quantities of one fact that says "every" or "per" and sets no limit; also the one litre of "every litre"."""
    return tuple(
        pair
        for fact in facts
        if _FOR_EACH.search(plain(fact))
        for pair in permutations(
            [*(q for q in usable((fact,)) if q.kind in _SCALED and q.unit != "ordinal"), *_ones(fact)], 2
        )
        if not (pair[0].kind == pair[1].kind == "money")
    )


def _ones(fact: str) -> Iterator[Quantity]:
    for found in _ONE_UNIT.finditer(plain(fact)):
        unit = UNITS.get(found[1].lower())
        if unit:
            yield Quantity("measure", unit.factor, unit.dimension, found[0], found.start(), found.end())


def _same_noun(ours: Quantity, theirs: Quantity, copy: Copy) -> bool:
    if ours.kind != "count":
        return True
    noun = set(following_stems(copy.text, ours.end, 3)) - FUNCTION_STEMS
    return any(
        q == theirs and noun & set(following_stems(fact, q.end, 3))
        for fact in copy.facts
        for q in quantities(fact)
    )
