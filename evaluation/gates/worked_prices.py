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
_BECOMES = re.compile(
    r"[^.;!?]*\b(?:becomes?|is|makes?|turns? into|grows? (?:to|into)|means|counts? (?:as|for)|gives?|adds? up to)\b[^.;!?]*"
)
_BILLED_YEARLY = re.compile(
    r"\b(?:billed|paid|charged|invoiced|payable) (?:yearly|annually|once a year|every year|once per year|by the year)\b",
    re.IGNORECASE,
)
_YEARLY = re.compile(r"\b(?:yearly|annual(?:ly)?|(?:a|per|every|each|the) year)\b", re.IGNORECASE)
# A price that is another one at first, later or for more.
_CHANGES = re.compile(
    r"\b(?:first|then|after(?:wards)?|from (?:the |[$€£]?\d)|until|up to|minimum|at least|extra|additional|plus|off|reduced|discount\w*)\b",
    re.IGNORECASE,
)
_STAYED = ("night", "day", "week")
_HALF_A_CENT = 0.006


def is_unit_price(quantity: Quantity, fact: str, text: str) -> bool:
    """ "£2.50 a kilo" for £30 a 12 kg bag, "€2 a marker" for €24 for 12 markers."""
    found = quantities(fact)
    prices = [q for q in found if q.kind == "money" and same_currency(quantity, q)]
    return any(
        math.isclose(quantity.value, price.value / parts, abs_tol=_HALF_A_CENT)
        for price, parts in product(prices, (*_units(quantity, fact), *_pieces(quantity, fact, text)))
    )


def is_price_of_year(quantity: Quantity, fact: str, text: str) -> bool:
    """ "$96, billed once a year" for $8 a month that is billed so; a price that changes or has an end does not add up."""
    if not _BILLED_YEARLY.search(plain(fact)) or not _YEARLY.search(plain(text)) or _CHANGES.search(fact):
        return False
    prices = [q for q in quantities(fact) if q.kind == "money"]
    return (
        len(prices) == 1
        and "month" in prices[0].rates
        and set(quantity.rates) <= {*prices[0].rates, "year"} - {"month"}
        and same_currency(quantity, prices[0])
        and math.isclose(quantity.value, 12 * prices[0].value)
    )


def is_price_of_stay(quantity: Quantity, fact: str, text: str) -> bool:
    """ "Three nights come to €270" for €90 per night: the copy names how many, and every one costs the same."""
    return any(
        math.isclose(quantity.value, times * price.value) and same_currency(quantity, price)
        for times, price in _stays(fact, text)
    )


def is_length_of_stay(quantity: Quantity, fact: str, text: str) -> bool:
    """The three nights of "three nights come to €270"."""
    sums = [q for q in quantities(text) if q.kind == "money"]
    return any(
        math.isclose(quantity.value, times * UNITS[price.rates[0]].factor)
        and quantity.unit == UNITS[price.rates[0]].dimension
        and math.isclose(total.value, times * price.value)
        and same_currency(total, price)
        for times, price in _stays(fact, text)
        for total in sums
    )


def _stays(fact: str, text: str) -> list[tuple[float, Quantity]]:
    """How many nights, days or weeks the copy names, with the price of one."""
    prices = [q for q in quantities(fact) if q.kind == "money"]
    if len(prices) != 1 or len(prices[0].rates) != 1 or _CHANGES.search(fact):
        return []
    unit = UNITS.get(prices[0].rates[0]) if prices[0].rates[0] in _STAYED else None
    return [
        (q.value / unit.factor, prices[0])
        for q in quantities(text)
        if unit
        and q.kind == "measure"
        and q.unit == unit.dimension
        and not q.implied
        and q.value > unit.factor
    ]


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
