"""What a copy may calculate with: the quantities of its facts, each with the words that tell whose it is."""

import re
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.equal_quantities import same_currency
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import CACHED_FACTS, plain, stems
from evaluation.sentences import sentences

_CLAUSE_END = re.compile(r"[.;!?:]\s|,\s|\s(?:and|or|but|while|whereas)\s")
_SENTENCE_END = re.compile(r"[.;!?](?:\s|$)")


# "240 pounds a year", "costs 240 pounds": no weight.
_PRICED = re.compile(r"\b(?:costs?|pric\w+|fees?|pays?|charg\w+|sav\w+|off|discount)\b", re.IGNORECASE)


class Term(NamedTuple):
    """A quantity; `clause` is what stands around it, `fact` is empty for one that the copy has worked out itself."""

    quantity: Quantity
    clause: str
    fact: str


@lru_cache(CACHED_FACTS)
def terms(facts: tuple[str, ...]) -> tuple[Term, ...]:
    """The quantities of the facts, less those such as "a month"."""
    return tuple(
        Term(as_money(q, fact), clause_of(q, plain(fact)), fact)
        for fact in facts
        for q in quantities(fact)
        if not q.implied
    )


def as_money(quantity: Quantity, text: str) -> Quantity:
    """Pounds that are paid."""
    if quantity.unit != "pound" or not (quantity.rates or _PRICED.search(text)):
        return quantity
    return quantity._replace(kind="money", unit="GBP")


def clause_of(quantity: Quantity, text: str) -> str:
    return _between(_CLAUSE_END, quantity, text)


def sentence_of(quantity: Quantity, text: str) -> str:
    """Its sentence, or the half of it before or after a semicolon."""
    return _between(_SENTENCE_END, quantity, text)


def _between(cut: re.Pattern[str], quantity: Quantity, text: str) -> str:
    start = max((m.end() for m in cut.finditer(text, 0, quantity.start)), default=0)
    end = cut.search(text, quantity.end)
    return text[start : end.start() if end else len(text)]


def sentence_before(quantity: Quantity, text: str) -> str:
    """The sentence before that of a quantity; empty when it stands in the first."""
    start = max((m.end() for m in _SENTENCE_END.finditer(text, 0, quantity.start)), default=0)
    before = sentences(text[:start])
    return before[-1] if before and start else ""


def alike(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities can be compared: of one kind and unit, money in one currency."""
    return one.kind == other.kind and (
        same_currency(one, other) if one.kind == "money" else one.unit == other.unit
    )


def named_apart(one: Term, other: Term) -> tuple[frozenset[str], frozenset[str]]:
    """The words that only the one has, and those that only the other has."""
    apart = one.fact != other.fact
    first = _named(one.fact if apart and one.fact else one.clause)
    second = _named(other.fact if apart and other.fact else other.clause)
    return first - second, second - first


def owner(text: str, one: Term, other: Term) -> Term | None:
    """Which of two terms a text names; None when it names both or neither."""
    said = _named(text)
    first, second = (bool(said & own) for own in named_apart(one, other))
    return None if first == second else one if first else other


def _named(text: str) -> frozenset[str]:
    return frozenset(stems(text)) - FUNCTION_STEMS
