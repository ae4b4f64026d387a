"""Numbers as they are spoken, in figures: "the third to the ninth of May", "ten till two", "three fifths"."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from collections.abc import Iterator
from itertools import pairwise

from evaluation.gates.quantities import quantities
from evaluation.gates.quantity_values import number
from evaluation.gates.text import plain
from evaluation.gates.units import MONTHS, NUMBER_WORDS

_FIRST_TO_NINTH = "first second third fourth fifth sixth seventh eighth ninth".split()
_ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            *_FIRST_TO_NINTH,
            *"tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
            *(f"twenty-{one}" for one in _FIRST_TO_NINTH),
            "thirtieth",
            "thirty-first",
        ],
        1,
    )
}
_ORDINAL = "|".join(sorted(_ORDINALS, key=len, reverse=True))
_WORD = "|".join(NUMBER_WORDS)
_MONTH = "|".join(name for name in MONTHS if len(name) > 4 or name in ("may", "june", "july"))
_DATE = re.compile(
    rf"\b(?:the )?({_ORDINAL})(?: (to|until|till|through|and|or) (?:the )?({_ORDINAL}))? of ({_MONTH})\b",
    re.IGNORECASE,
)
_MINUTES_FROM = re.compile(
    rf"\b(an?|{_WORD}|\d+) minutes? (to|before|past|after) (midnight|noon|midday)\b", re.IGNORECASE
)
_CLOCKS = re.compile(
    rf"\b({_WORD}|\d{{1,2}})(?: ?- ?| (?:to|till|until|through) )({_WORD}|\d{{1,2}})\b(?! ?[ap]\.?m)",
    re.IGNORECASE,
)
_BELOW_ZERO = re.compile(
    rf"\b((?:{_WORD})(?:-(?:{_WORD}))?|\d+)(?: degrees?)?(?: Celsius)? below (?:zero|freezing)(?: Celsius)?\b",
    re.IGNORECASE,
)
_NO_FURTHER = re.compile(rf",? (?:and|but) (?:no|not a|never a) ({_ORDINAL})\b(?=[.,;!?]|$)", re.IGNORECASE)
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_FRACTION = re.compile(rf"\b({_WORD})[- ]({'|'.join(_PARTS)})s?\b(?: of\b)?", re.IGNORECASE)
_HALF_DAY = 720
_LARGEST_HOUR = 12


def in_figures(text: str, facts: tuple[str, ...]) -> str:
    """The text with its spoken dates in figures, and clocks and shares where a fact has the same in figures."""
    text = _DATE.sub(_date, text)
    text = _MINUTES_FROM.sub(_minutes_from, text)
    text = _CLOCKS.sub(lambda said: _clocks(said, facts), text)
    text = _BELOW_ZERO.sub(lambda said: f"-{number(said[1]):.0f} degrees Celsius", text)
    text = _NO_FURTHER.sub(lambda said: "" if _is_last(said[1], facts) else said[0], text)
    return _FRACTION.sub(lambda said: _share(said, facts), text)


def _date(said: re.Match[str]) -> str:
    last = f" {said[2]} {_ORDINALS[said[3].lower()]}" if said[2] else ""
    return f"{_ORDINALS[said[1].lower()]}{last} {said[4]}"


def _is_last(ordinal: str, facts: tuple[str, ...]) -> bool:
    """Whether the facts count one less: "16 places, and no seventeenth"."""
    last = _ORDINALS[ordinal.lower()] - 1
    return any(q.kind == "count" and q.value == last for fact in facts for q in quantities(fact))


def _minutes_from(said: re.Match[str]) -> str:
    """23:59 for "a minute to midnight"."""
    minutes = 1 if said[1].lower() in ("a", "an") else int(number(said[1]))
    whole = 0 if said[3].lower() == "midnight" else _HALF_DAY
    return _clock(whole - minutes if said[2].lower() in ("to", "before") else whole + minutes)


def _clocks(said: re.Match[str], facts: tuple[str, ...]) -> str:
    """10:00 to 14:00 for "ten till two", where a fact has that span."""
    start, end = number(said[1]), number(said[2])
    for opens, closes in _spans(facts) if start <= _LARGEST_HOUR and end <= _LARGEST_HOUR else ():
        if (opens - start * 60) % _HALF_DAY == (closes - end * 60) % _HALF_DAY == 0:
            return f"from {_clock(opens)} to {_clock(closes)}"
    return said[0]


def _spans(facts: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for fact in facts:
        clocks = [int(q.value) for q in quantities(plain(fact)) if q.kind == "time"]
        yield from pairwise(clocks)


def _share(said: re.Match[str], facts: tuple[str, ...]) -> str:
    share = round(100 * number(said[1]) / _PARTS[said[2].lower()])
    known = any(q.kind == "percent" and q.value == share for fact in facts for q in quantities(fact))
    return f"{share}%" if known else said[0]


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes % 1440, 60)
    return f"{hour}:{minute:02}"
