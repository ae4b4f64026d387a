"""Restrictions of a fact that neither the copy nor its audience carries, and words that widen it."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from collections.abc import Collection

from evaluation.gates.carried import kin, root
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.fact_restrictions import GROUP_WORDS, restrictions
from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import quantities
from evaluation.gates.rare_patterns import SHARED
from evaluation.gates.text import plain, stem, stems
from evaluation.gates.usage import uses_clause
from evaluation.sentences import sentences

_WIDER = SHARED.compile(
    r"\b(?:(?:on|off|for|across) (?:everything(?! else\b| [a-z]+ ?[:.,!]| (?:made|for|that|you|in \w+ (?:and|or)))|everyone(?! else)|everybody(?! else)|anyone(?! else)|all (?:customers|visitors|guests|shoppers))|"
    r"(?:everyone|everybody|anyone|anybody) (?:gets?|can|may|earns?|receives?|saves?|enjoys?|pays?))\b",
    re.IGNORECASE,
)
# "Online, not in the shop" for what is sold in the shop only; "not only in the shop" is another matter.
_NOT_THERE = SHARED.compile(
    r"\b(?:not|never|rather than|instead of) (?:in|at|by|with|via|through|from) (?:the |our |a )?(?!only\b)([a-z'-]+(?: [a-z'-]+)?)(?=[.,;:!)]|$| (?:but|only|or|and)\b)",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\bonly\b", re.IGNORECASE)


def restriction_fault(fact: str, copy: Copy) -> str:
    """A sentence on a restriction of the fact that neither the copy nor its audience carries; empty when none."""
    found = restrictions(fact)
    plainly = frozenset(stems(copy.text) + stems(copy.audience)) if found else frozenset()
    others = (
        frozenset(s for other in copy.facts if other != fact for s in content_stems(other))
        if found
        else frozenset()
    )
    denied = frozenset(stem(w.lower()) for m in _NOT_THERE.finditer(plain(copy.text)) for w in m[1].split())
    for restriction in found:
        if denied & restriction.own and _ONLY.search(restriction.text):
            return f'The fact says "{restriction.text}"; the copy says the opposite.'
        own = restriction.own - others or restriction.own
        if _is_said(own, plainly, others, fact, copy) or not uses_clause(fact, restriction.start, copy.text):
            continue
        signs = plainly & restriction.signs
        if signs & others:
            signs -= _namesakes(own, others - _beside_fact(fact, others, copy.text))
        if not signs and not _in_figures(restriction.text, copy.text):
            return f'The fact holds for "{restriction.text}"; the copy leaves that out.'
    wider = _WIDER.search(plain(copy.text))
    if wider and not _WIDER.search(plain(fact)) and (found or "everything" in wider[0].lower()):
        return f'"{wider[0]}" is wider than the fact.'
    return ""


def _is_said(
    own: frozenset[str], plainly: frozenset[str], others: frozenset[str], fact: str, copy: Copy
) -> bool:
    """In a word of its own, or in one that means the same: "spend over £20" for "with any purchase over £20".

    What the other facts also say carries it only by its own form, and what the rest of the fact says not at all.
    """
    if _only_by_readers(own, copy):
        return False
    if _with_roots(plainly) & (_with_roots(own) - (_with_roots(others) - own)):
        return True
    return not own.isdisjoint(s for word in plainly - content_stems(fact) - others for s in kin(word))


def _only_by_readers(own: frozenset[str], copy: Copy) -> bool:
    """Whether just the audience speaks of a restriction of several words, and of few of them."""
    if len(own) < 2 or _with_roots(own) & _with_roots(stems(copy.text)):
        return False
    theirs = own & frozenset(stems(copy.audience))
    return 0 < 2 * len(theirs) <= len(own) and not theirs & GROUP_WORDS.keys()


def _with_roots(found: Collection[str]) -> frozenset[str]:
    """ "Subscribe" carries "with a subscription"."""
    return frozenset(found) | frozenset(map(root, found))


def _namesakes(own: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """ "The subscription is €4.99" of another fact does not say that a price is for subscribers."""
    return frozenset(s for s in others if "new" in own or any(s[:6] == o[:6] for o in own))


def _beside_fact(fact: str, others: frozenset[str], text: str) -> frozenset[str]:
    """The stems of the copy's sentences that speak of this fact and of no other."""
    own = content_stems(fact) - others
    return frozenset(
        s for sentence in sentences(plain(text)) if own & content_stems(sentence) for s in stems(sentence)
    )


def _in_figures(restriction: str, text: str) -> bool:
    """ "Two days ahead" carries "when booked two days ahead"."""
    return any(
        same_quantity(q, own) for q in quantities(restriction) if not q.implied for own in quantities(text)
    )
