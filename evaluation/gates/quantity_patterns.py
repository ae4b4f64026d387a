"""How quantities are written: the patterns that find them and their parts."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from collections.abc import Iterable

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
_HOUR = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_FIVES = "five|ten|twenty|twenty-five"
_CLOCK = rf"(?:{_HOUR})(?:[ -](?:fifteen|thirty|forty-five))? ?{_MERIDIEM}|\d{{1,2}}(?:[:.]\d\d)? ?{_MERIDIEM}|\d{{1,2}}:\d\d|(?:12 |twelve )?(?:noon|midday|midnight)\b"
_SPAN = r" ?(?:-|to|and|or|until|till|x) ?"
_LONG_UNITS = _either(UNITS.keys() - SHORT_UNITS)
_UNIT = rf"(?:{_either(UNITS)})(?![\w/])"
_SIGN = r"(?:us|ca|a)?\$|[€£¥₹]"
_COIN = _either(CURRENCIES.keys() | SMALL_CHANGE.keys())
_RATE_NOUN = (
    "working day|second|minute|hour|day|night|weekend|week|fortnight|month|quarter|year|kwh|kilowatt[ -]hour|mile|km|kilomet(?:re|er)|kg|kilo(?:gram)?|g|gram|lb|pound|oz|ounce|litre|"
    "entity|person|head|adult|child|guest|couple|family|household|user|seat|stay|visit|class|session|trip|journey|"
    "ticket|item|pack|box|bag|bottle|piece|pair|room|car|page|bucket|tin|can|jar|tub|tube|roll|sheet|capsule|tablet|portion|serving|transaction|order|delivery|call|text|line|device"
)
RATES = re.compile(
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
        rf"(?:{_CLOCK})|(?:{_FIVES})(?: minutes)? past (?:{_HOUR})\b|(?:(?<=is )|(?<='s )|(?<=at )|(?<=by ))(?:{_FIVES})(?: minutes)? to (?:{_HOUR})\b|(?:half|quarter) (?:past|to) (?:{_N})|(?:{_N}) (?:o'clock )?(?:at night|in the (?:morning|afternoon|evening))|(?:{_N}) o'clock",
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
        rf"{_N}(?:(?:, {_N}){{1,4}},? (?:and|or) {_N}|(?:(?:{_SPAN}){_N}){{0,4}})(?: (?:extra|more|further|additional|full|whole|consecutive))?[ -]?{_UNIT}",
    ),
    (
        "times",
        rf"doubl(?:e|es|ed|ing)\b|twice\b|trebl(?:e|es|ed)\b|tripl(?:e|es|ed|ing)\b|(?:{_N})(?: times\b|-fold\b|x\b)",
    ),
    (
        "halfprice",
        r"(?<=by )(?:an? |one )(?:half|third|quarter|fifth|tenth)\b(?! (?:of|past|to)\b)|half[- ](?:price|off|the price)\b|halved\b|(?:an? |one )?(?:half|third|quarter|fifth|tenth)[- ](?:off|less|cheaper|discount)\b",
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
SCAN = re.compile(
    r"(?<![\w$€£.])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _PARTS) + ")", re.IGNORECASE
)
NUMBERS = re.compile(rf"{_NUM}|{_SPELLED}\b", re.IGNORECASE)
PLAIN_NUMBERS = re.compile(_NUM)
DIGITS = re.compile(r"\d+")
ADVERBS: dict[str, tuple[float, str]] = {
    "hourly": (3600, "time"), "daily": (86400, "time"), "nightly": (1, "night"), "weekly": (604800, "time"),
    "fortnightly": (1209600, "time"), "monthly": (1, "month"), "yearly": (12, "month"), "annual": (12, "month"),
    "annually": (12, "month"), "both": (2, ""), "couple": (2, ""), "pair": (2, ""), "twin": (2, ""), "twins": (2, ""),
    "single": (1, ""),
}  # fmt: skip
RATE_OF_ADVERB = {"hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "fortnightly": "fortnight",
                   "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year"}  # fmt: skip
RATE_NAMES = {"kilowatt hour": "kwh", "kilowatt-hour": "kwh", "kilometre": "km", "kilometer": "km", "kilo": "kg", "kilogram": "kg",
               "gram": "g", "head": "person", "pound": "lb", "ounce": "oz"}  # fmt: skip
# "Within a day", "in a day" promise a time; "once in a day" is a rate.
GIVEN_TIME = re.compile(r"\bwithin $|(?<!once )(?<!twice )(?<!times )\bin $", re.IGNORECASE)
PARTS_OFF = {"third": 100 / 3, "quarter": 25, "fifth": 20, "tenth": 10}
# "Your 2025 meter reading": a year before a noun.
YEAR_AND_NOUN = re.compile(r"((?:19|20)\d\d) (?:meter|pound|second|degree|mile|foot|yard|minute|bit|watt)\b")
MONTH_CONTEXT = re.compile(
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
    | ADVERBS.keys()
)
# A cheap look for the words that can start a quantity, before the long pattern is tried: one with a figure or a sign, and
# some without; an article only before what it may count ("a dozen", "a third off", "an hour").
_IN_WORD = r"[\w$€£¥₹@.+':/]"
STARTS = re.compile(
    rf"(?<!{_IN_WORD})(?:{_IN_WORD}*?(?:[\d$€£¥₹@:/]|www)"
    rf"|an?(?= (?:half|third|quarters?|fifth|tenth|{_either(LARGE_WORDS)})\b|[ -](?:{_LONG_UNITS})\b)"
    rf"|(?:{_either(_FIRST_WORDS)})[.'s]*(?!{_IN_WORD}))",
    re.IGNORECASE,
)
#: Unit of a time that may be of the morning or of the evening: "half past six".
HALF_DAY = "half day"
PART_OF_HOUR = re.compile(rf"(half|quarter|{_FIVES})(?: minutes)? (past|to) ")
CURRENCY_SIGN = re.compile(rf"{_SIGN}|[¢]|\b(?:usd|eur|gbp|chf|cad|aud)\b|(?<![a-z])(?:{_COIN})(?![a-z])")
LONG_UNIT_END = re.compile(rf"(?:{_LONG_UNITS})(?= and a half|$)")
UNIT_END = re.compile(rf"(?:{_either(UNITS)})$")
MONTH_NAME = re.compile(rf"(?<![a-z])(?:{_MONTH})(?![a-z])")
WEEKDAY_NAME = re.compile(_WEEKDAY)
YEAR_END = re.compile(r"\b(?:19|20)\d\d$")
ABBREVIATION_END = re.compile(r"\.|,|-| ?(?:-|to|and|&|at|\d)|$")
MONTH_TAIL = re.compile(rf" only\b| (?:and|to|or|until)? ?(?:{_MONTH})\b| ?- ?(?:{_MONTH})\b", re.IGNORECASE)
