"""Numbers that leave out what they count: "an hour, or five", "16 of them", "five when the mood returns"."""

import math
import re
from itertools import pairwise

from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, following_stems, numbers_of, quantities
from evaluation.gates.spans import is_span
from evaluation.gates.text import plain
from evaluation.gates.units import UNITS
from evaluation.sentences import sentences

# "Unlimited group classes", "any number of guests".
_UNLIMITED = re.compile(r"\b(?:unlimited|any number of|as many) ((?:[a-z-]+ ?){1,2})", re.IGNORECASE)
_INSTEAD_OF = re.compile(
    r"\b(?:instead of|rather than|not|up from|down from) (?:just |only )?$", re.IGNORECASE
)
_UNIT_OR = re.compile(r"\b(?:an?|one) (minute|hour|day|night|week|month|year),? or ", re.IGNORECASE)
_OF_THEM = re.compile(r" of (?:them|these|those)\b", re.IGNORECASE)


def is_short_for_fact(quantity: Quantity, copy: Copy) -> bool:
    return (
        _is_some_of_unlimited(quantity, copy)
        or _is_more_of_a_unit(quantity, copy)
        or _is_of_them(quantity, copy)
    )


def is_short_in_fact(quantity: Quantity, fact: str, text: str) -> bool:
    """The two years of "five years instead of two", where the text has the five too."""
    found = quantities(fact)
    said = {q.value for q in quantities(text)} | {n for q in quantities(text) for n in numbers_of(q)}
    return any(
        bare.kind == "count"
        and bare.value in numbers_of(quantity)
        and named.unit == quantity.unit
        and named.kind == quantity.kind == "measure"
        and _INSTEAD_OF.search(plain(fact)[: bare.start]) is not None
        and not set(following_stems(fact, bare.end, 1)) - FUNCTION_STEMS
        and not said.isdisjoint(numbers_of(named))
        for named, bare in pairwise(found)
    )


def _is_some_of_unlimited(quantity: Quantity, copy: Copy) -> bool:
    """ "Two classes this week, none the next, five when the mood returns" of unlimited classes."""
    text = plain(copy.text)
    said = next((s for s in sentences(text) if text.index(s) <= quantity.start < text.index(s) + len(s)), "")
    return quantity.spelled and any(
        content_stems(found[1]) & content_stems(said)
        for fact in copy.facts
        for found in _UNLIMITED.finditer(plain(fact))
    )


def _is_more_of_a_unit(quantity: Quantity, copy: Copy) -> bool:
    """The five hours of "an hour, or five"."""
    found = next((f for f in _UNIT_OR.finditer(plain(copy.text)) if f.end() == quantity.start), None)
    if found is None:
        return False
    unit = UNITS[found[1].lower()]
    whole = quantity._replace(kind="measure", unit=unit.dimension, value=quantity.value * unit.factor)
    return any(
        is_span(whole, fact)
        or any(
            q.kind == "measure" and q.unit == whole.unit and math.isclose(whole.value, q.value)
            for q in quantities(fact)
        )
        for fact in copy.facts
    )


def _is_of_them(quantity: Quantity, copy: Copy) -> bool:
    """The 16 days of "needs 16 of them", after days were named."""
    text = plain(copy.text)
    return _OF_THEM.match(text, quantity.end) is not None and any(
        theirs.kind == "measure" and theirs.unit == named.unit and quantity.value in numbers_of(theirs)
        for named in quantities(text)
        if named.kind == "measure" and named.end <= quantity.start
        for fact in copy.facts
        for theirs in quantities(fact)
    )
