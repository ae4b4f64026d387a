"""Limits of a fact that the copy drops or turns round: a minimum, a maximum, a deadline, a start."""

import re

from evaluation.gates.bounded import Bound, Bounded, bounded_quantities
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.spans import is_span
from evaluation.gates.text import plain, stem, stems
from evaluation.gates.units import UNITS
from evaluation.gates.usage import uses_clause

# "You have two weeks", "takes 48 hours" say as much as "within".
_TIME_GIVEN = re.compile(r"\b(?:have|has|takes?|got|get|gives? you|for|in|need|needs) $", re.IGNORECASE)
_OPPOSITE: dict[Bound, Bound] = {"least": "most", "most": "least", "until": "since", "since": "until", "": ""}
# A limit that another word of the copy states: "places are limited" for "limited to 16".
_LIMIT_WORDS = re.compile(
    r"\b(?:(?:long|short|small|larg|bigg|high|low|old|young)est|enough|suffic\w+|qualif\w+|makes? an?|limit\w*|max(?:imum)?|min(?:imum)?|most|least|starts?|starting|capped|first|next|than|then|after that|afterwards|thereafter)\b"
)
_DEADLINE_WORDS = re.compile(
    r"\b(?:deadline|last|final|until|till|by|before|ends?|clos\w+|shuts?|due|expir\w+|stops?)\b"
)
_REFUSED = re.compile(
    r"\b(?:not (?:admitted|allowed|permitted|accepted|eligible|insured|covered)|cannot|can't|may not|never|"
    r"(?:does|do|is|are|will)(?:n't| not)|nobody|no one)\b",
    re.IGNORECASE,
)
# "Sixteen children" says as much as "limited to 16 children".
_PLACES = re.compile(r"\blimited to $", re.IGNORECASE)
_RATED = re.compile(r"proof to (?:an? )?$", re.IGNORECASE)
_SEVERAL = frozenset(("pair", "couple", "family", "household", "pack", "box", "bag", "roll"))
# "Crates are £4 each" is no price of a tube.
_CONTAINERS = frozenset(
    map(
        stem,
        [
            "packs",
            "boxes",
            "bags",
            "rolls",
            "crates",
            "cases",
            "trays",
            "cartons",
            "jars",
            "tubs",
            "tubes",
            "bottles",
            "tins",
            "cans",
        ],
    )
)
_EACH = re.compile(r",? (?:each|apiece|a piece|a pop)\b", re.IGNORECASE)
_ANCHOR = re.compile(
    r" (before|beforehand|ahead|prior|in advance|after|afterwards|later|following)\b", re.IGNORECASE
)
_BEFORE = ("before", "beforehand", "ahead", "prior", "in advance")
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
            if (
                (_binds(limit) or _comes_after(limit, fact))
                and not _is_weekend(limit.quantity, copy)
                and not _said_as_span(limit, fact, ours)
                and not (limit.bound == "since" and _ends_as_told(fact, ours))
            ):
                return f"The fact says {said}; the copy leaves that out."
        elif (_turned(limit, same, copy.facts) and not mirrored(fact, copy)) or _anchored_otherwise(
            limit, same, fact, copy.text
        ):
            return f'The fact says {said}; the copy says "{_phrase(same[0], copy.text)}".'
        elif _loosened(limit, same, fact, copy) and not _PLACES.search(plain(fact)[: limit.quantity.start]):
            return f"The fact says {said}; the copy drops the limit."
        elif lost := _lost_rate(limit.quantity, same, copy):
            return f'The fact says "{limit.quantity.text}" per {lost}; the copy leaves that out.'
    return ""


def price_fault(fact: str, copy: Copy) -> str:
    """A sentence on a "from" or an "up to" of a price that the copy drops, or any limit that it turns; empty when none."""
    ours = bounded_quantities(copy.text)
    for limit in bounded_quantities(fact):
        same = [b for b in ours if limit.bound and same_quantity(b.quantity, limit.quantity)]
        if same and _turned(limit, same, copy.facts):
            return f'The fact says "{_phrase(limit, fact)}"; the copy says "{_phrase(same[0], copy.text)}".'
        if same and limit.quantity.kind == "money" and _loosened(limit, same, fact, copy):
            return f'The fact says "{_phrase(limit, fact)}"; the copy drops the limit.'
    return ""


def _is_bare_clock(ours: Quantity, theirs: Quantity) -> bool:
    """ "Until 11" for 11 a.m."""
    return ours.kind == "count" and theirs.kind == "time" and theirs.value % 720 == ours.value % 12 * 60


