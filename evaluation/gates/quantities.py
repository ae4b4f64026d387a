"""Reading the quantities of a text: money, percentages, dates, times, measures, codes and plain counts."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from evaluation.gates.text import CACHED_TEXTS, plain, stem
from evaluation.gates.units import (
    CURRENCIES,
    LARGE_WORDS,
    MONTHS,
    NUMBER_WORDS,
    SHORT_UNITS,
    SMALL_CHANGE,
    UNITS,
    WEEKDAYS,
)

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


def _either(names: Iterable[str]) -> str:
    """An alternation that tries the longest name first; names with a common start share it, which is faster to match."""
    tails: dict[str, list[str]] = {}
    for name in sorted(names):
        tails.setdefault(name[0], []).append(name[1:])
    return "|".join(re.escape(letter) + _after_start(rest) for letter, rest in tails.items())


def _after_start(tails: list[str]) -> str:
    longer = [tail for tail in tails if tail]
    if not longer:
        return ""
    found = _either(longer)
    if len(longer) == len(tails):
        return found if len(longer) == 1 else f"(?:{found})"
    return f"(?:{found})?"


_NUM = r"(?:\d+ \d/\d|\d/\d(?!\d)|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?)"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = _either(NUMBER_WORDS)
_SPELLED = (
    rf"(?:(?:{_TENS})[- ](?:one|two|three|four|five|six|seven|eight|nine)"
    rf"|(?:(?:a|half a|{_ONES}) )?(?:{_either(LARGE_WORDS)})|{_ONES})"
)
_N = rf"(?:{_NUM}(?: (?:million|billion|thousand|dozen))?|{_SPELLED}\b)"
_MONTH = _either(MONTHS)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DAYS = rf"{_DAY}(?:(?: ?(?:,|and|or|to|-|&) ?)(?:the )?{_DAY}){{0,4}}"
_WEEKDAY = _either(WEEKDAYS)
_MERIDIEM = r"[ap]\.?m\b\.?"
_CLOCK = rf"\d{{1,2}}(?:[:.]\d\d)? ?{_MERIDIEM}|\d{{1,2}}:\d\d|(?:12 |twelve )?(?:noon|midday|midnight)\b"
_SPAN = r" ?(?:-|to|and|or|until|till|x) ?"
_LONG_UNITS = _either(UNITS.keys() - SHORT_UNITS)
_UNIT = rf"(?:{_either(UNITS)})(?![\w/])"
_SIGN = r"(?:us|ca|a)?\$|[€£¥₹]"
_COIN = _either(CURRENCIES.keys() | SMALL_CHANGE.keys())
_RATE_NOUN = (
    "working day|second|minute|hour|day|night|weekend|week|fortnight|month|quarter|year|kwh|kilowatt[ -]hour|mile|km|kilomet(?:re|er)|kg|kilo(?:gram)?|g|gram|lb|pound|oz|ounce|litre|"
    "entity|person|head|adult|child|guest|couple|family|household|user|seat|stay|visit|class|session|trip|journey|"
    "ticket|item|pack|box|bag|bottle|piece|pair|room|car|page|transaction|order|delivery|call|text|line|device"
)
_RATES = re.compile(
    rf"(?: ?/ ?| ?- ?(?=a )|,? per | an? | each | every | for each | for every )({_RATE_NOUN})\b"
    r"|,? (hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|yearly|annually)\b"
)

_PARTS: tuple[tuple[str, str], ...] = (
    ("address", r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.\w[\w.]*"),
    ("iso", r"\d{4}-\d\d-\d\d"),
    ("numeric", r"\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b"),
    ("monthyear", rf"(?:{_MONTH})\.? \d{{4}}\b"),
    ("daymonth", rf"{_DAYS} (?:of )?(?:{_MONTH})\b(?:,? (?:19|20)\d\d\b)?"),
    ("monthday", rf"(?:{_MONTH})\.? (?:the )?{_DAYS}(?![\d%]|[.:]\d| ?{_MERIDIEM})(?:,? (?:19|20)\d\d\b)?"),
    ("clocks", rf"\d{{1,2}}(?:[:.]\d\d)? ?(?:-|to|until|till|and) ?\d{{1,2}}(?:[:.]\d\d)? ?{_MERIDIEM}"),
    (
        "clock",
        rf"(?:{_CLOCK})|(?:half|quarter) (?:past|to) (?:{_N})|(?:{_N}) (?:o'clock )?(?:at night|in the (?:morning|afternoon|evening))|(?:{_N}) o'clock",
    ),
    ("always", r"24/7|round[- ]the[- ]clock|around[- ]the[- ]clock"),
    ("resolution", r"(?:480|720|1080|1440|2160)p\b"),
    (
        "signed",
        rf"(?:{_SIGN}) ?{_NUM}(?: ?(?:million|billion|thousand|bn|m|k)\b)?(?: ?- ?(?:{_SIGN})?{_NUM})?",
    ),
    ("coined", rf"(?:usd|eur|gbp|chf|cad|aud) ?{_NUM}|{_N}(?: ?[€£¥₹¢]|[ -]?(?:{_COIN})(?!\w| ?\d))"),
    ("percent", rf"{_N}(?:{_SPAN}{_N})? ?(?:%|percent\b|per ?cent\b|pct\b)"),
    (
        "mixed",
        rf"(?:{_N} and a half|half(?: an?)?|(?:{_N} )?quarters?(?: of)?(?: an?)?|an?)[ -]?(?:{_LONG_UNITS})"
        r"(?: and a half)?\b",
    ),
    ("first", r"(?:first|whole|full|entire) (?:year|month|week|day|night|hour|fortnight|weekend)\b"),
    (
        "measure",
        rf"{_N}(?:(?:{_SPAN}){_N}){{0,4}}(?: (?:extra|more|further|additional|full|whole|consecutive))?[ -]?{_UNIT}",
    ),
    (
        "times",
        rf"doubl(?:e|es|ed|ing)\b|twice\b|trebl(?:e|es|ed)\b|tripl(?:e|es|ed|ing)\b|(?:{_N})(?: times\b|-fold\b|x\b)",
    ),
    (
        "halfprice",
        r"half[- ](?:price|off|the price)\b|halved\b|(?:an? |one )?(?:half|third|quarter|fifth|tenth)[- ](?:off|less|cheaper|discount)\b",
    ),
    ("fraction", r"half(?= of\b)|(?:(?:an?|one) )(?:half|third)(?= of\b)"),
    # Atomic groups: a candidate of a hundred digits must not be split in all possible ways.
    ("code", r"(?=[\d./-]*[a-z])(?>[a-z]*\d[a-z\d]*)(?>(?:[-/.](?=[a-z]*\d)[a-z\d]+)*)\b"),
    (
        "weekdays",
        rf"(?:{_WEEKDAY})s?\.? ?(?:to|-|through|thru|until|till) ?(?:{_WEEKDAY})s?\b|weekdays?\b|mon-fri\b",
    ),
    ("weekday", rf"(?:{_WEEKDAY})s?\b"),
    ("month", rf"(?:{_MONTH})\b"),
    (
        "adverb",
        r"(?:hourly|daily|nightly|weekly|fortnightly|monthly|yearly|annual|annually|both|couple|pair|twins?|single)\b",
    ),
    ("count", rf"{_N}(?:st|nd|rd|th)?"),
)
_SCAN = re.compile(
    r"(?<![\w$€£.])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _PARTS) + ")", re.IGNORECASE
)
_NUMBERS = re.compile(rf"{_NUM}|{_SPELLED}\b", re.IGNORECASE)
_PLAIN_NUMBERS = re.compile(_NUM)
_DIGITS = re.compile(r"\d+")
_ADVERBS: dict[str, tuple[float, str]] = {
    "hourly": (3600, "time"), "daily": (86400, "time"), "nightly": (1, "night"), "weekly": (604800, "time"),
    "fortnightly": (1209600, "time"), "monthly": (1, "month"), "yearly": (12, "month"), "annual": (12, "month"),
    "annually": (12, "month"), "both": (2, ""), "couple": (2, ""), "pair": (2, ""), "twin": (2, ""), "twins": (2, ""),
    "single": (1, ""),
}  # fmt: skip
RATE_OF_ADVERB = {"hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "fortnightly": "fortnight",
                   "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year"}  # fmt: skip
_RATE_NAMES = {"kilowatt hour": "kwh", "kilowatt-hour": "kwh", "kilometre": "km", "kilometer": "km", "kilo": "kg", "kilogram": "kg",
               "gram": "g", "head": "person", "pound": "lb", "ounce": "oz"}  # fmt: skip
# "Within a day", "in a day" promise a time; "once in a day" is a rate.
_GIVEN_TIME = re.compile(r"\bwithin $|(?<!once )(?<!twice )(?<!times )\bin $", re.IGNORECASE)
_PARTS_OFF = {"third": 100 / 3, "quarter": 25, "fifth": 20, "tenth": 10}
# "Your 2025 meter reading": a year before a noun.
_YEAR_AND_NOUN = re.compile(r"((?:19|20)\d\d) (?:meter|pound|second|degree|mile|foot|yard|minute|bit|watt)\b")
_MONTH_CONTEXT = re.compile(
    r"(?:\b(?:in|by|until|till|from|of|since|to|through|and|or|this|next|last|during|late|early|mid|for|all|before|"
    r"after|every|each|end|starts?|ends?)[ -]|-)$",
    re.IGNORECASE,
)
_FIRST_WORDS = (
    frozenset(
        "first whole full entire half quarter quarters noon midday midnight round around double doubles doubled doubling twice treble trebles trebled triple "
        "triples tripled tripling halved third fifth tenth weekday weekdays usd eur gbp chf cad aud us ca".split()
    )
    | NUMBER_WORDS.keys()
    | LARGE_WORDS.keys()
    | MONTHS.keys()
    | WEEKDAYS.keys()
    | _ADVERBS.keys()
)
# A cheap look for the words that can start a quantity, before the long pattern is tried: one with a figure or a sign, and
# some without; an article only before what it may count ("a dozen", "a third off", "an hour").
_IN_WORD = r"[\w$€£¥₹@.+':/]"
_STARTS = re.compile(
    rf"(?<!{_IN_WORD})(?:{_IN_WORD}*?(?:[\d$€£¥₹@:/]|www)"
    rf"|an?(?= (?:half|third|quarters?|fifth|tenth|{_either(LARGE_WORDS)})\b|[ -](?:{_LONG_UNITS})\b)"
    rf"|(?:{_either(_FIRST_WORDS)})[.'s]*(?!{_IN_WORD}))",
    re.IGNORECASE,
)
#: Unit of a time that may be of the morning or of the evening: "half past six".
_HALF_DAY = "half day"
_PART_OF_HOUR = re.compile(r"(half|quarter) (past|to) ")
_CURRENCY_SIGN = re.compile(rf"{_SIGN}|[¢]|\b(?:usd|eur|gbp|chf|cad|aud)\b|(?<![a-z])(?:{_COIN})(?![a-z])")
_LONG_UNIT_END = re.compile(rf"(?:{_LONG_UNITS})(?= and a half|$)")
_UNIT_END = re.compile(rf"(?:{_either(UNITS)})$")
_MONTH_NAME = re.compile(rf"(?<![a-z])(?:{_MONTH})(?![a-z])")
_WEEKDAY_NAME = re.compile(_WEEKDAY)
_YEAR_END = re.compile(r"\b(?:19|20)\d\d$")
_ABBREVIATION_END = re.compile(r"\.|,|-| ?(?:-|to|and|&|at|\d)|$")
_MONTH_TAIL = re.compile(rf" only\b| (?:and|to|or|until)? ?(?:{_MONTH})\b| ?- ?(?:{_MONTH})\b", re.IGNORECASE)


@lru_cache(CACHED_TEXTS)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Every quantity of a text, in order; positions are those of the plain form."""
    text = plain(text)
    found: list[Quantity] = []
    end = 0
    for start in (token.start() for token in _STARTS.finditer(text)):
        if start >= end and (match := _SCAN.match(text, start)):
            found.extend(_read(str(match.lastgroup), match[0], match.start(), text))
            end = match.end()
    return tuple(found)


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
        return float(re.sub(r",(?=\d{3}(?!\d))", "", text).replace(",", "."))
    return float(sum(NUMBER_WORDS.get(part, 0) for part in re.split(r"[- ]", text)))


