"""A price for all together that the copy makes a price for each, or the reverse."""

import re

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import plain

_TOTAL = re.compile(
    r",? ?(?:in total|in all|altogether|together|combined|all in|total|overall|for (?:both|all|the (?:lot|pair|set|two|three|four|group|family|table|box|pack|bundle|whole \w+))|"
    r"for (?:a|an) (?:pair|set|pack|family|group|box|bundle)|for (?:two|three|four|five|six|\d+)\b)",
    re.IGNORECASE,
)
_TOTAL_BEFORE = re.compile(
    r"\b(?:two|three|four|five|six|\d+|set|pair|both|all \w+|together|total of|pack|a pair|\d+) (?:\w+ )?(?:for|cost|costs|is|are)? ?$",
    re.IGNORECASE,
)
_EACH = re.compile(
    r",? ?(?:each|apiece|a piece|(?:a|per|for every|for each|every) (?:person|head|item|piece|adult|child|guest|card|ticket|seat|bottle|unit|user))\b",
    re.IGNORECASE,
)


def total_fault(fact: str, copy: Copy) -> str:
    """A sentence on a total that became a price for each, or the reverse; empty when none."""
    ours = [q for q in quantities(copy.text) if q.kind == "money"]
    for theirs in (q for q in quantities(fact) if q.kind == "money") if ours else ():
        for own in ours:
            if same_quantity(own, theirs) and (fault := _turned(own, plain(copy.text), theirs, plain(fact))):
                return fault
    return ""


def _turned(own: Quantity, text: str, theirs: Quantity, fact: str) -> str:
    total, each = _TOTAL.match(fact, theirs.end), _EACH.match(fact, theirs.end)
    said_total, said_each = _TOTAL.match(text, own.end), _EACH.match(text, own.end)
    if total and said_each:
        return f'"{theirs.text}{total[0]}" in the fact is a price for all; the copy says "{said_each[0].strip()}".'
    if each and said_total and "each" not in text.lower():
        return f'"{theirs.text}{each[0]}" in the fact is a price for one; the copy says "{said_total[0].strip()}".'
    if (
        each
        and each[0].strip(" ,") in ("each", "apiece")
        and not said_each
        and _TOTAL_BEFORE.search(text[: own.start])
    ):
        return f'The fact says "{theirs.text}{each[0]}"; the copy drops "{each[0].strip()}".'
    return ""
