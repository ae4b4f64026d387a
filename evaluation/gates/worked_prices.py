"""Prices that follow from a fact: of one where it has the price of several, and an amount that it doubles."""

import math
import re
from itertools import product

from evaluation.gates.equal_quantities import same_currency
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.quantities import Quantity, following_stems, quantities
from evaluation.gates.text import plain
from evaluation.gates.units import UNITS

_PER = re.compile(r",? (?:an?|per|each|for each|for every|every) (?=[a-z])", re.IGNORECASE)
# "£1.40 a pop": one of whatever the fact counts.
_A_POP = re.compile(r",? (?:a (?:pop|go|piece|time|throw)|each|apiece)\b", re.IGNORECASE)
_BECOMES = re.compile(
    r"[^.;!?]*\b(?:becomes?|is|makes?|turns? into|grows? (?:to|into)|means|counts? (?:as|for)|gives?|adds? up to)\b[^.;!?]*"
)
_HALF_A_CENT = 0.006


def is_unit_price(quantity: Quantity, fact: str, text: str) -> bool:
    """ "£2.50 a kilo" for £30 a 12 kg bag, "€2 a marker" for €24 for 12 markers."""
    found = quantities(fact)
    prices = [q for q in found if q.kind == "money" and same_currency(quantity, q)]
    return any(
        math.isclose(quantity.value, price.value / parts, abs_tol=_HALF_A_CENT)
        for price, parts in product(prices, (*_units(quantity, fact), *_pieces(quantity, fact, text)))
    )


def _units(quantity: Quantity, fact: str) -> list[float]:
    """How often a size of the fact holds the unit of a price."""
    units = [UNITS[rate] for rate in quantity.rates if rate in UNITS]
    return [
        size.value / unit.factor
        for size, unit in product(quantities(fact), units)
        if size.kind == "measure" and size.unit == unit.dimension and size.value
    ]


def _pieces(quantity: Quantity, fact: str, text: str) -> list[float]:
    """How many a fact counts of what a price is for."""
    per = _PER.match(plain(text), quantity.end)
    named = following_stems(text, per.end(), 1) if per else []
    if _A_POP.match(plain(text), quantity.end):
        return [
            q.value for q in quantities(fact) if q.kind == "count" and q.value > 1 and q.unit != "ordinal"
        ]
    return [
        q.value
        for q in quantities(fact)
        if q.kind == "count"
        and q.value > 1
        and (set(named) - FUNCTION_STEMS) & set(following_stems(fact, q.end))
    ]


def is_example(quantity: Quantity, fact: str, text: str) -> bool:
    """ "£10 becomes £20" where a fact doubles what is given."""
    times = [q.value for q in quantities(fact) if q.kind == "multiple"]
    amounts = [q for q in quantities(text) if q.kind == "money" and q.unit == quantity.unit] if times else []
    return any(
        quantity in (less, more)
        and less.start < more.start
        and math.isclose(less.value * factor, more.value)
        and _BECOMES.fullmatch(plain(text)[less.end : more.start]) is not None
        for less, more, factor in product(amounts, amounts, times)
    )
