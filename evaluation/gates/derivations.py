"""Numbers that no fact has but that the quantities of the facts make: sums, products, quotients, proportions, rates.

No wording leads to a result: it must be exact, of the right kind, and made of numbers that the copy has as well.
"""

import math
import re
from functools import lru_cache
from itertools import combinations, pairwise, permutations, product

from evaluation.gates.counted import is_label, is_model
from evaluation.gates.derived_days import is_of_calendar
from evaluation.gates.derived_rates import is_pace, is_proportional, usable
from evaluation.gates.derived_shares import is_part_of_whole, is_same_share, shares_told
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy
from evaluation.gates.listed import counts_list, counts_to_last
from evaluation.gates.quantities import Quantity, following_stems, numbers_of, quantities
from evaluation.gates.terms import alike, as_money
from evaluation.gates.text import CACHED_FACTS, plain, stem
from evaluation.gates.units import UNITS

_HALF_A_CENT = 0.006
_MOST_PARTS = 3
_MOST_PIECES = 50
# A second reading finds what an earlier number takes from a later one.
_READINGS = 2
_ABOUT = re.compile(r"\b(?:about|around|roughly|nearly|almost|approximately|some) $", re.IGNORECASE)
_COMPARED = re.compile(
    r"(?: [a-z]+){0,3} (?:more|less|fewer|cheaper|dearer|longer|shorter|faster|slower|[a-z]{3,}er) than\b"
)
_TOGETHER = re.compile(r"\b(?:comes? to|adds? up to|makes?|total(?:s|ling)?|in all,?) $", re.IGNORECASE)
_PER = re.compile(
    r",? (?:an?|per|each|every|for each|for every|for one) ([a-z-]+)|,? (?:each|apiece)\b", re.IGNORECASE
)
_ONE_OF = re.compile(r"\b(?:\w+s of|each|per \w+|every \w+)(?: \w+)? $")
_EACH = re.compile(r" (?:each|apiece|(?:per|an?|every) [a-z]+)\b")
_SAVED = re.compile(r" (?:off|less|cheaper|saved|discount)\b", re.IGNORECASE)
_SAVES = re.compile(r"\b(?:sav(?:e|es|ing)|discount of|minus)(?: you)? $", re.IGNORECASE)


def is_derived(quantity: Quantity, copy: Copy) -> bool:
    """ "€42 together" for a handle at €30 and heads at €12, "ten an hour" for every six minutes."""
    return quantity in _derived(copy)


@lru_cache(CACHED_FACTS)
def _derived(copy: Copy) -> frozenset[Quantity]:
    text = plain(copy.text)
    ours = [as_money(q, text) for q in quantities(copy.text) if not q.implied]
    of_facts = usable(copy.facts)
    known = [
        q
        for q in ours
        if any(_carries(q, theirs, text) for theirs in of_facts) and not is_model(q, copy.text)
    ]
    strange = [q for q in ours if q not in known and not is_label(q, copy)]
    found = set[Quantity]()
    for _ in range(_READINGS):
        for q in strange:
            counts = () if q in found else _multipliers(q, known, ours, copy)
            if q not in found and (counts or _follows(q, known, ours, copy)):
                found.update((q, *counts))
                known.append(q)
    return frozenset(own for own in quantities(copy.text) if as_money(own, text) in found)


@lru_cache(CACHED_FACTS)
def _of_one(facts: tuple[str, ...]) -> tuple[Quantity, ...]:
    """What one of several has: "rolls of 50 m", "£5 each"."""
    return tuple(
        q
        for fact in facts
        for q in usable((fact,))
        if q.kind in ("money", "measure")
        and (q.rates or _ONE_OF.search(plain(fact)[: q.start]) or _EACH.match(plain(fact), q.end))
    )


def _carries(ours: Quantity, theirs: Quantity, text: str) -> bool:
    if ours.kind == "count" and theirs.kind == "measure":
        return (
            ours.value in numbers_of(theirs) and not set(following_stems(text, ours.end, 1)) - FUNCTION_STEMS
        )
    return same_quantity(ours, theirs)


def _follows(q: Quantity, known: list[Quantity], ours: list[Quantity], copy: Copy) -> bool:
    text = plain(copy.text)
    if q.kind in ("date", "month", "weekday") or is_of_calendar(q, copy):
        return is_of_calendar(q, copy)
    if is_same_share(q, copy) or is_part_of_whole(q, copy) or is_pace(q, copy):
        return True
    if q.kind == "count" and _is_counted_otherwise(q, copy):
        return is_proportional(q, ours, copy)
    if counts_list(q, copy) or counts_to_last(q, copy):
        return True
    others = [k for k in known if k != q]
    return (
        _is_sum(q, others, text)
        or _is_quotient(q, others, text)
        or _is_part_of_price(q, others, copy)
        or is_proportional(q, ours, copy)
    )


def _is_counted_otherwise(q: Quantity, copy: Copy) -> bool:
    """ "12 colours" where a fact counts the colours."""
    noun = set(following_stems(copy.text, q.end, 2)) - FUNCTION_STEMS
    return any(
        theirs.kind == "count" and noun & set(following_stems(fact, theirs.end, 2))
        for fact in copy.facts
        for theirs in quantities(fact)
    )


