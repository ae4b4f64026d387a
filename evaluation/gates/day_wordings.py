"""One wording for the days of a week, for a price by the day and for a price by the head."""

import re

from evaluation.gates.text import plain
from evaluation.gates.units import WEEKDAYS

_DAYS = tuple(sorted((name for name in WEEKDAYS if name.endswith("day")), key=WEEKDAYS.__getitem__))
_TO = r"(?:to|through|until|till|-)"
_BUT = r"(?:except|excepting|but|bar|save|apart from|other than)(?: for)?"
_MONEY = r"[$€£] ?\d[\d.,]*\d|[$€£] ?\d|(?:CHF|EUR|GBP|USD) ?\d+|\d+(?:\.\d+)? (?:euros?|pounds?|dollars?|francs?|crowns|kroner)"
# Whoever comes may be any of these; a child, a member or a student may not.
_ANYBODY = r"guests?|diners?|visitors?|passengers?|participants?|attendees?|delegates?|travellers?|walkers?|players?|riders?"
_PACES = (
    ("hourly", "hour"),
    ("daily", "day"),
    ("nightly", "night"),
    ("weekly", "week"),
    ("monthly", "month"),
    ("(?:yearly|annual)", "year"),
)

_BY_THE_HEAD = re.compile(
    rf"({_MONEY}) (?:each|apiece|(?:a|per) (?:nose|piece)|for one)(?=[.,;:!?)]|$)", re.IGNORECASE
)
_OF_ANYBODY = re.compile(rf"\b(?:per|a|each|every) (?:{_ANYBODY}|person|head)\b", re.IGNORECASE)

_HOUR = r"(?:\d{1,2}(?:[:.]\d\d)?|(?:half past |quarter past |quarter to )?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))"
_WEEKEND = r"(?:(?:the )?weekends?|saturdays? (?:and|or) sundays?)"

DAY_WORDINGS: tuple[tuple[str, str], ...] = (
    # "At six every morning" is six in the morning, every day.
    (rf"\b({_HOUR}) (?:every|each) (morning|afternoon|evening)\b", r"\1 in the \2 every day"),
    (rf"\b(?:every|each) (morning|afternoon|evening) (at|from) ({_HOUR})(?! ?[ap]\.?m)\b", r"every day \2 \3 in the \1"),
    (rf"(?<!day),? except (?:on |for )?({'|'.join(_DAYS)})s?(?=[.,;:!?]|$)", r", every day except \1"),
    *(
        (rf"\b(?:from )?{_DAYS[(day + 1) % 7]}s? {_TO} {_DAYS[(day - 1) % 7]}s?\b", f"every day except {_DAYS[day].title()}")
        for day in range(7)
    ),
    *((rf"\b(?:from )?{_DAYS[day]}s? {_TO} {_DAYS[(day - 1) % 7]}s?\b", "every day") for day in range(7)),
    (rf"\b(?:every|each|any) day(?: of the week)?,? {_BUT} (?:on )?({'|'.join(_DAYS)})s?\b", r"every day except \1"),
    (rf"\b(?:never|(?:do|does|is|are|will)(?:n't| not)) open(?:s|ed)?(?= (?:on |at )?(?:the )?(?:{'|'.join(_DAYS)}|weekend))", "closed"),
    # What is closed on one day is open on the others; told beside them, it says nothing new.
    *((rf"(every day except {name}\b.*?),? ?(?:\band |\bbut )?(?:(?:is |are |we're |it's )?(?:\bclosed|\bshut) (?:on |every |all )?{name}s?|{name}s? (?:\bclosed|\bshut))\b", r"\1") for name in _DAYS),
    *((rf"(every day except {name}\b.*?)\bon {name}s?,? ([^.;:!?]{{1,40}}) (?:is|are) (?:closed|shut)\b", r"\1\2") for name in _DAYS),
    *((rf"(?<!except )\b(?:closed|shut) (?:on |every |all )?{name}s?\b(?! (?:from|until|till|at|morning|afternoon|evening|night|and|or|to|\d)\b)", f"open every day except {name}") for name in _DAYS),
    (rf"\b(?:closed|shut) (?:on |at |every |all )?{_WEEKEND}(?=[.,;:!?]|$)", "open Monday to Friday"),
    (r"\b(?:every|each) day of the week\b|\ball seven days(?: of the week)?\b", "every day"),
    (r"\b(every day|7 days a week|seven days a week),? (?:weekends?|saturdays? and sundays?|sundays?) (?:included|too|as well)\b", r"\1"),
    *(
        (rf"\b{pace}(?: (?:rate|price|fee|charge|cost))?(?: of| at|:)? ({_MONEY})(?! an?\b| per\b)", rf"\1 a {period}")
        for pace, period in _PACES
    ),
    *((rf"({_MONEY}) {pace}\b", rf"\1 a {period}") for pace, period in _PACES[:2]),
    (rf"\b(?:per|for each|for every|each|every|a) (?:{_ANYBODY})(?=[.,;:!?]|$| (?:for|at|on|in|and|with|until|from|is|are)\b)", "per person"),
    (r"\bfor (?:each|every one) of you\b", "per person"),
)  # fmt: skip


def by_the_head(text: str, facts: tuple[str, ...]) -> str:
    """ "£7 each" is a price per person where the facts have one per guest."""
    if not any(_OF_ANYBODY.search(plain(fact)) for fact in facts):
        return text
    return _BY_THE_HEAD.sub(r"\1 per person", text)