def _day_of_date(quantity: Quantity, text: str) -> bool:
    """ "Sunday 26 January" may lose its Sunday."""
    return quantity.kind == "weekday" and any(
        q.kind == "date" and 0 <= q.start - quantity.end <= 2 for q in quantities(text)
    )


def _binds(limit: Bounded) -> bool:
    """A minimum, a maximum, a deadline, a day or a time window must stay; a start or a plain number may go."""
    return limit.bound in ("least", "most", "until") or limit.quantity.kind in _TIED


def _comes_after(limit: Bounded, fact: str) -> bool:
    """The 12 months of "a credit after 12 months"; "after two years of work" tells of what was."""
    text, quantity = plain(fact), limit.quantity
    waits = text[: quantity.start].lower().endswith("after ")
    return waits and quantity.kind == "measure" and not text.startswith(" of ", quantity.end)


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


def _ends_as_told(fact: str, ours: tuple[Bounded, ...]) -> bool:
    """ "Until 10 a.m." for 7 to 10 a.m.: who comes in time, comes late enough."""
    return any(
        b.bound == theirs.bound == "until"
        and b.quantity.kind == "time"
        and same_quantity(b.quantity, theirs.quantity)
        for theirs in bounded_quantities(fact)
        for b in ours
    )


def _said_as_span(limit: Bounded, fact: str, ours: tuple[Bounded, ...]) -> bool:
    """ "For four hours from midnight" for midnight to 4 a.m."""
    return limit.quantity.kind == "time" and any(
        b.quantity.kind == "measure" and is_span(b.quantity, fact) for b in ours
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
    # "Half price or less" is "at least 50% off".
    return not both and any(b.bound == opposite and "price" not in b.quantity.text.lower() for b in same)


def _anchored_otherwise(limit: Bounded, same: list[Bounded], fact: str, text: str) -> bool:
    """ "14 days after moving" for 14 days before it."""
    theirs = _anchor(limit.quantity, fact)
    ours = [_anchor(b.quantity, text) for b in same]
    return bool(theirs) and all(ours) and theirs not in ours


def _anchor(quantity: Quantity, text: str) -> str:
    """Whether a span lies before or after something; empty when the text does not say."""
    found = _ANCHOR.match(plain(text), quantity.end) if quantity.unit == "time" else None
    return "" if found is None else "before" if found[1].lower() in _BEFORE else "after"


def _loosened(limit: Bounded, same: list[Bounded], fact: str, copy: Copy) -> bool:
    if limit.bound not in ("least", "most", "until") or any(b.bound for b in same):
        return False
    fact_lead = plain(fact)[: limit.quantity.start]
    if _RATED.search(fact_lead) and "proof" in copy.text.lower():
        return False
    if fact_lead.endswith("within ") and any(
        _TIME_GIVEN.search(plain(copy.text)[: b.quantity.start]) for b in same
    ):
        return False
    starts = [q.start for q in quantities(copy.text)]
    if any(
        starts.count(b.quantity.start) > 1 or _asked(b.quantity, copy) or _ends_span(b.quantity, copy)
        for b in same
    ):
        return False
    stated = _DEADLINE_WORDS if limit.bound == "until" else _LIMIT_WORDS
    return stated.search(plain(copy.text).lower()) is None


def _asked(quantity: Quantity, copy: Copy) -> bool:
    """ "Three of you?" for what is free for up to three."""
    mark = re.search(r"[.!?:;](?:\s|$)", plain(copy.text)[quantity.end :])
    return mark is not None and mark[0].startswith("?")


def _ends_span(quantity: Quantity, copy: Copy) -> bool:
    """The 12 of "from 8 to 12"."""
    return (
        quantity.kind == "count"
        and re.search(r"(?:to|and|until) $|-$", plain(copy.text)[: quantity.start]) is not None
    )


def _lost_rate(quantity: Quantity, same: list[Bounded], copy: Copy) -> str:
    if quantity.kind != "money":
        return ""
    said = set(stems(copy.text)) | {rate for b in same for rate in b.quantity.rates}
    if any(_EACH.match(plain(copy.text), b.quantity.end) for b in same) and not said & _CONTAINERS - {
        *quantity.rates
    }:
        said |= set(quantity.rates) - UNITS.keys() - _SEVERAL
    return next((rate for rate in quantity.rates if not said & {rate, stem(rate), f"{rate}l"}), "")


def _phrase(limit: Bounded, text: str) -> str:
    """The quantity with the word before it and two after, as it stands in the text."""
    shown, quantity = plain(text), limit.quantity
    before = shown[: quantity.start].split(" ")[-3:] if limit.bound else []
    after = shown[quantity.end :].split(" ")[:3] if limit.bound else []
    return " ".join((" ".join(before) + quantity.text + " ".join(after)).strip(" ,.;:").split())
