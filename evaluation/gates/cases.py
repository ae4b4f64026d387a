"""The cases of one fact that have a figure each: "£12 online and £15 at the gate"."""

import re
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from evaluation.gates.attributes import placed_quantities
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.fact_subjects import PLAIN_STEMS, PREPOSITIONS
from evaluation.gates.quantities import Quantity
from evaluation.gates.text import CACHED_TEXTS, plain, stems, words

_PIECE = re.compile(r"[;:,] (?:and |or |but |while |whereas )?| (?:and|or|but|while|whereas) ")
_MODEL = re.compile(r"[A-Z][\w'-]* $")
_FEE = re.compile(r"fee|charge|cost")
_SEVERAL = 2


def alike(a: Quantity, b: Quantity) -> bool:
    """Two of a kind and unit; "free" stands beside any price."""
    return a.kind == b.kind and (a.unit == b.unit or a.kind == "money")


def _is_case(quantity: Quantity, text: str) -> bool:
    """Whether another case may have another figure of the kind; the number of a model is no figure."""
    return quantity.kind in ("money", "measure", "percent", "time") or (
        quantity.kind == "count" and not _MODEL.search(text[: quantity.start])
    )


class Case(NamedTuple):
    """The stems that name a case, and its figure."""

    names: frozenset[str]
    figure: Quantity


@lru_cache(CACHED_TEXTS)
def cases(fact: str) -> tuple[tuple[Case, Case], ...]:
    """Each two cases with different figures of a kind."""
    found = (_cases(one, other) for one, other in combinations(_pieces(plain(fact)), 2))
    return tuple(pair for pair in found if pair)


class _Piece(NamedTuple):
    """A piece of a fact with its first figure: what stands before the figure, and after it."""

    before: str
    figure: Quantity
    after: str


def _pieces(text: str) -> list[_Piece]:
    placed = [p.quantity for p in placed_quantities(text) if _is_case(p.quantity, text)]
    if len(placed) < _SEVERAL:
        return []
    cuts = [0, *(x for m in _PIECE.finditer(text) for x in m.span()), len(text)]
    found = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=True):
        figure = next((q for q in placed if start <= q.start and q.end <= end), None)
        if figure:
            found.append(_Piece(text[start : figure.start], figure, text[figure.end : end]))
    return found


def _cases(one: _Piece, other: _Piece) -> tuple[Case, Case] | None:
    """Named before the figure or after it, in the second as in the first."""
    if not alike(one.figure, other.figure) or same_quantity(one.figure, other.figure):
        return None
    if _FEE.search(one.figure.text + other.figure.text):
        return None
    second = frozenset() if PREPOSITIONS & frozenset(words(other.before)) else _labels(other.before)
    first = _labels(one.before) if second else _labels(one.after)
    second = second or _labels(other.after)
    if not (first - second and second - first):
        return None
    return Case(first - second, one.figure), Case(second - first, other.figure)


def _labels(text: str) -> frozenset[str]:
    return frozenset(s for s in stems(text) if s not in PLAIN_STEMS and not s[0].isdigit())