def numbers_of(quantity: Quantity) -> list[float]:
    """The numbers as they are written: 9 of "nine-year", whose value is 108 months."""
    return [number(n) for n in _NUMBERS.findall(quantity.text.lower())]


def _read(part: str, found: str, start: int, text: str) -> list[Quantity]:
    low = found.lower()
    end = start + len(found)
    spelled = not any(c.isdigit() for c in found)

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
            return [quantity("date", value, year) for value, year in _dates(low)]
        case "clocks" | "clock":
            return [
                quantity("time", minutes, _HALF_DAY * bool(_PART_OF_HOUR.match(low)))
                for minutes in _minutes(low)
            ]
        case "always":
            return [quantity("code", 0, "24/7")]
        case "signed" | "coined":
            return [quantity("money", value, currency) for value, currency in _money(low)] or [
                quantity("count", number(_NUMBERS.search(low)[0]))  # type: ignore[index]
            ]
        case "percent":
            return [quantity("percent", number(n)) for n in _NUMBERS.findall(low)]
        case "mixed":
            value, unit = _mixed(low)
            return [
                quantity(
                    "measure",
                    value,
                    unit,
                    implied=re.match(r"an?[ -]", low) is not None
                    and "half" not in low
                    and not _GIVEN_TIME.search(text[:start]),
                )
            ]
        case "first":
            one = UNITS[low.split()[1]]
            return [quantity("measure", one.factor, one.dimension, implied=True)]
        case "measure":
            if dated := _YEAR_AND_NOUN.fullmatch(low):
                return [quantity("count", int(dated[1]))]
            return [quantity("measure", value, unit) for value, unit in _measures(low)]
        case "times":
            return [quantity("multiple", _multiple(low))]
        case "halfprice":
            return [quantity("percent", next((v for part, v in _PARTS_OFF.items() if part in low), 50))]
        case "fraction":
            return [quantity("percent", 50 if "half" in low else 100 / 3, "of")]
        case "code" | "resolution":
            return _codes(low, quantity)
        case "weekdays":
            return [quantity("weekday", 0, _weekdays(low))]
        case "weekday":
            name = low if low in WEEKDAYS else low.removesuffix("s")
            if len(name) < 6 and not (found[0].isupper() and _ABBREVIATION_END.match(text, end)):
                return []
            return [quantity("weekday", WEEKDAYS[name])]
        case "month":
            return [quantity("month", MONTHS[low])] if _is_month(found, start, text) else []
        case "adverb":
            value, unit = _ADVERBS[low]
            return [quantity("measure" if unit else "count", value, unit, implied=True)]
        case "count":
            ordinal = re.search(r"\d(st|nd|rd|th)$", low)
            return [quantity("count", number(low[:-2] if ordinal else low), "ordinal" if ordinal else "")]
    return []


