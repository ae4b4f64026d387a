"""Reading the quantities of a text: money, percentages, dates, times, measures, codes and plain counts."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

from evaluation.gates.quantity_patterns import (
    ABBREVIATION_END,
    ADVERBS,
    GIVEN_TIME,
    HALF_DAY,
    MONTH_CONTEXT,
    MONTH_TAIL,
    NUMBERS,
    PART_OF_HOUR,
    PARTS_OFF,
    RATE_NAMES,
    RATE_OF_ADVERB,
    RATES,
    SCAN,
    STARTS,
    YEAR_AND_NOUN,
)
from evaluation.gates.quantity_values import (
    dates,
    measures,
    minutes_after_midnight,
    mixed,
    money,
    multiple,
    number,
    weekdays,
)
from evaluation.gates.text import CACHED_TEXTS, plain, stem
from evaluation.gates.units import (
    MONTHS,
    UNITS,
    WEEKDAYS,
)

_BELOW = re.compile(r"(?:^|[\s(])-$|\bminus $", re.IGNORECASE)
_DEGREES = ("celsius", "fahrenheit", "degree")

Kind = Literal["money", "percent", "date", "month", "time", "weekday", "measure", "multiple", "code", "count"]


class Quantity(NamedTuple):
    """`value` in the measure of `unit` (a currency, a dimension, a year); `implied` is "a month", "weekly", "both"."""

    kind: Kind
    value: float
    unit: str
    text: str
    start: int
    end: int
    rates: tuple[str, ...] = ()
    spelled: bool = False
    implied: bool = False


@lru_cache(CACHED_TEXTS)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Every quantity of a text, in order; positions are those of the plain form."""
    text = plain(text)
    found: list[Quantity] = []
    end = 0
    for start in (token.start() for token in STARTS.finditer(text)):
        if start >= end and (match := SCAN.match(text, start)):
            found.extend(_read(str(match.lastgroup), match[0], match.start(), text))
            end = match.end()
    return tuple(found)


def numbers_of(quantity: Quantity) -> list[float]:
    """The numbers as they are written: 9 of "nine-year", whose value is 108 months."""
    return [number(n) for n in NUMBERS.findall(quantity.text.lower())]


def _read(part: str, found: str, start: int, text: str) -> list[Quantity]:
    low = found.lower()
    end = start + len(found)
    spelled = not any(map(str.isdigit, found))

    def quantity(kind: Kind, value: float, unit: str = "", implied: bool = False) -> Quantity:
        rates = _rates(text, end) if kind in ("money", "measure", "count") else ()
        return Quantity(kind, round(value, 6), unit, found, start, end, rates, spelled, implied)

    match part:
        case "iso":
            year, month, day = low.split("-")
            return [quantity("date", int(month) * 100 + int(day), year)]
        case "numeric":
            day, month, year = re.split(r"[./]", low)
            day, month = (month, day) if int(month) > 12 else (day, month)
            return [quantity("date", int(month) * 100 + int(day), year if len(year) == 4 else "20" + year)]
        case "monthyear":
            return [quantity("month", MONTHS[low[:3]], low[-4:])]
        case "daymonth" | "monthday":
            return [quantity("date", value, year) for value, year in dates(low)]
        case "clocks" | "clock":
            return [
                quantity("time", minutes, HALF_DAY * bool(PART_OF_HOUR.match(low)))
                for minutes in minutes_after_midnight(low)
            ]
        case "always":
            return [quantity("code", 0, "24/7")]
        case "signed" | "coined":
            return [quantity("money", value, currency) for value, currency in money(low)] or [
                quantity("count", number(NUMBERS.search(low)[0]))  # type: ignore[index]
            ]
        case "percent":
            return [quantity("percent", number(n)) for n in NUMBERS.findall(low)]
        case "mixed":
            value, unit = mixed(low)
            return [
                quantity(
                    "measure",
                    value,
                    unit,
                    implied=re.match(r"an?[ -]", low) is not None
                    and "half" not in low
                    and not GIVEN_TIME.search(text[:start]),
                )
            ]
        case "first":
            one = UNITS[low.split()[1]]
            return [quantity("measure", one.factor, one.dimension, implied=True)]
        case "measure":
            if dated := YEAR_AND_NOUN.fullmatch(low):
                return [quantity("count", int(dated[1]))]
            below = _BELOW.search(text[:start]) is not None
            return [
                quantity("measure", -value if below and unit in _DEGREES else value, unit)
                for value, unit in measures(low)
            ]
        case "times":
            return [quantity("multiple", multiple(low))]
        case "halfprice":
            return [quantity("percent", next((v for part, v in PARTS_OFF.items() if part in low), 50))]
        case "fraction":
            return [quantity("percent", 50 if "half" in low else 100 / 3, "of")]
        case "code" | "resolution":
            return _codes(low, quantity)
        case "weekdays":
            return [quantity("weekday", 0, weekdays(low))]
        case "weekday":
            name = low if low in WEEKDAYS else low.removesuffix("s")
            if len(name) < 6 and not (found[0].isupper() and ABBREVIATION_END.match(text, end)):
                return []
            return [quantity("weekday", WEEKDAYS[name])]
        case "month":
            return [quantity("month", MONTHS[low])] if _is_month(found, start, text) else []
        case "adverb":
            value, unit = ADVERBS[low]
            return [quantity("measure" if unit else "count", value, unit, implied=True)]
        case "count":
            ordinal = re.search(r"\d(st|nd|rd|th)$", low)
            return [quantity("count", number(low[:-2] if ordinal else low), "ordinal" if ordinal else "")]
    return []


def _rates(text: str, end: int) -> tuple[str, ...]:
    """What a price or a number is for: $90 per entity per month → (entity, month)."""
    rates = []
    while match := RATES.match(text, end):
        rates.append(RATE_NAMES.get(match[1], match[1]) if match[1] else RATE_OF_ADVERB[match[2]])
        end = match.end()
    return tuple(rates)


def rates_end(text: str, end: int) -> int:
    """Where what a price is for ends: after "per entity per month"."""
    while match := RATES.match(text, end):
        end = match.end()
    return end


def _codes(low: str, quantity: Callable[[Kind, float, str], Quantity]) -> list[Quantity]:
    if plural := re.fullmatch(r"(\d{1,15})s", low):
        return [quantity("count", float(plural[1]), "")]
    return [quantity("code", 0, low.replace("-", ""))]


def _is_month(found: str, start: int, text: str) -> bool:
    """ "May" and "March" are months only after a word that leads to one; "mar" and "jan" only with a capital."""
    if not found[0].isupper():
        return False
    if found in ("May", "March", "Mar", "Dec", "Sep", "Oct", "Jan", "Jun", "Jul"):
        lead = text[max(0, start - 12) : start]
        return bool(MONTH_CONTEXT.search(lead) or MONTH_TAIL.match(text, start + len(found)))
    return True


def following_stems(text: str, end: int, limit: int = 3) -> list[str]:
    """The stems of the words right after a quantity, up to the end of its clause."""
    clause = re.split(r"[.,;:!?()]", plain(text)[end:], maxsplit=1)[0]
    return [stem(word.lower()) for word in re.findall(r"[A-Za-z']+", clause)[:limit]]
