"""What a copy works out from the quantities of its facts: differences, products, shares, reductions, areas, other units."""

import math
import re
from functools import lru_cache
from itertools import combinations

from evaluation.gates.conversions import is_converted
from evaluation.gates.differences import is_difference
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.gate import Copy
from evaluation.gates.products import product_of, rate_of
from evaluation.gates.quantities import Quantity, following_stems, numbers_of, quantities, rates_end
from evaluation.gates.reductions import follows_from_reduction
from evaluation.gates.terms import Term, as_money, clause_of, terms
from evaluation.gates.text import CACHED_FACTS, plain

_BY = re.compile(r" (?:long )?(?:by|x|and|times)(?: about)? ")
_EACH = re.compile(
    r"\b(?:each|every|apiece|per|rows?|columns?|layers?|(?:in|to) (?:a|each))\b", re.IGNORECASE
)
_INSTEAD_OF = re.compile(
    r"\b(?:instead of|rather than|not|(?:up|down) from)(?: just| only)? $", re.IGNORECASE
)
_SQUARE_MILLIMETRES = 1_000_000
# A second reading finds what an earlier number takes from a later one.
_READINGS = 2


def is_worked_out(quantity: Quantity, copy: Copy) -> bool:
    """Whether the facts make a quantity of the copy come to just that."""
    return quantity in _worked_out(copy)


def with_rates_of_facts(copy: Copy) -> str:
    """The text with each price for another time than the fact's in the words of the fact: "100 euros a month" for "1,200 euros a year"."""
    text, pool = plain(copy.text), list(terms(copy.facts))
    for own in reversed(quantities(copy.text)):
        quantity = as_money(own, text)
        if own.implied or quantity.kind != "money" or _is_known(quantity, pool):
            continue
        made = product_of(quantity, copy, pool)
        source = made.source if made else rate_of(quantity, copy, pool)
        if source and quantity.rates:
            text = (
                text[: own.start]
                + _with_rates(source.quantity, plain(source.fact))
                + text[rates_end(text, own.end) :]
            )
    return text


def _with_rates(quantity: Quantity, text: str) -> str:
    return text[quantity.start : rates_end(text, quantity.end)]


@lru_cache(CACHED_FACTS)
def _worked_out(copy: Copy) -> frozenset[Quantity]:
    """The quantities that follow from the facts, and the numbers by which the copy multiplies them."""
    text = plain(copy.text)
    pool, found = list(terms(copy.facts)), set[Quantity]()
    strange = [(q, as_money(q, text)) for q in quantities(copy.text) if not q.implied]
    strange = [(own, quantity) for own, quantity in strange if not _is_known(quantity, pool)]
    for _ in range(_READINGS):
        for own, quantity in strange:
            if own in found:
                continue
            made = product_of(quantity, copy, pool)
            if made or _follows(quantity, text, copy, pool):
                found.update({own, *(made.counts if made else ())})
                pool.append(Term(quantity, clause_of(quantity, text), ""))
    return frozenset(found)


def _follows(quantity: Quantity, text: str, copy: Copy, pool: list[Term]) -> bool:
    return (
        is_difference(quantity, text, pool)
        or follows_from_reduction(quantity, copy, pool)
        or rate_of(quantity, copy, pool) is not None
        or is_converted(quantity, copy.text, copy.facts)
        or _is_area(quantity, copy.facts)
        or _is_short_for(quantity, text, copy)
    )


def _is_known(quantity: Quantity, pool: list[Term]) -> bool:
    return any(
        same_quantity(quantity, term.quantity) and set(quantity.rates) <= set(term.quantity.rates)
        for term in pool
    )


def _is_area(quantity: Quantity, facts: tuple[str, ...]) -> bool:
    """ "Six square metres" for 3 by 2 metres."""
    return quantity.unit == "area" and any(
        math.isclose(quantity.value, a.value * b.value / _SQUARE_MILLIMETRES, rel_tol=1e-6)
        for fact in facts
        for a, b in combinations(quantities(fact), 2)
        if a.kind == b.kind == "measure"
        and a.unit == b.unit == "length"
        and (a.start == b.start or _BY.fullmatch(plain(fact)[a.end : b.start]))
    )


def _is_short_for(quantity: Quantity, text: str, copy: Copy) -> bool:
    """The "eight bits each" of "24 bits in 3 rows of 8", the eleven cubic metres of "the Swift has 6, the Tern 11"."""
    if quantity.kind not in ("count", "measure"):
        return False
    noun = following_stems(copy.text, quantity.end, 1)
    if quantity.kind == "measure" and quantity.unit != "bit":
        return any(_is_bare(quantity, fact) for fact in copy.facts)
    return _EACH.search(clause_of(quantity, text)) is not None and any(
        bare.kind == "count"
        and bare.value in numbers_of(quantity)
        and not following_stems(fact, bare.end, 1)
        and (
            quantity.kind == "measure"
            or any(noun and noun[0] in following_stems(fact, q.end) for q in quantities(fact))
        )
        for fact in copy.facts
        for bare in quantities(fact)
    )


def _is_bare(quantity: Quantity, fact: str) -> bool:
    """A number without its noun, after another of the same unit; not the one of "three years instead of one"."""
    found, text = quantities(fact), plain(fact)
    return any(
        bare.kind == "count"
        and not _INSTEAD_OF.search(text[: bare.start])
        and bare.value in numbers_of(quantity)
        and not following_stems(fact, bare.end, 1)
        and any(
            named.unit == quantity.unit
            and named.kind == "measure"
            and named.end < bare.start
            and math.isclose(quantity.value / bare.value, named.value / numbers_of(named)[0])
            for named in found
            if numbers_of(named) and bare.value
        )
        for bare in found
    )
