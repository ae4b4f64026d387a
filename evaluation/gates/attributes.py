"""Gate: a number stays with its product when a copy joins several facts, or several clauses of one."""

import re
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.numbers import same_quantity
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import CACHED_TEXTS, plain, stems
from evaluation.gates.usage import FUNCTION_STEMS

GATE = "attributes"

_CLAUSE_END = re.compile(r"[.;!?:]\s|,\s|\s(?:and|or|but|while|whereas|with)\s|\s-\s")
_SENTENCE_END = re.compile(r"[.;!?]\s")


class Placed(NamedTuple):
    """A quantity with the stems of its clause and of its sentence."""

    quantity: Quantity
    clause: frozenset[str]
    sentence: frozenset[str]


def check_attributes(copy: Copy, policy: Policy) -> Verdict:
    facts = [(index, placed) for index, fact in enumerate(copy.facts) for placed in placed_quantities(fact)]
    said = placed_quantities(copy.text)
    if not said or not facts:
        return passes(GATE)
    fault = _swapped(said, [placed for _, placed in facts]) or _astray(said, facts, copy)
    return refuses(GATE, fault) if fault else passes(GATE)


@lru_cache(CACHED_TEXTS)
def placed_quantities(text: str) -> tuple[Placed, ...]:
    shown = plain(text)
    return tuple(
        Placed(q, _around(q, shown, _CLAUSE_END), _around(q, shown, _SENTENCE_END))
        for q in quantities(text)
        if not q.implied
    )


def _around(quantity: Quantity, text: str, ends: re.Pattern[str]) -> frozenset[str]:
    """The content stems between the ends before and after a quantity, its own words left out."""
    cuts = [0, *(m.end() for m in ends.finditer(text)), len(text)]
    start = max(c for c in cuts if c <= quantity.start)
    end = min((c for c in cuts if c >= quantity.end), default=len(text))
    own = text[start : quantity.start] + " " + text[quantity.end : end]
    return frozenset(s for s in stems(own) if s not in FUNCTION_STEMS and not s[0].isdigit())


def _swapped(said: tuple[Placed, ...], known: list[Placed]) -> str:
    """Two quantities of one kind whose surroundings in the copy are those of each other in the facts."""
    for a, b in combinations(said, 2):
        if a.quantity.kind != b.quantity.kind or same_quantity(a.quantity, b.quantity):
            continue
        fact_a = [p for p in known if same_quantity(a.quantity, p.quantity)]
        fact_b = [p for p in known if same_quantity(b.quantity, p.quantity)]
        if len(fact_a) != 1 or len(fact_b) != 1:
            continue
        only_a, only_b = fact_a[0].clause - fact_b[0].clause, fact_b[0].clause - fact_a[0].clause
        right = len(a.clause & only_a) + len(b.clause & only_b)
        crossed = len(a.clause & only_b) + len(b.clause & only_a)
        if crossed > right and a.clause & only_b and (b.clause & only_a or not b.clause & only_b):
            return (
                f'The copy puts "{a.quantity.text}" where the facts have "{b.quantity.text}" '
                f"(beside {_list(a.clause & only_b)})."
            )
    return ""


def _astray(said: tuple[Placed, ...], facts: list[tuple[int, Placed]], copy: Copy) -> str:
    """A quantity of one fact in a clause that speaks only of another fact."""
    if len(copy.facts) < 2:
        return ""
    own = _distinctive(copy.facts)
    for placed in said:
        homes = {index for index, p in facts if same_quantity(placed.quantity, p.quantity)}
        if len(homes) != 1:
            continue
        home = homes.pop()
        if placed.sentence & own[home]:
            if not _nearer_to_stranger(placed, own, home):
                continue
        strangers = [i for i, distinctive in enumerate(own) if i != home and len(placed.clause & distinctive) >= 1]
        if strangers and not placed.clause & own[home]:
            return f'"{placed.quantity.text}" stands beside {_list(placed.clause & own[strangers[0]])}, but the facts say it of something else.'
    return ""


def _nearer_to_stranger(placed: Placed, own: list[frozenset[str]], home: int) -> bool:
    return False


@lru_cache(CACHED_TEXTS)
def _distinctive(facts: tuple[str, ...]) -> list[frozenset[str]]:
    """For each fact the content stems that no other fact holds."""
    held = [frozenset(s for s in stems(f) if s not in FUNCTION_STEMS and not s[0].isdigit()) for f in facts]
    return [own - frozenset().union(*(h for j, h in enumerate(held) if j != i)) for i, own in enumerate(held)]


def _list(found: frozenset[str]) -> str:
    return ", ".join(f'"{word}"' for word in sorted(found))
