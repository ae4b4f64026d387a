"""What a quantity bounds: "over $40" is a least, "up to 24 hours" a most, "until 30 June" an end, "from May" a start."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from evaluation.gates.gate import Copy
from evaluation.gates.numbers import same_quantity
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import CACHED_TEXTS, plain, stems
from evaluation.gates.usage import uses_clause

Bound = Literal["", "least", "most", "until", "since"]


class Bounded(NamedTuple):
    quantity: Quantity
    bound: Bound


_BEFORE: tuple[tuple[Bound, str], ...] = (
    (
        "most",
        r"up to|down to|\w*(?:proof|tight|resistant|safe) to|at most|limited to|limit of|limit is|never (?:more than|over|above)|tops out at|no more than|not more than|under|below|less than|fewer than|maximum(?: of)?|max\.?|within|"
        r"capped at|in (?:your|their|the|its) (?:first|next|last)|for (?:your|their|the|its) first|as (?:many|much) as|not over|in under|(?:young|cold|short|small|low|light|cool|cheap|narrow)er than|earlier than",
    ),
    (
        "least",
        r"over|above|more than|at least|minimum(?: of)?|min\.?|minimum \w+ (?:is|of)|from|starts? (?:at|from)|starting (?:at|from)|"
        r"no less than|not less than|exceeding|(?:old|warm|long|larg|bigg|high|heavi|great|hott|tall|wid)er than|later than|beyond|upwards of|as (?:little|low) as",
    ),
    (
        "until",
        r"until|till|til|by|before|no later than|(?<!wait )ends?(?: on| at)?|ending(?: on)?|closes?(?: on| at)?|closing(?: on)?|expires?(?: on)?|"
        r"runs? out(?: on)?|through|thru|deadline(?: is)?|valid to|last (?:day|date) is|due(?: on| by)?|ahead of|"
        r"stops?(?: working)?(?: on)?|finish(?:es)?(?: on| at)?",
    ),
    (
        "since",
        r"from|starting(?: on)?|starts?(?: on| at)?|opens?(?: on| at)?|as of|after|since|begins?(?: on)?|beginning(?: on)?|"
        r"launch(?:es)?(?: on)?|not before",
    ),
)
_AFTER: tuple[tuple[Bound, str], ...] = (
    (
        "least",
        r"(?:\w+ ){0,4}or more\b|(?:\w+ ){0,2}(?:or|and) (?:more|over|above|older|longer|larger|higher|up(?! to)|upwards)\b|\+|minimum\b",
    ),
    (
        "most",
        r"(?:\w+ ){0,2}(?:or|and) (?:less|fewer|under|below|younger|shorter)\b|maximum\b|max\b|limit\b|at most\b",
    ),
    ("until", r"at the latest|deadline\b|or (?:earlier|before)\b|is the (?:last|final) (?:day|date)"),
    ("since", r"onwards?\b|or later\b|at the earliest"),
)
_LEADS = tuple(
    (
        bound,
        re.compile(
            rf"(?:^|\W)(?:{words})(?: the| an?| just| only| our| about| your| ages?| the age of)?[ -]$",
            re.IGNORECASE,
        ),
    )
    for bound, words in _BEFORE
)
_TAILS = tuple((bound, re.compile(rf"\s?(?:{words})", re.IGNORECASE)) for bound, words in _AFTER)
_SPAN_LEAD = re.compile(
    r"[\w.] ?- ?$|(?:\d|[ap]\.?m\.?|days?|noon|midnight|January|February|March|April|May|June|July|August|September|October|November|December) to $"
)
# "Up to 48 hours before", "until two days before" and "at least two days before" all set the latest moment.
_NOTICE_LEAD = re.compile(
    r"\b(?:up to|until|till|by|no later than|at the latest|at least|minimum(?: of)?) $", re.IGNORECASE
)
_NOTICE_TAIL = re.compile(r" (?:before|beforehand|ahead|in advance|prior)\b", re.IGNORECASE)
# "You have two weeks", "takes 48 hours" say as much as "within".
_TIME_GIVEN = re.compile(r"\b(?:have|has|takes?|got|get|gives? you|for|in|need|needs) $", re.IGNORECASE)
_DATED = ("date", "month", "time", "weekday")
_OPPOSITE: dict[Bound, Bound] = {"least": "most", "most": "least", "until": "since", "since": "until", "": ""}
# A limit that another word of the copy states: "places are limited" for "limited to 16".
_LIMIT_WORDS = re.compile(
    r"\b(?:limit\w*|max(?:imum)?|min(?:imum)?|most|least|starts?|starting|capped|first|next|than|then)\b"
)
_DEADLINE_WORDS = re.compile(
    r"\b(?:deadline|last|final|until|till|by|before|ends?|clos\w+|due|expir\w+|stops?)\b"
)
_REFUSED = re.compile(
    r"\b(?:not (?:admitted|allowed|permitted|accepted|eligible|insured|covered)|cannot|can't|may not|never)\b",
    re.IGNORECASE,
)
# "Sixteen children" says as much as "limited to 16 children".
_PLACES = re.compile(r"\blimited to $", re.IGNORECASE)
_TIED = ("weekday", "date", "time", "month")


def bound_fault(fact: str, copy: Copy) -> str:
    """The sentence that says which limit of the fact the copy drops or turns round; empty when none."""
    ours = bounded_quantities(copy.text)
    theirs = [
        b for b in bounded_quantities(fact) if not b.quantity.implied and not _day_of_date(b.quantity, fact)
    ]
    for limit in theirs:
        if not uses_clause(fact, limit.quantity.start, copy.text):
            continue
        same = [
            b
            for b in ours
            if same_quantity(b.quantity, limit.quantity)
            or same_quantity(limit.quantity, b.quantity)
            or _is_bare_clock(b.quantity, limit.quantity)
        ]
        said = f'"{_phrase(limit, fact)}"'
        if not same:
            if _binds(limit) and not _is_weekend(limit.quantity, copy):
                return f"The fact says {said}; the copy leaves that out."
        elif _turned(limit, same, copy.facts) and not mirrored(fact, copy):
            return f'The fact says {said}; the copy says "{_phrase(same[0], copy.text)}".'
        elif _loosened(limit, same, fact, copy) and not _PLACES.search(plain(fact)[: limit.quantity.start]):
            return f"The fact says {said}; the copy drops the limit."
        elif lost := _lost_rate(limit.quantity, same, copy):
            return f'The fact says "{limit.quantity.text}" per {lost}; the copy leaves that out.'
    return ""


@lru_cache(CACHED_TEXTS)
def bounded_quantities(text: str) -> tuple[Bounded, ...]:
    """Each quantity of a text with what it bounds."""
    found = quantities(text)
    spans = Counter(q.start for q in found)
    return tuple(
        Bounded(q, _bound(q, plain(text)) if spans[q.start] == 1 else _end_of_span(q, found)) for q in found
    )


def _is_bare_clock(ours: Quantity, theirs: Quantity) -> bool:
    """ "Until 11" for 11 a.m."""
    return ours.kind == "count" and theirs.kind == "time" and theirs.value % 720 == ours.value % 12 * 60


def _day_of_date(quantity: Quantity, text: str) -> bool:
    """ "Sunday 26 January" may lose its Sunday."""
    return quantity.kind == "weekday" and any(
        q.kind == "date" and 0 <= q.start - quantity.end <= 2 for q in quantities(text)
    )


def _end_of_span(quantity: Quantity, found: tuple[Quantity, ...]) -> Bound:
    """ "8am-8pm" starts with its first clock and ends with its last."""
    if quantity.kind not in _DATED:
        return ""
    return "since" if quantity == next(q for q in found if q.start == quantity.start) else "until"


def _bound(quantity: Quantity, text: str) -> Bound:
    dated = quantity.kind in _DATED
    for bound, after in _candidates(_TAILS, dated):
        if after.match(text, quantity.end):
            return bound
    before = text[max(0, quantity.start - 30) : quantity.start]
    if dated and _SPAN_LEAD.search(before):
        return "until"
    if not dated and _NOTICE_TAIL.match(text, quantity.end) and _NOTICE_LEAD.search(before):
        return "least"
    if not dated and _NOTICE_TAIL.match(text, quantity.end) and before.endswith("from "):
        return "most"
    for bound, lead in _candidates(_LEADS, dated):
        if lead.search(before) and not (quantity.kind == "percent" and before.endswith("from ")):
            return bound
    return ""


def _candidates(
    table: tuple[tuple[Bound, re.Pattern[str]], ...], dated: bool
) -> Iterator[tuple[Bound, re.Pattern[str]]]:
    return ((bound, pattern) for bound, pattern in table if (bound in ("until", "since")) == dated)


def _binds(limit: Bounded) -> bool:
    """A minimum, a maximum, a deadline, a day or a time window must stay; a start or a plain number may go."""
    return limit.bound in ("least", "most", "until") or limit.quantity.kind in _TIED


def mirrored(fact: str, copy: Copy) -> bool:
    """ "Children need to be 8 or older" for "children under 8 are not admitted"."""
    if not _REFUSED.search(plain(fact)) or _REFUSED.search(plain(copy.text)):
        return False
    return any(
        ours.bound and ours.bound == _OPPOSITE[theirs.bound] and same_quantity(ours.quantity, theirs.quantity)
        for theirs in bounded_quantities(fact)
        if theirs.bound in ("least", "most")
        for ours in bounded_quantities(copy.text)
    )


def _is_weekend(quantity: Quantity, copy: Copy) -> bool:
    """ "Weekend groceries" for those of Saturdays and Sundays."""
    return (
        quantity.kind == "weekday"
        and quantity.value >= 5
        and not quantity.unit
        and "weekend" in copy.text.lower()
    )


def _turned(limit: Bounded, same: list[Bounded], facts: tuple[str, ...]) -> bool:
    """The copy bounds the quantity the other way, and the facts nowhere do."""
    opposite = _OPPOSITE[limit.bound]
    if not opposite or any(b.bound == limit.bound for b in same):
        return False
    both = any(
        b.bound == opposite and same_quantity(b.quantity, limit.quantity)
        for text in facts
        for b in bounded_quantities(text)
    )
    return not both and any(b.bound == opposite for b in same)


def _loosened(limit: Bounded, same: list[Bounded], fact: str, copy: Copy) -> bool:
    if limit.bound not in ("least", "most", "until") or any(b.bound for b in same):
        return False
    fact_lead = plain(fact)[: limit.quantity.start]
    if fact_lead.endswith("within ") and any(
        _TIME_GIVEN.search(plain(copy.text)[: b.quantity.start]) for b in same
    ):
        return False
    stated = _DEADLINE_WORDS if limit.bound == "until" else _LIMIT_WORDS
    return stated.search(plain(copy.text).lower()) is None


def _lost_rate(quantity: Quantity, same: list[Bounded], copy: Copy) -> str:
    if quantity.kind != "money":
        return ""
    said = set(stems(copy.text)) | {rate for b in same for rate in b.quantity.rates}
    return next((rate for rate in quantity.rates if rate not in said and f"{rate}l" not in said), "")


def _phrase(limit: Bounded, text: str) -> str:
    """The quantity with the word before it and two after, as it stands in the text."""
    shown, quantity = plain(text), limit.quantity
    before = shown[: quantity.start].split(" ")[-3:] if limit.bound else []
    after = shown[quantity.end :].split(" ")[:3] if limit.bound else []
    return " ".join((" ".join(before) + quantity.text + " ".join(after)).strip(" ,.;:").split())
