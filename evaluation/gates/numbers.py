"""Gate: every number, price, percentage, date, time and measure of the copy stands in a fact or in the audience."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re

from evaluation.gates.bounded import bounded_quantities
from evaluation.gates.calendar_days import is_day_of_date, is_too_late
from evaluation.gates.counted import another_count, lies_in_range
from evaluation.gates.differences import contradicts
from evaluation.gates.equal_quantities import DAY_SETS, same_quantity
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.quantities import Quantity, following_stems, numbers_of, quantities
from evaluation.gates.quantity_patterns import RATE_OF_ADVERB
from evaluation.gates.reader_numbers import of_the_reader
from evaluation.gates.rhetorical import is_rhetorical
from evaluation.gates.terms import terms
from evaluation.gates.text import plain, stem, stems, words
from evaluation.gates.worked_out import follows_from_fact

GATE = "numbers"

_KIND_NAMES = {
    "money": "price", "percent": "percentage", "date": "date", "month": "month", "time": "time", "weekday": "day",
    "measure": "measure", "multiple": "number", "code": "name or code", "count": "number",
}  # fmt: skip
#: What an audience may carry: who they are and since when, never what something costs.
_ABOUT_READERS = frozenset({"month", "weekday", "time", "measure", "code", "count"})
_CLOCK_LEAD = re.compile(
    r"(?:\b(?:from|until|till|at|by|to|before|after|between|and|closes|opens)[ -]|-)$", re.IGNORECASE
)
_AFTER_A_PRICE = (FUNCTION_STEMS - {"of", "off", "each", "more"}) | {"instead", "rather", "today", "now"}
_LATE = re.compile(r"\b(?:end of|close of|late|end-|all of|whole of)(?: in)? ?$", re.IGNORECASE)
_DAY = 86_400
_SATURDAY = 5
_NEAR = 0.8
_DAYS_A_WEEK = re.compile(r"[\w-]+ days (?:a|per|each|every|of the) week\b", re.IGNORECASE)
_SOME_DAY = re.compile(
    r"one (?:fine |sunny |rainy )?(?:day|evening|morning|night)(?=[.,;:!?]|$| (?:you|we|i|they|he|she|it|soon)\b)",
    re.IGNORECASE,
)
_SPAN_BEFORE = re.compile(
    r"\b(?:in|within|for|after|of|takes?|only|lasts?|every|per|than|least|most|to|needs?|just|about|from|by|under|over) $",
    re.IGNORECASE,
)


def check_numbers(copy: Copy, policy: Policy) -> Verdict:
    carried = [q for text in (*copy.facts, *policy.lexicon) for q in quantities(text)]
    carried += [
        q
        for q in quantities(copy.audience)
        if q.kind in _ABOUT_READERS and (q.kind != "count" or q.value >= 1)
    ]
    for quantity in quantities(copy.text):
        if fault := another_count(quantity, copy):
            return refuses(GATE, fault)
        if " than " in copy.text and contradicts(quantity, plain(copy.text), list(terms(copy.facts))):
            return refuses(
                GATE, f'The copy compares by "{quantity.text}"; the facts differ by another number.'
            )
        if quantity.implied or _carried(quantity, carried, copy) or _harmless(quantity, copy):
            continue
        return refuses(GATE, _reason(quantity, carried))
    return passes(GATE)


def _carried(quantity: Quantity, carried: list[Quantity], copy: Copy) -> bool:
    matches = [q for q in carried if same_quantity(quantity, q) and _same_part(quantity, q, copy)]
    if matches:
        return not quantity.rates or any(_rates_agree(quantity, q, copy) for q in matches)
    if quantity.kind == "count":
        return (
            _clock_without_minutes(quantity, carried, copy)
            or is_rhetorical(quantity, copy)
            or _bare_price(quantity, carried, copy)
        )
    if _DAYS_A_WEEK.match(plain(copy.text), quantity.start):
        return any(
            len(DAY_SETS.get(q.unit, ())) == quantity.value / _DAY for q in carried if q.kind == "weekday"
        )
    if quantity.kind == "weekday":
        return _is_of_weekend(quantity, copy) or is_day_of_date(quantity, carried, copy)
    if quantity.kind == "date":
        return is_too_late(quantity, copy)
    if quantity.kind == "measure" and quantity.spelled:
        return _some_day(quantity, copy)
    if quantity.text.lower() == "twice":
        return not following_stems(copy.text, quantity.end) and not {"once", "times"} & set(
            words(" ".join(copy.facts))
        )
    if quantity.kind == "code":
        return _written_in(quantity, copy)
    return False


def _harmless(quantity: Quantity, copy: Copy) -> bool:
    known = [q for fact in copy.facts for q in quantities(fact)]
    return (
        of_the_reader(quantity, known, copy)
        or follows_from_fact(quantity, copy)
        or _is_rounded(quantity, copy)
        or lies_in_range(quantity, copy)
    )


def _is_rounded(quantity: Quantity, copy: Copy) -> bool:
    """ "Under two kilos" for 1.9 kg, "more than 40 shops" for 43: true, near, and of a number that is itself no limit."""
    if quantity.kind not in ("money", "measure", "count"):
        return False
    bound = next((b.bound for b in bounded_quantities(copy.text) if b.quantity == quantity), "")
    near = [
        b.quantity.value / quantity.value
        for fact in copy.facts
        for b in bounded_quantities(fact)
        if not b.bound and b.quantity[:1] + b.quantity[2:3] == quantity[:1] + quantity[2:3] and quantity.value
    ]
    if bound == "most":
        return any(_NEAR <= share <= 1 for share in near)
    return bound == "least" and any(1 <= share <= 1 / _NEAR for share in near)


def _rates_agree(ours: Quantity, theirs: Quantity, copy: Copy) -> bool:
    """ "£6 a month" needs a price per month; a rate that the fact words otherwise must at least be named there."""
    if theirs.rates:
        if ours.kind == "measure" and not set(ours.rates) & set(theirs.rates):
            return False
        return set(ours.rates) <= set(theirs.rates) | _unit_words(copy)
    return {stem(rate) for rate in ours.rates} <= _unit_words(copy) | set(stems(" ".join(copy.support)))


def _unit_words(copy: Copy) -> set[str]:
    """Rates that hold for any price: "a session" where the facts speak of sessions, never a span of time."""
    spans = {
        "hour",
        "day",
        "night",
        "week",
        "weekend",
        "fortnight",
        "month",
        "quarter",
        "year",
        "minute",
        "second",
    }
    said = words(" ".join(copy.support))
    return set(stems(" ".join(copy.support))) - spans | {
        RATE_OF_ADVERB[word] for word in said if word in RATE_OF_ADVERB
    }


def _same_part(ours: Quantity, theirs: Quantity, copy: Copy) -> bool:
    """ "The end of April" is not the 5th."""
    if (ours.kind, theirs.kind) != ("month", "date"):
        return True
    late = _LATE.search(plain(copy.text)[: ours.start])
    return not late or theirs.value % 100 > 20


def _clock_without_minutes(quantity: Quantity, carried: list[Quantity], copy: Copy) -> bool:
    """ "Doors at 7" for a fact that says 7 p.m."""
    if quantity.value > 24 or not _CLOCK_LEAD.search(plain(copy.text)[: quantity.start]):
        return False
    return any(q.kind == "time" and q.value % 720 == quantity.value % 12 * 60 for q in carried)


def _is_of_weekend(quantity: Quantity, copy: Copy) -> bool:
    """ "Sunday" for a fact that speaks of weekends."""
    return (
        quantity.value >= _SATURDAY and not quantity.unit and any("weekend" in stems(f) for f in copy.facts)
    )


def _bare_price(quantity: Quantity, carried: list[Quantity], copy: Copy) -> bool:
    """ "Ten is enough", "Luno costs 1,490", "nine is old enough": the number of a price or an age, with nothing that it counts."""
    after = following_stems(copy.text, quantity.end, 1)
    if after and after[0] not in _AFTER_A_PRICE:
        return False
    return not quantity.rates and any(
        q.value == quantity.value
        if q.kind == "money"
        else q.kind == "measure" and quantity.value in numbers_of(q)
        for q in carried
    )


def _some_day(quantity: Quantity, copy: Copy) -> bool:
    """ "One day" for some time to come."""
    text = plain(copy.text)
    return _SOME_DAY.match(text, quantity.start) is not None and not _SPAN_BEFORE.search(
        text[: quantity.start]
    )


def _written_in(quantity: Quantity, copy: Copy) -> bool:
    code = quantity.unit
    texts = [plain(text).lower().replace("-", "").replace(" ", "") for text in copy.support]
    return any(re.search(rf"(?<![\d.]){re.escape(code)}(?![0-9])", t) for t in texts)


def _reason(quantity: Quantity, carried: list[Quantity]) -> str:
    alike = [q.text for q in carried if q.kind == quantity.kind and not q.implied]
    what = _KIND_NAMES[quantity.kind]
    said = f' ("{quantity.text}{_rate_text(quantity)}")'
    if alike:
        return (
            f"The {what}{said} is not in the facts, which say "
            + ", ".join(f'"{a}"' for a in dict.fromkeys(alike))
            + "."
        )
    return f"The {what}{said} is in none of the facts."


def _rate_text(quantity: Quantity) -> str:
    return "".join(f" per {rate}" for rate in quantity.rates)
