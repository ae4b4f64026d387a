"""Days that the calendar gives: how many lie between two dates, the months of a span, the days that an exception leaves."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations, pairwise

from evaluation.gates.equal_quantities import DAY_SETS, same_quantity
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import CACHED_FACTS, plain, words
from evaluation.gates.units import MONTHS, WEEKDAYS

_TO = re.compile(
    r" ?(?:,? ?(?:to|until|till|through|-|and) ?)(?:and including )?(?:the |on )?(?:[A-Z][a-z]+day,? )?"
)
_DAY_NAMED = re.compile(r" ?([A-Z][a-z]+?days?|weekends?)\b")
_NOT_ON = re.compile(
    r"\b(?:except|but|not|never|closed|bar|apart from|other than|save)(?: for)?(?: open)?(?: on)? $"
)
_A_WEEK = re.compile(r" (?:a|per|every|each) week\b")
_ANY_YEAR = 2001
_DAY = 86_400
_WEEK = 7
_ALL_DAYS = frozenset(range(_WEEK))


def is_of_calendar(quantity: Quantity, copy: Copy) -> bool:
    if quantity.kind == "date":
        return _is_dated(quantity, copy)
    if quantity.kind == "month":
        return _is_month_of_span(quantity, copy)
    if quantity.kind == "weekday":
        return _is_left_by_exception(quantity, copy.facts)
    if quantity.kind in ("count", "multiple"):
        often = _A_WEEK.match(plain(copy.text), quantity.end) is not None
        return _counts_weekdays(quantity, copy) or (often and _is_days_a_week(quantity.value, copy.facts))
    if quantity.unit == "month":
        return any(quantity.value == months for fact in copy.facts for months in _months(fact))
    return _is_days_between(quantity, copy) or (
        quantity.unit == "time" and _is_days_a_week(quantity.value / _DAY, copy.facts)
    )


def _is_dated(quantity: Quantity, copy: Copy) -> bool:
    """ "3-5 July 2026" where only the end of the fact's span has the year."""
    dates = [q for fact in copy.facts for q in quantities(fact) if q.kind == "date"]
    years = {q.unit for q in dates if q.unit}
    return years == {quantity.unit} and any(q.value == quantity.value and not q.unit for q in dates)


def _is_month_of_span(quantity: Quantity, copy: Copy) -> bool:
    """The April of "March, April and May" for March to May: the copy has the ends as well."""
    said = {MONTHS[word] for word in words(copy.text) if word in MONTHS}
    return any(
        first.kind == last.kind == "month"
        and {first.value, last.value} <= said
        and _TO.fullmatch(plain(fact)[first.end : last.start])
        and (quantity.value - first.value) % 12 < (last.value - first.value) % 12
        for fact in copy.facts
        for first, last in combinations(quantities(fact), 2)
    )


def _is_left_by_exception(quantity: Quantity, facts: tuple[str, ...]) -> bool:
    """ "Monday to Saturday" for what is not so on Sundays."""
    closed = {
        q.value
        for fact in facts
        for q in quantities(fact)
        if q.kind == "weekday" and not q.unit and _NOT_ON.search(plain(fact)[: q.start])
    }
    days = frozenset(DAY_SETS.get(quantity.unit, ()))
    return bool(closed) and days == _ALL_DAYS - closed


def _counts_weekdays(quantity: Quantity, copy: Copy) -> bool:
    """ "Seven Fridays" from 7 November to 19 December."""
    named = _DAY_NAMED.match(plain(copy.text), quantity.end)
    name = named[1].lower().removesuffix("s") if named else ""
    day = 5 if name == "weekend" else WEEKDAYS.get(name)
    return day is not None and any(
        _days_of(first, last, day, fact) == quantity.value
        for fact in copy.facts
        for first, last in _spans(fact)
    )


def _days_of(first: date, last: date, day: int, fact: str) -> int:
    """Without a year only the weekday that the fact itself names can be counted."""
    if first.year == _ANY_YEAR:
        named = any(q.kind == "weekday" and q.value == day for q in quantities(fact))
        return (last - first).days // _WEEK + 1 if named and (last - first).days % _WEEK == 0 else 0
    return sum((first + timedelta(n)).weekday() == day for n in range((last - first).days + 1))


def _is_days_between(quantity: Quantity, copy: Copy) -> bool:
    """ "Three days" from 3 to 5 July; "four days earlier" where the copy has both dates."""
    if quantity.unit not in ("time", "night"):
        return False
    days = quantity.value / _DAY if quantity.unit == "time" else quantity.value
    spans = {(last - first).days for fact in copy.facts for first, last in _spans(fact)}
    if days in (spans if quantity.unit == "night" else {n + 1 for n in spans}):
        return True
    dates = [q for q in quantities(copy.text) if q.kind == "date"]
    known = [q for q in dates if any(same_quantity(q, t) for f in copy.facts for t in quantities(f))]
    apart = {abs((b - a).days) for a, b in combinations(_with_years(known), 2)}
    return days in apart and days > 0


def _is_days_a_week(number: float, facts: tuple[str, ...]) -> bool:
    """Three for Mondays, Wednesdays and Fridays, six for every day except Sunday."""
    for fact in facts:
        days = [q for q in quantities(fact) if q.kind == "weekday"]
        closed = {q.value for q in days if _NOT_ON.search(plain(fact)[: q.start])}
        if any(q.unit for q in days):
            continue
        if number > 1 and number == (_WEEK - len(closed) if closed else len({q.value for q in days})):
            return True
    return False


def _months(fact: str) -> Iterator[int]:
    """The five of "1 May to 30 September", the three of "March to May"."""
    for first, last in _spans(fact):
        if first.day == 1 and (last + timedelta(days=1)).day == 1:
            yield (last.month - first.month) % 12 + 1
    for a, b in pairwise(quantities(fact)):
        if a.kind == b.kind == "month" and _TO.fullmatch(plain(fact)[a.end : b.start]):
            yield int(b.value - a.value) % 12 + 1


@lru_cache(CACHED_FACTS)
def _spans(fact: str) -> tuple[tuple[date, date], ...]:
    """First and last day where a fact says from when to when."""
    found = [q for q in quantities(fact) if q.kind == "date"]
    joined = [
        (a, b)
        for a, b in pairwise(found)
        if a.start == b.start or _TO.fullmatch(plain(fact)[a.end : b.start])
    ]
    return tuple((first, last) for a, b in joined for first, last in (_with_years([a, b]),) if first < last)


def _with_years(dates: list[Quantity]) -> list[date]:
    year = next((int(q.unit) for q in dates if q.unit), _ANY_YEAR)
    return list(_valid(dates, year))


def _valid(dates: list[Quantity], year: int) -> Iterator[date]:
    for q in dates:
        try:
            yield date(int(q.unit or year), int(q.value) // 100, int(q.value) % 100)
        except ValueError:  # A date that the calendar lacks.
            yield date(year, 1, 1)