def _near(q: Quantity, value: float, text: str) -> bool:
    """Exact; after "about" rounded to the last figure that is written."""
    if _is_exact(q, value):
        return True
    rounded = _ABOUT.search(text[: q.start]) is not None and q.kind in ("money", "count", "percent")
    return rounded and abs(q.value - value) <= (5 if q.value % 10 == 0 and q.value > 20 else 0.5)


def _is_sum(q: Quantity, known: list[Quantity], text: str) -> bool:
    """The sum of two or three numbers that stand in the copy, or the difference of two."""
    if q.kind == "count" and set(following_stems(text, q.end, 1)) - FUNCTION_STEMS:
        parts = [k for k in known if k.kind == "count" and k.unit != "ordinal"]
    elif q.kind == "count":
        parts = [
            k._replace(kind="count", value=_written(k), unit="")
            for k in known
            if k.kind in ("count", "measure")
        ]
    else:
        parts = [
            k._replace(value=k.value * q.value / _written(q)) if k.kind == "count" else k
            for k in known
            if (alike(q, k) and set(q.rates) <= set(k.rates)) or _is_bare(k, q, text)
        ]
    parts = list({p.value: p for p in parts}.values())
    apart = not (_COMPARED.match(text, q.end) or _TOGETHER.search(text[: q.start]))
    if apart and any(_near(q, abs(a.value - b.value), text) for a, b in combinations(parts, 2)):
        return True
    return q.kind != "percent" and any(
        _near(q, sum(p.value for p in some), text)
        for size in range(2, _MOST_PARTS + 1)
        for some in combinations(parts, size)
    )


def _is_bare(k: Quantity, q: Quantity, text: str) -> bool:
    """The 7.5 of "2.5 cubic metres more, 7.5 in all"."""
    noun = set(following_stems(text, k.end, 1)) - FUNCTION_STEMS
    return k.kind == "count" and q.kind == "measure" and not noun and _written(q) != 0


def _written(q: Quantity) -> float:
    return (numbers_of(q) or [q.value])[0]


def _multipliers(
    q: Quantity, known: list[Quantity], ours: list[Quantity], copy: Copy
) -> tuple[Quantity, ...]:
    """The counts that make it: so many at the price of one, and others at theirs; two children at €2, one adult at €4."""
    if q.kind not in ("money", "measure"):
        return ()
    sizes = [
        k
        for k in (*known, *(() if q.rates else _of_one(copy.facts)))
        if alike(q, k) and set(q.rates) <= set(k.rates)
    ]
    counts = [n for n in ours if n.kind == "count" and n.value <= _MOST_PIECES and not n.unit]
    counts = [n for n in counts if _is_of_things(n, copy.text) and not _is_priced(n, known, copy.facts)]
    for n, size in product(counts, sizes):
        if n.value > 1 and _is_exact(q, n.value * size.value):
            return (n,)
    return next(
        (
            (n, m)
            for one, other in permutations(sizes, 2)
            if one.value != other.value
            for n, m in permutations(counts, 2)
            if _is_exact(q, n.value * one.value + m.value * other.value)
        ),
        (),
    )


def _is_of_things(n: Quantity, text: str) -> bool:
    """ "Two jars", "two for £10"; not "the two of you"."""
    after = following_stems(text, n.end, 1)
    return bool(set(after) - FUNCTION_STEMS) or after == ["for"]


def _is_priced(n: Quantity, known: list[Quantity], facts: tuple[str, ...]) -> bool:
    """The two of "two jars cost £9": not twice the price of one, unless the copy has that price as well."""
    return any(
        b.kind == "money" and same_quantity(n, a) and not any(same_quantity(k, b) for k in known)
        for fact in facts
        for a, b in pairwise(usable((fact,)))
    )


def _is_exact(q: Quantity, value: float) -> bool:
    return math.isclose(q.value, value, abs_tol=_HALF_A_CENT if q.kind == "money" else 1e-6)


def _is_quotient(q: Quantity, known: list[Quantity], text: str) -> bool:
    """ "€8 an issue" for €48 and six a year; "the price of three days" for £72 a week and £24 a day."""
    if q.kind in ("money", "measure") and _PER.match(text, q.end):
        parts = [n.value for n in known if n.kind in ("count", "multiple") and n.value > 1]
        if any(_is_exact(q, k.value / n) for k, n in product(known, parts) if alike(q, k)):
            return True
    if q.kind not in ("count", "measure", "multiple") or not numbers_of(q):
        return False
    unit = next((name for name in UNITS if q.text.lower().endswith(" " + name)), "")
    rate = {stem(unit)} if unit else set(following_stems(text, q.end, 1))
    return any(
        math.isclose(a.value, b.value * _written(q))
        and (q.kind == "multiple" or rate & {stem(r) for r in b.rates})
        for a, b in permutations((k for k in known if k.kind == "money"), 2)
        if alike(a, b) and b.value
    )


def _is_part_of_price(q: Quantity, known: list[Quantity], copy: Copy) -> bool:
    """ "€2 for a child" where children pay half of the €4 that the copy names."""
    if q.kind != "money":
        return False
    text = plain(copy.text)
    saved = _SAVED.match(text, q.end) or _SAVES.search(text[: q.start])
    return any(
        _is_exact(q, price.value * (share.part if bool(saved) == share.is_cut else 1 - share.part))
        for price in known
        if alike(q, price) and any(same_quantity(price, theirs) for theirs in usable(copy.facts))
        for fact in copy.facts
        for share in shares_told(fact)
    )
