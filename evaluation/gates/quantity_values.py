"""What a written quantity comes to: its number, minutes after midnight, an amount, a measure."""

import re

from evaluation.gates.quantity_patterns import (
    CURRENCY_SIGN,
    DIGITS,
    LONG_UNIT_END,
    MONTH_NAME,
    NUMBERS,
    PART_OF_HOUR,
    PLAIN_NUMBERS,
    UNIT_END,
    WEEKDAY_NAME,
    YEAR_END,
)
from evaluation.gates.units import (
    CURRENCIES,
    LARGE_WORDS,
    MONTHS,
    NUMBER_WORDS,
    SMALL_CHANGE,
    UNITS,
    WEEKDAYS,
)


def number(text: str) -> float:
    """The value of "1,200", "4,10", "1 1/2", "twenty-five" or "two million"."""
    text = text.lower().strip()
    if "/" in text:
        whole, _, part = text.rpartition(" ")
        over, under = part.split("/")
        return float(whole or 0) + float(over) / (float(under) or 1.0)
    head, _, scale = text.rpartition(" ")
    if scale in LARGE_WORDS:
        return LARGE_WORDS[scale] * (0.5 if head == "half a" else 1 if head in ("", "a") else number(head))
    if text[0].isdigit():
        return float(re.sub(r",(?=\d{3}(?!\d))", "", text).replace(",", ".") if "," in text else text)
    return float(sum(NUMBER_WORDS.get(part, 0) for part in re.split(r"[- ]", text)))


def dates(low: str) -> list[tuple[int, str]]:
    name = MONTH_NAME.search(low)
    month = MONTHS[name[0]] if name else 0
    year = YEAR_END.search(low)
    days = low[: year.start()] if year else low
    return [(month * 100 + int(day), year[0] if year else "") for day in DIGITS.findall(days)]


_PARTS_OF_HOUR = {"half": 30, "quarter": 15}
_MERIDIEM_END = re.compile(r" ?(?:[ap]\.?m\.?|at night|in the .*)$")


def minutes_after_midnight(low: str) -> list[int]:
    """Minutes after midnight; the first clock of "8-10am" takes the half of the day that makes the span short."""
    if low.endswith(("noon", "midday", "midnight")) and "after" not in low:
        return [0 if low.endswith("midnight") else 720]
    if part := PART_OF_HOUR.match(low):
        minutes = _PARTS_OF_HOUR.get(part[1]) or number(part[1])
        return [int(60 * number(low[part.end() :]) + (minutes if part[2] == "past" else -minutes)) % 1440]
    low = re.sub(r" ?o'clock", "", low)
    afternoon = (
        "p" in low.split(" at night")[0].split(" in the ")[0] or "evening" in low or "afternoon" in low
    )
    half = afternoon or " at night" in low
    known = half or "a" in low
    small_hours = " at night" in low
    clocks = [(int(h), int(m or 0)) for h, m in re.findall(r"(\d{1,2})(?:[:.](\d\d))?", low)]
    if not clocks:
        hour, *minutes_after = re.split(r"[ -]", _MERIDIEM_END.sub("", low))
        clocks = [(int(number(hour)), int(number(" ".join(minutes_after) or "zero")))]
    if small_hours and clocks[0][0] in (12, 1, 2, 3, 4):
        return [clocks[0][0] % 12 * 60 + clocks[0][1]]
    times = [h % 12 * 60 + m + 720 * half if known and h <= 12 else h * 60 + m for h, m in clocks]
    if len(times) == 2 and times[0] > times[1]:
        times[0] -= 720
    return [t % 1440 for t in times]


def money(low: str) -> list[tuple[float, str]]:
    found = []
    sign = CURRENCY_SIGN.search(low)
    if sign is None:
        return []
    scale = next((f for end, f in _SCALES.items() if low.endswith(end)), 1)
    for n in PLAIN_NUMBERS.findall(low) or [low[: sign.start()]]:
        value = number(n) * scale
        if sign[0] in SMALL_CHANGE:
            found.append((value / 100, SMALL_CHANGE[sign[0]][0] if sign[0] in ("p", "pence") else "USD"))
        else:
            found.append((value, CURRENCIES[sign[0]]))
    return found


_SCALES = {"million": 1_000_000, "billion": 1e9, "bn": 1e9, "thousand": 1000, "m": 1_000_000, "k": 1000}


def mixed(low: str) -> tuple[float, str]:
    name = LONG_UNIT_END.search(low)
    unit = UNITS[name[0]] if name else UNITS["hours"]
    count = NUMBERS.search(low)
    value = number(count[0]) if count else 1.0
    if "quarter" in low:
        value *= 0.25
    elif low.startswith("half"):
        value = 0.5
    elif "half" in low:
        value += 0.5
    return value * unit.factor, unit.dimension


def measures(low: str) -> list[tuple[float, str]]:
    name = UNIT_END.search(low)
    assert name is not None
    # The longest unit that ends the text: "working days" before "days".
    unit = UNITS[name[0]]
    numbers = [number(n) for n in NUMBERS.findall(low[: name.start()])]
    return [(n * unit.factor, unit.dimension) for n in numbers]


def multiple(low: str) -> float:
    if low.startswith(("doubl", "twice")):
        return 2
    return 3 if low.startswith(("tripl", "trebl")) else number(NUMBERS.search(low)[0])  # type: ignore[index]


def weekdays(low: str) -> str:
    days = [WEEKDAYS[d] for d in WEEKDAY_NAME.findall(low)]
    return f"{days[0]}-{days[1]}" if len(days) == 2 else "0-4"
