"""Numbers that a fact does not have but that follow from its own: sums, spans, ratios, totals, prices by the unit."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import math
import re
from itertools import combinations, pairwise

from evaluation.gates.arithmetic import is_worked_out
from evaluation.gates.derivations import is_derived
from evaluation.gates.elliptic_numbers import is_short_for_fact, is_short_in_fact
from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.multiples import is_multiplied
from evaluation.gates.quantities import Quantity, following_stems, quantities
from evaluation.gates.spans import is_span
from evaluation.gates.text import plain
from evaluation.gates.worked_prices import (
    is_example,
    is_unit_price,
)

_ONE_OR = re.compile(r"\bone (?:[\w-]+ )?or ([\w-]+)(?=[.,;:!?]|$)", re.IGNORECASE)
_ANY_NUMBER = re.compile(
    r"\b(?:each|apiece|per (?!month|week|year|day)[a-z]+|no (?:minimum|maximum|limit)|any number|unlimited|as many)\b",
    re.IGNORECASE,
)
_THAN_OTHER = re.compile(
    r" (?:as \w+ as )?(?:the (?:\w+ of the )?)?(?:other|first|second|smaller|shorter|lower)\b"
)
_ORDINAL = r"(?:(\d+)(?:st|nd|rd|th)|([a-z]+th|third|second))\b"
_EVERY = re.compile(rf"\bevery {_ORDINAL}", re.IGNORECASE)
_FREE_TURN = re.compile(
    rf"\b(?:the|a|your) {_ORDINAL}(?: [a-z]+)?(?: is| comes| one)*(?: free|: free)", re.IGNORECASE
)
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 2
    )
}


def follows_from_fact(quantity: Quantity, copy: Copy) -> bool:
    """ "Two hours" from 1am to 3am; "ten hours" for ten lessons of one hour each; "pay for nine" where every tenth is free."""
    if is_worked_out(quantity, copy) or is_derived(quantity, copy):
        return True
    if quantity.kind == "count":
        return (
            _is_any_number(quantity, copy)
            or is_short_for_fact(quantity, copy)
            or _counts_facts(quantity, copy)
            or any(quantity.value in (turn - 1, turn) for fact in copy.facts for turn in _turns(fact))
            or any(_is_sum(quantity, fact, copy) for fact in copy.facts)
        )
    if quantity.kind == "multiple":
        return any(_is_ratio(quantity, fact, copy) for fact in copy.facts) or is_multiplied(quantity, copy)
    if quantity.kind == "time":
        return any(_is_end(quantity, fact) for fact in copy.facts)
    if quantity.kind == "money":
        return any(
            is_unit_price(quantity, fact, copy.text) or is_example(quantity, fact, copy.text)
            for fact in copy.facts
        )
    if quantity.kind != "measure":
        return False
    return any(
        is_span(quantity, fact)
        or any(_equals(quantity, whole) for whole in sums(fact))
        or _is_part(quantity, fact, copy)
        or _is_run(quantity, fact)
        or is_short_in_fact(quantity, fact, copy.text)
        for fact in copy.facts
    )


def sums(text: str) -> list[Quantity]:
    """What "two minutes and 30 seconds" and "1 m 20 cm" come to: a larger and a smaller measure side by side."""
    text = plain(text)
    return [
        a._replace(value=a.value + b.value, text=text[a.start : b.end], end=b.end)
        for a, b in pairwise(quantities(text))
        if a.kind == b.kind == "measure"
        and a.unit == b.unit
        and a.value > b.value
        and not (a.implied or b.implied)
        and text[a.end : b.start] in (" ", ", ", " and ")
    ]


def _is_part(quantity: Quantity, fact: str, copy: Copy) -> bool:
    """The 30 seconds of "two minutes and 30 seconds" for two and a half minutes."""
    wholes = [whole for whole in sums(copy.text) if whole.start <= quantity.start < whole.end]
    return any(
        _equals(whole, q) for whole in wholes for q in (*quantities(fact), *sums(fact)) if q.kind == "measure"
    )


def _is_any_number(quantity: Quantity, copy: Copy) -> bool:
    """The ten of "one shirt or ten", where the facts price each one or set no minimum."""
    asked = any(found.end(1) == quantity.end for found in _ONE_OR.finditer(plain(copy.text)))
    return asked and any(_ANY_NUMBER.search(plain(fact)) for fact in copy.facts)


def _counts_facts(quantity: Quantity, copy: Copy) -> bool:
    """ "Two boats" where each of two facts speaks of one."""
    counted = following_stems(copy.text, quantity.end, 1)
    return (
        quantity.spelled
        and quantity.value == len(copy.facts) > 1
        and all(counted and counted[0] in content_stems(fact) for fact in copy.facts)
    )


def _is_ratio(quantity: Quantity, fact: str, copy: Copy) -> bool:
    """ "One is double the other" for sizes of 10 and 20 cm."""
    sizes = [q for q in quantities(fact) if q.kind in ("measure", "money", "count") and q.value > 0]
    return _THAN_OTHER.match(plain(copy.text), quantity.end) is not None and any(
        a[:1] + a[2:3] == b[:1] + b[2:3]
        and math.isclose(max(a.value, b.value), quantity.value * min(a.value, b.value))
        for a, b in combinations(sizes, 2)
    )


def _equals(ours: Quantity, theirs: Quantity) -> bool:
    return ours.unit == theirs.unit and math.isclose(ours.value, theirs.value)


def _turns(fact: str) -> list[int]:
    """The 10 of "every tenth coffee"."""
    found = [*_EVERY.finditer(plain(fact)), *_FREE_TURN.finditer(plain(fact))]
    return [int(m[1]) if m[1] else _ORDINALS.get(m[2].lower(), 0) for m in found]


def _is_end(quantity: Quantity, fact: str) -> bool:
    """ "Done by half past six" for half an hour from 6 a.m."""
    found = quantities(fact)
    spans = [q.value / 60 for q in found if q.kind == "measure" and q.unit == "time" and not q.implied]
    ends = [start.value + span for start in found if start.kind == "time" for span in spans]
    return any((quantity.value - end) % 720 == 0 for end in ends)


def _is_run(quantity: Quantity, fact: str) -> bool:
    """ "Three months" for three monthly instalments."""
    found = quantities(fact)
    return any(
        part.implied and part.unit == quantity.unit and math.isclose(quantity.value, times.value * part.value)
        for times, part in pairwise(found)
        if times.kind == "count" and part.kind == "measure" and part.start - times.end <= 1
    )


def _is_sum(quantity: Quantity, fact: str, copy: Copy) -> bool:
    """ "Seven pieces" for five bodysuits and two pairs of leggings."""
    parts = [q.value for q in quantities(fact) if q.kind == "count" and not q.implied and q.unit != "ordinal"]
    counted = following_stems(copy.text, quantity.end, 1)
    return len(parts) > 1 and quantity.value == sum(parts) and not set(counted) & content_stems(fact)
