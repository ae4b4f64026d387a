"""Gate: a number stays with its product when a copy joins several facts, or several clauses of one."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.numbers import same_quantity
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems
from evaluation.gates.units import NUMBER_WORDS

GATE = "attributes"
FREE = "free"

_CLAUSE_END = re.compile(r"[.;!?:]\s|,\s|\s(?:and|or|but|while|whereas|with)\s|\s-\s")
_FREE = re.compile(
    r"\b(?:free(?: of charge)?|complimentary|(?:(?:at|for|with|has|have|pays?|is|are) )?no (?:\w+ ){0,2}(?:charge|cost|fee)s?|without (?:a |any )?(?:charge|cost|fee)|(?:for|costs?) nothing)\b(?!-)",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"\b(?:instead of|rather than|not|was|were|usually|normally|down from|previously|formerly)(?: the)? $",
    re.IGNORECASE,
)
_FOR = re.compile(r" (?:with|for|in|on|at|by|without)\b", re.IGNORECASE)
_PRICE_VERBS = frozenset("cost pay charg pric".split())
_ARTICLES = frozenset("a an the our your their its".split())


class Placed(NamedTuple):
    """A quantity, the stems of its clause, the words right beside it, and whether it is the former price."""

    quantity: Quantity
    clause: frozenset[str]
    beside: frozenset[str]
    whom: frozenset[str]
    former: bool


def check_attributes(copy: Copy, _policy: Policy) -> Verdict:
    said = placed_quantities(copy.text)
    by_fact = [placed_quantities(fact) for fact in copy.facts]
    known = [placed for fact in by_fact for placed in fact]
    if not said or (len(known) < 2 and len(copy.facts) < 2):
        return passes(GATE)
    fault = _swapped(said, known) or _astray(said, by_fact, copy)
    return refuses(GATE, fault) if fault else passes(GATE)


@lru_cache(CACHED_TEXTS)
def placed_quantities(text: str) -> tuple[Placed, ...]:
    """Where each quantity stands; "free" counts as the price 0."""
    shown = plain(text)
    free = [Quantity("money", 0, FREE, m[0], m.start(), m.end()) for m in _FREE.finditer(shown)]
    cuts = [0, *(m.end() for m in _CLAUSE_END.finditer(shown)), len(shown)]
    return tuple(
        Placed(
            q,
            _clause(q, shown, cuts),
            _beside(q, shown),
            _for_whom(q, shown),
            _FORMER.search(shown[max(0, q.start - 20) : q.start]) is not None,
        )
        for q in sorted([*quantities(text), *free], key=lambda q: q.start)
        if not q.implied
    )


def _clause(quantity: Quantity, text: str, cuts: list[int]) -> frozenset[str]:
    start = max(c for c in cuts if c <= quantity.start)
    end = min((c for c in cuts if c >= quantity.end), default=len(text))
    return frozenset(
        s
        for s in stems(text[start : quantity.start] + " " + text[quantity.end : end])
        if s not in FUNCTION_STEMS and s not in _PRICE_VERBS and not s.isdigit()
    )


def _beside(quantity: Quantity, text: str) -> frozenset[str]:
    """The three words before and the two after, within the clause."""
    before = re.split(r"[.;!?:]\s|,\s|\b(?:and|or|but)\s", text[: quantity.start])[-1]
    words_before = [w for w in re.findall(r"[\w']+", before.lower()) if w not in _ARTICLES][-3:]
    return frozenset(stem(w) for w in words_before) | _after(quantity, text)


def _after(quantity: Quantity, text: str) -> frozenset[str]:
    """The two words after, within the clause."""
    after = re.split(r"[.;!?:,](?:\s|$)", text[quantity.end :])[0]
    return frozenset(
        stem(w) for w in [w for w in re.findall(r"[\w']+", after.lower()) if w not in _ARTICLES][:2]
    )


def _for_whom(quantity: Quantity, text: str) -> frozenset[str]:
    """Whom or what a price is for, where the words after it say so: "with a trainee"."""
    return _after(quantity, text) if _FOR.match(text, quantity.end) else frozenset()


def _swapped(said: tuple[Placed, ...], known: list[Placed]) -> str:
    """Two quantities of one kind whose surroundings in the copy are those of each other in the facts."""
    for a, b in combinations(said, 2):
        if not _comparable(a.quantity, b.quantity) or same_quantity(a.quantity, b.quantity):
            continue
        fact_a = [p for p in known if same_quantity(a.quantity, p.quantity)]
        fact_b = [p for p in known if same_quantity(b.quantity, p.quantity)]
        if len(fact_a) == 1 and len(fact_b) == 1 and _crossed(a, b, fact_a[0], fact_b[0]):
            return (
                f'The copy puts "{a.quantity.text}" where the facts have "{b.quantity.text}", or the reverse.'
            )
    return ""


def _comparable(a: Quantity, b: Quantity) -> bool:
    """Two of a kind; "free" also stands against a percentage."""
    prices = ("money", "percent")
    return a.kind == b.kind or (FREE in (a.unit, b.unit) and a.kind in prices and b.kind in prices)


def _crossed(a: Placed, b: Placed, fact_a: Placed, fact_b: Placed) -> bool:
    if fact_a.former != fact_b.former and a.former != b.former and a.former != fact_a.former:
        return True
    priced = a.quantity.value and b.quantity.value
    if not priced and _changes_hands(a, b, fact_a, fact_b):
        return True
    for view in ("clause", "beside", "whom") if priced else ("clause",):
        only_a = getattr(fact_a, view) - getattr(fact_b, view)
        only_b = getattr(fact_b, view) - getattr(fact_a, view)
        near_a, near_b = getattr(a, view), getattr(b, view)
        right = len(near_a & only_a) + len(near_b & only_b)
        wrong_a, wrong_b = len(near_a & only_b), len(near_b & only_a)
        if wrong_a + wrong_b > right and ((wrong_a and wrong_b) or (right == 0 and wrong_a + wrong_b >= 2)):
            return True
    return False


def _changes_hands(a: Placed, b: Placed, fact_a: Placed, fact_b: Placed) -> bool:
    """Those for whom it is free are said beside the price, and not beside "free"."""
    free, paid, fact_free, fact_paid = (
        (a, b, fact_a, fact_b) if a.quantity.unit == FREE else (b, a, fact_b, fact_a)
    )
    favoured = fact_free.clause - fact_paid.clause
    return free.quantity.unit == FREE and bool(paid.clause & favoured) and not free.clause & favoured


def _astray(said: tuple[Placed, ...], by_fact: list[tuple[Placed, ...]], copy: Copy) -> str:
    """A quantity of one fact in a clause whose subject is another fact's."""
    if len(copy.facts) < 2:
        return ""
    subjects = _subjects(copy.facts)
    for placed in said:
        if placed.quantity.kind == "count" and placed.quantity.value <= 3:
            continue
        homes = [
            i
            for i, fact in enumerate(by_fact)
            if any(same_quantity(placed.quantity, p.quantity) for p in fact)
        ]
        if len(homes) != 1 or placed.clause & subjects[homes[0]] or not subjects[homes[0]]:
            continue
        home = homes[0]
        strangers = [s for i, s in enumerate(subjects) if i != home and placed.clause & s]
        verbs = placed.clause & (content_stems(copy.facts[home]) - subjects[home])
        if strangers and verbs and len(placed.clause & strangers[0]) >= len(verbs):
            return f'"{placed.quantity.text}" is said of {_list(placed.clause & strangers[0])}; the facts say it of {_list(subjects[home])}.'
    return ""


@lru_cache(CACHED_TEXTS)
def _subjects(facts: tuple[str, ...]) -> list[frozenset[str]]:
    """For each fact the first two content stems, less those that another fact begins with or holds."""
    heads = [
        [s for s in stems(fact) if s not in FUNCTION_STEMS and not s.isdigit() and s not in NUMBER_WORDS][:2]
        for fact in facts
    ]
    held = [content_stems(fact) for fact in facts]
    return [
        frozenset(s for s in head if not any(s in h for j, h in enumerate(held) if j != i))
        for i, head in enumerate(heads)
    ]


def _list(found: frozenset[str]) -> str:
    return ", ".join(f'"{word}"' for word in sorted(found))
