"""What a price comes to after the reduction that a fact states, by how much and by which share it falls."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.terms import Term, alike, clause_of
from evaluation.gates.text import plain
from evaluation.gates.usage import uses

_OFF = re.compile(
    r"(?: [a-z]+)? (?:off|less|cheaper|discount|lower|saved|reduction|saving|knocked|gone)\b", re.IGNORECASE
)
_SAVED = re.compile(
    r"\b(?:sav(?:e|es|ing)(?: of)?|discount of|reduction of|reduced by|takes?|minus|less|knocks?|down by|falls? by|drops? by)(?: you)? $",
    re.IGNORECASE,
)
_REDUCED = re.compile(
    r"\b(?:off|reduc\w+|discount\w*|less|cheaper|sav(?:e|es|ing)|lower|down|cut|drops?|falls?)\b|(?:half|the) price",
    re.IGNORECASE,
)
_INSTEAD_OF = re.compile(
    r"(?: [a-z]+){0,2},? (?:instead of|rather than|down from|\(?was|\(?previously|\(?formerly|\(?normally|\(?usually|\(?not)(?: the)?(?: usual| normal| regular)? ",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:reduced|down|cut|lowered|falls?|drops?|third|quarter|half|fifth|%),? from $", re.IGNORECASE
)
_HALF_A_CENT = 0.006
_NAMED_ALIKE = 2


class Reduction(NamedTuple):
    before: float
    after: float
    price: Term
    fact: str

    @property
    def percent(self) -> float:
        return 100 * (self.before - self.after) / self.before


def follows_from_reduction(quantity: Quantity, copy: Copy, pool: list[Term]) -> bool:
    """ "£12 off and £68 to pay" for 15% off £80, "a quarter off" for 300 instead of 400 euros."""
    return quantity.kind in ("money", "percent") and any(
        _is_result(quantity, cut, plain(copy.text)) and _is_told(quantity, cut, copy)
        for cut in _reductions([*pool, *_known_prices(copy, pool)])
        if quantity.kind == "percent" or alike(quantity, cut.price.quantity)
    )


def _known_prices(copy: Copy, pool: list[Term]) -> list[Term]:
    """The prices of the facts as the copy puts them side by side: "from €12 to €8"."""
    return [
        Term(q, clause_of(q, plain(copy.text)), copy.text)
        for q in quantities(copy.text)
        if q.kind == "money" and any(term.fact and same_quantity(q, term.quantity) for term in pool)
    ]


def _reductions(pool: list[Term]) -> Iterator[Reduction]:
    prices = [term for term in pool if term.fact and term.quantity.kind == "money"]
    for price in prices:
        for cut in pool:
            if cut.quantity.kind == "percent" and _REDUCED.search(cut.clause) and _is_of(cut, price):
                value = price.quantity.value
                yield Reduction(value, value * (1 - cut.quantity.value / 100), price, cut.fact)
        for other in prices:
            if other is not price and _replaces(other, price):
                yield Reduction(price.quantity.value, other.quantity.value, price, price.fact)


def _is_of(cut: Term, price: Term) -> bool:
    """Whether a percentage is of that price: in its fact, or in one on the same thing."""
    return bool(cut.fact) and (
        cut.fact == price.fact or len(content_stems(cut.fact) & content_stems(price.fact)) >= _NAMED_ALIKE
    )


def _replaces(after: Term, before: Term) -> bool:
    """ "300 euros instead of 400 euros", "reduced from £40 to £30"."""
    if after.fact != before.fact or not alike(after.quantity, before.quantity):
        return False
    text, new, old = plain(after.fact), after.quantity, before.quantity
    if new.end <= old.start:
        return _INSTEAD_OF.fullmatch(text[new.end : old.start]) is not None
    return _FROM.search(text[: old.start]) is not None and text[old.end : new.start] == " to "


def _is_result(quantity: Quantity, cut: Reduction, text: str) -> bool:
    if quantity.kind == "percent":
        return math.isclose(quantity.value, cut.percent, abs_tol=0.01)
    saves = _OFF.match(text, quantity.end) or _SAVED.search(text[: quantity.start])
    return math.isclose(quantity.value, cut.before - cut.after if saves else cut.after, abs_tol=_HALF_A_CENT)


def _is_told(quantity: Quantity, cut: Reduction, copy: Copy) -> bool:
    """The copy names the price before or the share, and what the fact ties the reduction to is looked at elsewhere."""
    if quantity.kind == "percent":
        return _REDUCED.search(clause_of(quantity, plain(copy.text))) is not None
    said = quantities(copy.text)
    before = any(same_quantity(q, cut.price.quantity) for q in said)
    share = any(q.kind == "percent" and math.isclose(q.value, cut.percent, abs_tol=0.01) for q in said)
    after = any(q.kind == "money" and math.isclose(q.value, cut.after, abs_tol=_HALF_A_CENT) for q in said)
    return (before or share or after) and uses(copy.text, cut.fact, copy.facts)
