"""Weekdays that the calendar gives for a date of the facts."""

import re
from datetime import date

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import plain

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


def _falls_on(weekday: Quantity, day: Quantity) -> bool:
    try:
        return date(int(day.unit), int(day.value) // 100, int(day.value) % 100).weekday() == weekday.value
    except ValueError:  # A date without a year, or one that the calendar lacks.
        return False
