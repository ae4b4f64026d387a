"""One share in other words: a fifth, 20%, one in five, and "half" that a fact leaves without its price."""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.quantity_values import number
from evaluation.gates.terms import clause_of
from evaluation.gates.text import CACHED_FACTS, plain
from evaluation.gates.units import LARGE_WORDS, NUMBER_WORDS

_PARTS = {"half": 2, "halve": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_NUMBER = rf"\d+|{'|'.join([*NUMBER_WORDS, *LARGE_WORDS])}"
_FRACTION = re.compile(
    rf"\b(?:(?P<times>an?|{_NUMBER})[ -](?P<named>half|third|quarter|fifth|sixth|eighth|tenth)s?|(?P<alone>half|halves|halved|halving))\b",
    re.IGNORECASE,
)
_OUT_OF = re.compile(
    rf"\b(?P<part>{_NUMBER})(?: [a-z]+)? (?:in|out of|of|from)(?: every)? (?P<whole>{_NUMBER})\b",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"\b(?:off|reduc\w+|discount\w*|less|cheaper|sav(?:e|es|ing)|lower|down|cuts?|halv\w+|drops?|falls?)\b",
    re.IGNORECASE,
)
_WHOLE_LEAD = re.compile(r"\b(?:of|among) (?:(?:the|its|our|their|all|every) ){0,2}$", re.IGNORECASE)
_OF = re.compile(r"(?: [a-z-]+){0,2} (?:of|among) (?:(?:the|its|our|their|all|every) ){0,2}", re.IGNORECASE)
_REST = re.compile(r"\b(?:remaining|rest|other|others|left|remainder)\b", re.IGNORECASE)
_MEASURED = re.compile(
    r" (?:an |a |of an |past |to )?(?:hour|day|minute|year|month|litre|kilo|mile|time|dozen)", re.IGNORECASE
)


class Share(NamedTuple):
    """A part of one; `is_cut` when so much is taken off, `percent` when it is written so."""

    part: float
    percent: bool
    is_cut: bool
    start: int
    end: int


@lru_cache(CACHED_FACTS)
def shares_told(text: str) -> tuple[Share, ...]:
    """Every percentage, fraction and "one in five" of a text."""
    text = plain(text)
    return tuple(
        Share(
            part,
            text[end - 1] in "%tT" and text[start].isdigit(),
            _CUT.search(_clause(text, start, end)) is not None,
            start,
            end,
        )
        for part, start, end in _parts(text)
    )


def _parts(text: str) -> Iterator[tuple[float, int, int]]:
    for q in quantities(text):
        if q.kind == "percent":
            yield q.value / 100, q.start, q.end
    for few, all_of_them in counted_parts(text):
        yield few.value / all_of_them.value, few.start, few.end
    for found in _FRACTION.finditer(text):
        if _MEASURED.match(text, found.end()):
            continue
        times = found["times"]
        over = 1.0 if times is None or times.lower() in ("a", "an") else number(times)
        part = over / _PARTS[(found["named"] or "half").lower()]
        if 0 < part < 1:
            yield part, found.start(), found.end()
    for found in _OUT_OF.finditer(text):
        part, whole = number(found["part"]), number(found["whole"])
        if 0 < part < whole:
            yield part / whole, found.start(), found.end()


def counted_parts(fact: str) -> list[tuple[Quantity, Quantity]]:
    """The 10 and the 40 of "of the 40 rooms, 10 are"; a fact with a third count says something else."""
    text = plain(fact)
    counts = [q for q in quantities(fact) if q.kind == "count" and not q.implied and q.unit != "ordinal"]
    wholes = [q for q in counts if _WHOLE_LEAD.search(text[: q.start])]
    if len(counts) != 2 or len(wholes) != 1:
        return []
    part = next(q for q in counts if q not in wholes)
    return [(part, wholes[0])] if part.value < wholes[0].value else []


def is_part_of_whole(quantity: Quantity, copy: Copy) -> bool:
    """The 300 of 75% of 400, and the hundred that remain of them."""
    if quantity.kind != "count" or quantity.implied:
        return False
    rest = _REST.search(clause_of(quantity, plain(copy.text))) is not None
    return any(
        math.isclose(quantity.value, whole - part if rest else part)
        for fact in copy.facts
        for part, whole in (
            *((p.value, w.value) for p, w in counted_parts(fact) if rest),
            *_of_percent(fact),
        )
    )


def _of_percent(fact: str) -> Iterator[tuple[float, float]]:
    """The 300 and the 400 of "75% of 400 users"."""
    text, found = plain(fact), quantities(fact)
    for share, whole in product(found, found):
        between = text[share.end : whole.start]
        if share.kind == "percent" and whole.kind == "count" and _OF.fullmatch(between):
            yield share.value * whole.value / 100, whole.value


def _clause(text: str, start: int, end: int) -> str:
    return clause_of(Quantity("percent", 0, "", "", start, end), text)


def is_same_share(quantity: Quantity, copy: Copy) -> bool:
    """Whether a number is one share of the facts, or a part of its wording: the four of "four fifths"."""
    if quantity.kind not in ("percent", "count"):
        return False
    return any(
        ours.is_cut == theirs.is_cut and _is_same(ours, theirs)
        for ours in shares_told(copy.text)
        if ours.start <= quantity.start < ours.end
        and (quantity.kind == "count" or math.isclose(100 * ours.part, quantity.value))
        for fact in copy.facts
        for theirs in shares_told(fact)
    )


def _is_same(ours: Share, theirs: Share) -> bool:
    """A third is 33% as well; 4.01% is not 4.1%."""
    rounded = ours.percent != theirs.percent and round(ours.part, 2) == round(theirs.part, 2)
    return math.isclose(ours.part, theirs.part) or rounded
