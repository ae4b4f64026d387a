"""By how much one quantity of the facts exceeds another: "£3 more than", "35 hours longer", "11 kg separate"."""

import math
import re
from itertools import permutations

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.quantities import Quantity, numbers_of, quantities
from evaluation.gates.terms import Term, alike, named_apart, owner, sentence_of
from evaluation.gates.text import stems

_COMPARED = re.compile(
    r"(?: (?:a|an|per|each|every) [a-z]+)?(?: of [a-z]+)?,? (?:(?P<more>more|extra|longer|further|farther|heavier|taller|larger|bigger|"
    r"wider|broader|higher|deeper|thicker|older|dearer|faster|later|warmer|brighter|above|over)|"
    r"(?P<less>less|fewer|cheaper|shorter|nearer|lighter|smaller|narrower|lower|shallower|thinner|younger|slower|earlier|cooler|below|under))\b"
    r"(?P<rest>[^.;:!?,]*)",
    re.IGNORECASE,
)
_THAN = re.compile(r"\b(?:than|above|over|below|under) (.*)")
_APART = re.compile(r"\b(?:separat\w+|between|apart|differ\w+|gap|margin|divid\w+)\b", re.IGNORECASE)
_KEPT = re.compile(r"\b(?:leaves?|saves?|saving|cheaper|less|keeps?|difference)\b", re.IGNORECASE)
_PARTS = re.compile(r"[,:] | - | and | but | while ")


def is_difference(quantity: Quantity, text: str, pool: list[Term]) -> bool:
    """Whether a quantity is the difference of two, and the copy says so and the right way round."""
    pairs = [
        (more, less)
        for more, less in permutations(pool, 2)
        if alike(quantity, more.quantity)
        and alike(more.quantity, less.quantity)
        and math.isclose(more.quantity.value - less.quantity.value, quantity.value, rel_tol=1e-6)
        and set(quantity.rates) <= set(more.quantity.rates)
        and (more.quantity.rates == less.quantity.rates or not (more.fact and less.fact))
    ]
    return any(_is_told(quantity, text, more, less) for more, less in pairs)


def contradicts(quantity: Quantity, text: str, pool: list[Term]) -> bool:
    """ "35 km further than the Orlan 5" for 35 and 60 km: a quantity of the facts is said to be a difference, and is none."""
    said = _COMPARED.match(text, quantity.end) if quantity.kind in ("money", "measure") else None
    than = _THAN.search(said["rest"]) if said else None
    if said is None or than is None or said[0].startswith(","):
        return False
    sizes = [
        term
        for term in pool
        if alike(quantity, term.quantity) and set(quantity.rates) <= set(term.quantity.rates)
    ]
    if any(_COMPARED.match(term.fact, term.quantity.end) for term in sizes):
        return False
    named = frozenset(stems(than[1]))
    others = [
        (one, other)
        for one, other in permutations(sizes, 2)
        if same_quantity(one.quantity, quantity)
        and named & (named_apart(one, other)[0] | named_apart(one, other)[1])
    ]
    return bool(others) and not is_difference(quantity, text, sizes)


def _is_told(quantity: Quantity, text: str, more: Term, less: Term) -> bool:
    sentence = sentence_of(quantity, text)
    if not (more.fact and less.fact):
        return _KEPT.search(sentence) is not None and _are_said(more, less, text)
    if said := _COMPARED.match(text, quantity.end):
        return _is_right_way_round(said, quantity, text, more, less)
    if not _APART.search(sentence):
        return False
    named = frozenset(stems(sentence))
    return _are_said(more, less, text) or all(own & named for own in named_apart(more, less))


def _is_right_way_round(said: re.Match[str], quantity: Quantity, text: str, more: Term, less: Term) -> bool:
    """ "X is £3 more than Y": X has the more, or Y the less."""
    larger, smaller = (more, less) if said["more"] else (less, more)
    than = _THAN.search(said[0])
    if than and (other := owner(than[1], more, less)):
        return other is smaller
    sentence = sentence_of(quantity, text)
    before = _PARTS.split(text[text.index(sentence) : quantity.start])
    subject = next((found for part in reversed(before) if (found := owner(part, more, less))), None)
    return subject is larger


def _are_said(more: Term, less: Term, text: str) -> bool:
    """The copy has both, if only as "52 and 71"."""
    found = quantities(text)
    numbers = {q.value for q in found if q.kind == "count"}
    return all(
        any(same_quantity(q, term.quantity) for q in found) or numbers & set(numbers_of(term.quantity))
        for term in (more, less)
    )
