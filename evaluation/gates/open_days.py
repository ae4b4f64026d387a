"""Days on which a copy opens what its fact closes, or closes what its fact opens."""

import re
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.gate import Copy
from evaluation.gates.quantities import quantities
from evaluation.gates.text import CACHED_TEXTS, plain
from evaluation.gates.units import WEEKDAYS

_DAYS = tuple(sorted((name for name in WEEKDAYS if name.endswith("day")), key=WEEKDAYS.__getitem__))
_DAY = "|".join(_DAYS)
_CLOSES = re.compile(
    rf"\b(?:closed|shut)(?: (?:on|every|all))? (?P<after>{_DAY})s?\b(?! (?:from|until|till|at|to|morning|afternoon|evening|night|and|or|\d))"
    rf"|(?:\bday,? (?:but|bar|save)|\bexcept(?:ing)?|\bnot|\bnever|n't)(?: [a-z]+)??(?: for| on)? (?P<left>{_DAY})s?\b(?! (?:from|until|morning|afternoon|evening|night|and|or))"
    rf"|\bon (?P<before>{_DAY})s?,? [^.;:!?,]{{1,40}} (?:is|are) (?:closed|shut)\b",
    re.IGNORECASE,
)
_EVERY_DAY = re.compile(r"\b(?:every|any|each|all) (?:other )?days?\b|\bdaily\b", re.IGNORECASE)


class Week(NamedTuple):
    """The days on which a text says that something is open, and those on which it is closed."""

    open: frozenset[int]
    closed: frozenset[int]


def open_days_fault(copy: Copy) -> str:
    """A sentence on a day that the copy closes and a fact opens; empty when none."""
    ours = _week(copy.text)
    if not ours.closed:
        return ""
    weeks = [_week(fact) for fact in copy.facts]
    opened, closed = (
        frozenset().union(*(w.open for w in weeks)),
        frozenset().union(*(w.closed for w in weeks)),
    )
    if not (wrong := ours.closed & (opened - closed)):
        return ""
    return f"The copy closes on {_DAYS[min(wrong)].title()}; the fact has that day open."


@lru_cache(CACHED_TEXTS)
def _week(text: str) -> Week:
    shown = plain(text)
    closings = list(_CLOSES.finditer(shown)) if "day" in shown else []
    closed = frozenset(
        WEEKDAYS[found[name].lower()]
        for found in closings
        for name in ("after", "left", "before")
        if found[name]
    )
    opened = frozenset(
        day
        for q in quantities(shown)
        if q.kind == "weekday" and not any(c.start() <= q.start < c.end() for c in closings)
        for day in _days(int(q.value), q.unit)
    )
    if any(found["left"] for found in closings) and _EVERY_DAY.search(shown):
        opened = frozenset(range(len(_DAYS)))
    return Week(opened - closed, closed)


def _days(day: int, span: str) -> tuple[int, ...]:
    """The days of "Wednesday to Monday", or the one."""
    if "-" not in span:
        return (day,)
    first, last = map(int, span.split("-"))
    length = (last - first) % len(_DAYS) + 1
    return tuple((first + n) % len(_DAYS) for n in range(length))
