"""Weekdays that the calendar gives for a date of the facts."""

import re
from datetime import date, timedelta

from evaluation.gates.bounded import bounded_quantities
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.terms import sentence_of
from evaluation.gates.text import plain

_TOO_LATE = re.compile(r"\b(?:too late|not|no longer|closed|over|gone|never|shut)\b|n't\b", re.IGNORECASE)
_ANY_YEAR = 2001
_TO_DATE = re.compile(r",? (?:the )?")


def is_day_of_date(quantity: Quantity, carried: list[Quantity], copy: Copy) -> bool:
    """ "Sunday, 15 March 2026": the calendar has it so, and the facts have the date with its year."""
    text = plain(copy.text)
    return any(
        day.kind == "date"
        and _TO_DATE.fullmatch(text[quantity.end : day.start]) is not None
        and any(_falls_on(quantity, q) for q in carried if q.kind == "date" and same_quantity(day, q))
        for day in quantities(copy.text)
        if day.start > quantity.end
    )


def is_too_late(quantity: Quantity, copy: Copy) -> bool:
    """ "1 May is too late" for what is accepted until 30 April."""
    ends = (b.quantity for fact in copy.facts for b in bounded_quantities(fact) if b.bound == "until")
    late = _TOO_LATE.search(sentence_of(quantity, plain(copy.text))) is not None
    return late and any(_follows(quantity, end) for end in ends if end.kind == "date")


def _follows(quantity: Quantity, end: Quantity) -> bool:
    year = int(end.unit) if end.unit else _ANY_YEAR
    last = date(year, int(end.value) // 100, int(end.value) % 100)
    return (last + timedelta(days=1)).strftime("%m%d") == f"{int(quantity.value):04}"


def _falls_on(weekday: Quantity, day: Quantity) -> bool:
    try:
        return date(int(day.unit), int(day.value) // 100, int(day.value) % 100).weekday() == weekday.value
    except ValueError:  # A date without a year, or one that the calendar lacks.
        return False
