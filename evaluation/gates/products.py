"""A price or a number for one, times how many: "twelve months come to £108", "five users make 720 euros a year"."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import math
import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, following_stems, quantities
from evaluation.gates.terms import Term, alike, sentence_of
from evaluation.gates.text import plain, stem
from evaluation.gates.units import UNITS

# A price that is another one at first, later or for more.
_CHANGES = re.compile(
    r"\b(?:first|then|after(?:wards)?|from (?:the |[$€£]?\d)|up to|minimum|at least|extra|additional|plus|off|reduced|discount\w*)\b",
    re.IGNORECASE,
)
_RATE_OF_NOUN = re.compile(r" [a-z-]+ (?:an?|per|each|every) (second|minute|hour|day|week|month)\b")
_YEARLY = re.compile(r"\b(?:yearly|annual(?:ly)?|years?)\b", re.IGNORECASE)
_BILLED_YEARLY = re.compile(
    r"\b(?:billed|paid|charged|invoiced|payable) (?:yearly|annually|once a year|every year|once per year|by the year)\b",
    re.IGNORECASE,
)
_PEOPLE = frozenset("person guest adult child user seat member agent employee".split())
_IN = ("in", "an", "a", "every", "each", "per")
_MONTHS_A_YEAR = 12
_HALF_A_CENT = 0.006


class Product(NamedTuple):
    """What a copy has worked out right: the result's source, and the numbers that it names for it."""

    source: Term
    counts: tuple[Quantity, ...]


class _Times(NamedTuple):
    value: float
    said: Quantity | None = None


def product_of(quantity: Quantity, copy: Copy, pool: list[Term]) -> Product | None:
    """The price of one whose multiple a quantity is, where copy or facts name how many."""
    for source in pool:
        rates = _rates(source) if source.fact else ()
        if not (rates or _is_of_one(source)) or _CHANGES.search(source.clause):
            continue
        if not alike(quantity, source.quantity) or not _counts_the_same(quantity, source, copy):
            continue
        counts = [_times(rate, quantity, source, copy) for rate in rates] or [_pieces(source, copy.text)]
        for times in product(*counts):
            total = source.quantity.value * math.prod(t.value for t in times)
            used = tuple(t.said for t in times if t.said)
            if any(t.value != 1 for t in times) and math.isclose(quantity.value, total, abs_tol=_HALF_A_CENT):
                return Product(source, used)
    return None


def _rates(source: Term) -> tuple[str, ...]:
    """What a number is for; also the minute of "30 pages a minute"."""
    if source.quantity.rates or source.quantity.kind != "count":
        return source.quantity.rates
    found = _RATE_OF_NOUN.match(plain(source.fact), source.quantity.end)
    return (found[1],) if found else ()


def _is_of_one(source: Term) -> bool:
    """ "A lesson costs 35 euros": the only number of its fact."""
    found = [q for q in quantities(source.fact) if not q.implied]
    return source.quantity.kind == "money" and len(found) == 1 and not source.quantity.rates


def _pieces(source: Term, text: str) -> Iterator[_Times]:
    """The four of "four lessons"."""
    thing = content_stems(plain(source.fact)[: source.quantity.start])
    for found in quantities(text):
        counts = found.kind == "count" and found.value > 1 and not found.implied
        if counts and thing & set(following_stems(text, found.end)):
            yield _Times(found.value, found)


def rate_of(quantity: Quantity, copy: Copy, pool: list[Term]) -> Term | None:
    """The yearly price that a monthly one comes to, where the copy has the yearly one too."""
    for source in pool:
        if not source.fact or source.quantity.kind != "money" or not alike(quantity, source.quantity):
            continue
        if _CHANGES.search(source.clause) or not any(
            same_quantity(q, source.quantity) for q in quantities(copy.text)
        ):
            continue
        for rate, own in product(source.quantity.rates, quantity.rates):
            long, short = UNITS.get(rate), UNITS.get(own)
            others = {*source.quantity.rates} - {rate}
            if long and short and long.dimension == short.dimension and {*quantity.rates} - {own} <= others:
                share = source.quantity.value * short.factor / long.factor
                if long.factor > short.factor and math.isclose(quantity.value, share, abs_tol=_HALF_A_CENT):
                    return source
    return None


def _counts_the_same(quantity: Quantity, source: Term, copy: Copy) -> bool:
    """ "300 pages in ten minutes" for 30 pages a minute."""
    if quantity.kind != "count":
        return True
    noun = following_stems(copy.text, quantity.end, 1)
    return not noun or noun[0] in _IN or noun[0] in following_stems(source.fact, source.quantity.end)


def _times(rate: str, quantity: Quantity, source: Term, copy: Copy) -> Iterator[_Times]:
    """How often the price of one is taken: once where the result is for one as well."""
    if rate in quantity.rates:
        yield _Times(1)
        return
    unit = UNITS.get(rate)
    text = plain(copy.text)
    if rate == "month" and ("year" in quantity.rates or _is_of_year(quantity, source, text)):
        yield _Times(_MONTHS_A_YEAR)
    for found in quantities(copy.text):
        if found.implied or found.value <= 1 or found == quantity:
            continue
        if unit and found.kind == "measure" and found.unit == unit.dimension:
            yield _Times(found.value / unit.factor, found)
        elif found.kind == "count" and (_is_counted(rate, found, copy.text) or rate in _PEOPLE):
            yield _Times(found.value, found)
    for found in quantities(source.fact):
        if unit and found.kind == "measure" and found.unit == unit.dimension and not found.implied:
            yield _Times(found.value / unit.factor)
        elif found.kind == "count" and found.value > 1 and _is_counted(rate, found, source.fact):
            yield _Times(found.value)


def _is_counted(rate: str, count: Quantity, text: str) -> bool:
    """ "Seven single days"."""
    return stem(rate) in following_stems(text, count.end)


def _is_of_year(quantity: Quantity, source: Term, text: str) -> bool:
    """Billed once a year, and the copy says so; a year's price that nobody pays at once is named with the monthly one."""
    sentence = sentence_of(quantity, text)
    return _YEARLY.search(sentence) is not None and (
        _BILLED_YEARLY.search(plain(source.fact)) is not None
        or any(same_quantity(q, source.quantity) for q in quantities(text))
    )
