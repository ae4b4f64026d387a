"""Two facts on two of a kind, "Fenwire Basic" and "Fenwire Max": what only the one has is not given to the other."""

import re
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import CACHED_TEXTS, plain, stems

_PART = re.compile(r"[.;!?]\s|,\s(?:and |but |while |whereas |(?=[A-Z]))|\s(?:while|whereas)\s")
# "Without a card, the class costs €9" speaks of the class.
_CONDITION_FIRST = re.compile(
    r"(?:With|Without|For|On|In|At|From|Until|During|After|Before|If|When)\b[^,]*, "
)
_SEVERAL = 2


class Twin(NamedTuple):
    """The stem that tells it from the other, what only its fact says, and the prices and measures only it has."""

    name: str
    said: frozenset[str]
    figures: tuple[Quantity, ...]


def twin_fault(copy: Copy) -> str:
    """A sentence on a figure or on several words of one twin that the copy gives to the other; empty when none."""
    parts = _PART.split(plain(copy.text)) if len(copy.facts) > 1 else []
    for one_fact, other_fact in permutations(copy.facts, 2) if len(parts) > 1 else ():
        if (twins := _twins(one_fact, other_fact)) and (taken := _taken(*twins, parts)):
            return f'The copy gives "{taken}" to another product than the facts.'
    return ""


@lru_cache(CACHED_TEXTS)
def _twins(one_fact: str, other_fact: str) -> tuple[Twin, Twin] | None:
    """Two names of two words that share one of them, in facts that say the same kind of thing."""
    one_head, other_head = _head(one_fact), _head(other_fact)
    same = [a == b for a, b in zip(one_head, other_head, strict=False)]
    alike = content_stems(one_fact) & content_stems(other_fact)
    if sorted(same) != [False, True]:
        return None
    if len(alike - set(one_head)) < _SEVERAL and not (_priced(one_fact) and _priced(other_fact)):
        return None
    at = same.index(False)
    return _twin(one_head[at], one_fact, other_fact), _twin(other_head[at], other_fact, one_fact)


def _priced(fact: str) -> bool:
    return any(q.kind == "money" for q in quantities(fact))


def _head(fact: str) -> list[str]:
    return [s for s in stems(_CONDITION_FIRST.sub("", plain(fact))) if s not in FUNCTION_STEMS][:2]


def _twin(name: str, own: str, others: str) -> Twin:
    theirs = quantities(others)
    figures = [q for q in quantities(own) if q.kind in ("money", "measure", "percent") and not q.implied]
    return Twin(
        name,
        content_stems(own) - content_stems(others) - {name},
        tuple(q for q in figures if not any(same_quantity(q, t) for t in theirs)),
    )


def _taken(one: Twin, other: Twin, parts: list[str]) -> str:
    """What of the other stands in a part that names only the one, where both are named apart."""
    named = [frozenset(stems(part)) for part in parts]
    if not any(other.name in part and one.name not in part for part in named):
        return ""
    for part, found in zip(parts, named, strict=True):
        if one.name not in found or other.name in found:
            continue
        if len(words := found & other.said) >= _SEVERAL:
            return min(words)
        for figure in other.figures:
            if any(same_quantity(q, figure) for q in quantities(part)):
                return figure.text
    return ""
