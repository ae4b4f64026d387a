"""Superlatives among the sizes that a fact lists: "the widest, 200 cm" of 120, 160 and 200 cm."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.quantities import Quantity, quantities
from evaluation.sentences import sentences

_LARGE = frozenset(
    "widest largest biggest longest tallest heaviest highest deepest thickest roomiest oldest strongest".split()
)
_SMALL = frozenset("narrowest smallest shortest lightest lowest shallowest thinnest youngest".split())
_SEVERAL = 2


def is_extreme(found: str, text: str, facts: tuple[str, ...]) -> bool:
    """Whether a sentence of the text names, with its superlative, the largest or smallest of several sizes of a fact."""
    word = found.split()[-1]
    if word not in _LARGE and word not in _SMALL:
        return False
    said = [q for s in sentences(text) if found in s for q in quantities(s)]
    choose = max if word in _LARGE else min
    return any(
        same_quantity(q, choose(sizes, key=lambda size: size.value))
        for fact in facts
        for q in said
        if len(sizes := _sizes_like(q, fact)) >= _SEVERAL
    )


def _sizes_like(quantity: Quantity, fact: str) -> list[Quantity]:
    return [
        q
        for q in quantities(fact)
        if q.kind == quantity.kind == "measure" and q.unit == quantity.unit and not q.implied
    ]