def _rates(text: str, end: int) -> tuple[str, ...]:
    """What a price or a number is for: $90 per entity per month → (entity, month)."""
    rates = []
    while match := _RATES.match(text, end):
        rates.append(_RATE_NAMES.get(match[1], match[1]) if match[1] else RATE_OF_ADVERB[match[2]])
        end = match.end()
    return tuple(rates)


def _dates(low: str) -> list[tuple[int, str]]:
    name = _MONTH_NAME.search(low)
    month = MONTHS[name[0]] if name else 0
    year = _YEAR_END.search(low)
    days = low[: year.start()] if year else low
    return [(month * 100 + int(day), year[0] if year else "") for day in _DIGITS.findall(days)]


def _minutes(low: str) -> list[int]:
    """Minutes after midnight; the first clock of "8-10am" takes the half of the day that makes the span short."""
    if low.endswith(("noon", "midday", "midnight")) and "after" not in low:
        return [0 if low.endswith("midnight") else 720]
    if part := _PART_OF_HOUR.match(low):
        minutes = 30 if part[1] == "half" else 15 if part[2] == "past" else -15
        return [int(60 * number(low[part.end() :]) + minutes) % 1440]
    low = re.sub(r" ?o'clock", "", low)
    afternoon = (
        "p" in low.split(" at night")[0].split(" in the ")[0] or "evening" in low or "afternoon" in low
    )
    half = afternoon or " at night" in low
    known = half or "a" in low
    small_hours = " at night" in low
    clocks = [(int(h), int(m or 0)) for h, m in re.findall(r"(\d{1,2})(?:[:.](\d\d))?", low)]
    if not clocks:
        clocks = [(int(number(low.split(" ")[0])), 0)]
    if small_hours and clocks[0][0] in (12, 1, 2, 3, 4):
        return [clocks[0][0] % 12 * 60 + clocks[0][1]]
    times = [h % 12 * 60 + m + 720 * half if known and h <= 12 else h * 60 + m for h, m in clocks]
    if len(times) == 2 and times[0] > times[1]:
        times[0] -= 720
    return [t % 1440 for t in times]


