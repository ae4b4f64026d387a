"""How many times one size of the facts holds another: "doubles the data", "extends to double the length"."""

import math
import re
from itertools import permutations

from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity
from evaluation.gates.terms import Term, alike, owner, sentence_of, terms
from evaluation.gates.text import plain, stem, stems

_OF_SIZE = re.compile(
    r"(?: (?:as (?:much|many|long|wide|large|heavy|high|far)|the|its|that|in))?(?: (?P<noun>[a-z]+))?",
    re.IGNORECASE,
)
# Of which measure a noun speaks.
_DIMENSIONS = {
    "length": ("long", "length", "width", "wide", "height", "high", "depth", "reach", "far", "rang", "distanc"),
    "mass": ("weight", "heav", "load"), "data": ("data", "storag", "memor", "space"), "volume": ("volum", "capacit", "content", "room", "space"),
    "time": ("tim", "long", "length", "duration"), "month": ("tim", "long", "length", "duration", "term"), "area": ("area", "space", "surfac", "room"),
}  # fmt: skip
_PRICED = ("pric", "cost", "rat", "fee")


def is_multiplied(quantity: Quantity, copy: Copy) -> bool:
    """Whether two quantities of the facts stand in that ratio, the copy names what is multiplied, and whose it is."""
    text = plain(copy.text)
    said = _OF_SIZE.match(text, quantity.end)
    noun = stem(said["noun"].lower()) if said and said["noun"] else ""
    return bool(noun) and any(
        alike(more.quantity, less.quantity)
        and math.isclose(more.quantity.value, quantity.value * less.quantity.value)
        and _is_of(noun, more, less)
        and _has_the_more(quantity, text, more, less)
        for more, less in permutations(terms(copy.facts), 2)
    )


def _is_of(noun: str, more: Term, less: Term) -> bool:
    if noun in _DIMENSIONS.get(more.quantity.unit, _PRICED if more.quantity.kind == "money" else ()):
        return True
    return noun in stems(more.fact) and noun in stems(less.fact)


def _has_the_more(quantity: Quantity, text: str, more: Term, less: Term) -> bool:
    """ "Kelpa 60 doubles the data": the nearest name before it is not that of the smaller."""
    sentence = sentence_of(quantity, text)
    before = text[text.index(sentence) : quantity.start]
    if more.fact == less.fact:
        return True
    subject = next(
        (found for part in reversed(before.split(", ")) if (found := owner(part, more, less))), None
    )
    return subject is more
