"""Claims of a ratio that the figures of the facts bear out: "doubles the data" for 30 GB and 60 GB."""

import math
import re

from evaluation.gates.function_words import content_stems
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import plain, stems

_FACTORS = (("doubl", 2.0), ("twice", 2.0), ("halv", 0.5), ("tripl", 3.0), ("quadrupl", 4.0))
_CLAUSE = re.compile(r"[.;:!?]\s|,\s")


def is_borne_out(found: str, before: str, facts: tuple[str, ...]) -> bool:
    """Whether two figures of the facts stand in the ratio of a claim and, of two facts, the text before it names the one that gains."""
    factor = next((factor for sign, factor in _FACTORS if found.startswith(sign)), 0.0)
    if not factor:
        return False
    figures = [(q, fact) for fact in facts for q in quantities(fact) if not q.implied]
    return any(
        _in_ratio(small, large, factor) and (one == other or _names(other, one, before))
        for small, one in figures
        for large, other in figures
    )


def _in_ratio(small: Quantity, large: Quantity, factor: float) -> bool:
    return (
        small.kind == large.kind
        and small.kind in ("measure", "money", "percent")
        and small.unit == large.unit
        and math.isclose(small.value * factor, large.value)
    )


def _names(fact: str, other: str, before: str) -> bool:
    """Whether the clause up to the claim speaks of what is told in one fact rather than in the other."""
    said = frozenset(stems(_CLAUSE.split(plain(before))[-1]))
    own, others = (frozenset(stems(text)) & content_stems(text) | _figures(text) for text in (fact, other))
    return bool(said & (own - others)) and not said & (others - own)


def _figures(text: str) -> frozenset[str]:
    """The numbers of names are words of it: "Kelpa 60"."""
    return frozenset(s for s in stems(text) if s.isdigit())
