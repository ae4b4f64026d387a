"""How many of how many: "one in four" for 10 of 40, "300 of 400" for 75%, "the remaining hundred"."""

import math
import re

from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.quantity_values import number
from evaluation.gates.terms import clause_of
from evaluation.gates.text import plain
from evaluation.gates.units import LARGE_WORDS, NUMBER_WORDS

_NUMBER = rf"\d+|{'|'.join([*NUMBER_WORDS, *LARGE_WORDS])}"
_OUT_OF = re.compile(
    rf"\b({_NUMBER})(?: [a-z]+)? (?:in|out of|of|from)(?: every)? ({_NUMBER})\b", re.IGNORECASE
)
_WHOLE_LEAD = re.compile(r"\b(?:of|among) (?:(?:the|its|our|their|all|every) ){0,2}$", re.IGNORECASE)
_REST = re.compile(r"\b(?:remaining|rest|other|others|left|remainder)\b", re.IGNORECASE)
_SHARE_OF = re.compile(r" of\b")
_ABOUT = re.compile(r"\b(?:about|around|roughly|nearly|almost|over|just under|more than) $", re.IGNORECASE)
_EXACT, _ROUNDED = 0.002, 0.02


def is_share(quantity: Quantity, text: str, facts: tuple[str, ...]) -> bool:
    """Whether a count or a percentage says the share that a fact states, or the number which that share comes to."""
    if quantity.kind == "percent":
        near = _ROUNDED if _ABOUT.search(text[: quantity.start]) else _EXACT
        told = quantity.unit == "of" or _SHARE_OF.match(text, quantity.end)
        return told is not None and any(
            math.isclose(quantity.value / 100, part / whole, abs_tol=near)
            for fact in facts
            for part, whole in _counted(fact)
        )
    if quantity.kind != "count" or quantity.implied:
        return False
    return _is_of_ratio(quantity, text, facts) or _is_part(quantity, text, facts)


def _is_of_ratio(quantity: Quantity, text: str, facts: tuple[str, ...]) -> bool:
    """The one and the four of "one in four"."""
    for said in _OUT_OF.finditer(text):
        part, whole = number(said[1]), number(said[2])
        if said.start() <= quantity.start < said.end() and 0 < part < whole:
            near = _ROUNDED if _ABOUT.search(text[: said.start()]) else _EXACT
            return any(
                math.isclose(part / whole, share, abs_tol=near) for fact in facts for share in _shares(fact)
            )
    return False


def _is_part(quantity: Quantity, text: str, facts: tuple[str, ...]) -> bool:
    """The 300 of 75% of 400, and the hundred that remain of them."""
    rest = _REST.search(clause_of(quantity, text)) is not None
    return any(
        math.isclose(quantity.value, whole - part if rest else part)
        for fact in facts
        for part, whole in (*(_counted(fact) if rest else ()), *_of_percent(fact))
    )


def _shares(fact: str) -> list[float]:
    percents = [q.value / 100 for q in quantities(fact) if q.kind == "percent"]
    return [*percents, *(part / whole for part, whole in _counted(fact))]


def _counted(fact: str) -> list[tuple[float, float]]:
    """The 10 and the 40 of "of the 40 rooms, 10 are"; a fact with a third count says something else."""
    text = plain(fact)
    counts = [q for q in quantities(fact) if q.kind == "count" and not q.implied and q.unit != "ordinal"]
    wholes = [q for q in counts if _WHOLE_LEAD.search(text[: q.start])]
    if len(counts) != len(wholes) + 1 or len(wholes) != 1:
        return []
    part = next(q for q in counts if q not in wholes)
    return [(part.value, wholes[0].value)] if part.value < wholes[0].value else []


def _of_percent(fact: str) -> list[tuple[float, float]]:
    """The 300 and the 400 of "75% of 400 users"."""
    text, found = plain(fact), quantities(fact)
    return [
        (share.value * whole.value / 100, whole.value)
        for share in found
        if share.kind == "percent"
        for whole in found
        if whole.kind == "count"
        and whole.start > share.end
        and _WHOLE_LEAD.search(text[: whole.start])
        and text[share.end : whole.start].count(" ") <= 4
    ]