def _money(low: str) -> list[tuple[float, str]]:
    found = []
    sign = _CURRENCY_SIGN.search(low)
    if sign is None:
        return []
    scale = next((f for end, f in _SCALES.items() if low.endswith(end)), 1)
    for n in _PLAIN_NUMBERS.findall(low) or [low[: sign.start()]]:
        value = number(n) * scale
        if sign[0] in SMALL_CHANGE:
            found.append((value / 100, SMALL_CHANGE[sign[0]][0] if sign[0] in ("p", "pence") else "USD"))
        else:
            found.append((value, CURRENCIES[sign[0]]))
    return found


_SCALES = {"million": 1_000_000, "billion": 1e9, "bn": 1e9, "thousand": 1000, "m": 1_000_000, "k": 1000}


def _mixed(low: str) -> tuple[float, str]:
    name = _LONG_UNIT_END.search(low)
    unit = UNITS[name[0]] if name else UNITS["hours"]
    count = _NUMBERS.search(low)
    value = number(count[0]) if count else 1.0
    if "quarter" in low:
        value *= 0.25
    elif low.startswith("half"):
        value = 0.5
    elif "half" in low:
        value += 0.5
    return value * unit.factor, unit.dimension


def _measures(low: str) -> list[tuple[float, str]]:
    name = _UNIT_END.search(low)
    assert name is not None
    # The longest unit that ends the text: "working days" before "days".
    unit = UNITS[name[0]]
    numbers = [number(n) for n in _NUMBERS.findall(low[: name.start()])]
    return [(n * unit.factor, unit.dimension) for n in numbers]


def _multiple(low: str) -> float:
    if low.startswith(("doubl", "twice")):
        return 2
    return 3 if low.startswith(("tripl", "trebl")) else number(_NUMBERS.search(low)[0])  # type: ignore[index]


def _codes(low: str, quantity: Callable[[Kind, float, str], Quantity]) -> list[Quantity]:
    if plural := re.fullmatch(r"(\d{1,15})s", low):
        return [quantity("count", float(plural[1]), "")]
    return [quantity("code", 0, low.replace("-", ""))]


def _weekdays(low: str) -> str:
    days = [WEEKDAYS[d] for d in _WEEKDAY_NAME.findall(low)]
    return f"{days[0]}-{days[1]}" if len(days) == 2 else "0-4"


def _is_month(found: str, start: int, text: str) -> bool:
    """ "May" and "March" are months only after a word that leads to one; "mar" and "jan" only with a capital."""
    if not found[0].isupper():
        return False
    if found in ("May", "March", "Mar", "Dec", "Sep", "Oct", "Jan", "Jun", "Jul"):
        lead = text[max(0, start - 12) : start]
        return bool(_MONTH_CONTEXT.search(lead) or _MONTH_TAIL.match(text, start + len(found)))
    return True


def following_stems(text: str, end: int, limit: int = 3) -> list[str]:
    """The stems of the words right after a quantity, up to the end of its clause."""
    clause = re.split(r"[.,;:!?()]", plain(text)[end:], maxsplit=1)[0]
    return [stem(word.lower()) for word in re.findall(r"[A-Za-z']+", clause)[:limit]]
