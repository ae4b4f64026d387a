"""Numbers of things that a fact bounds by two sizes or counts itself."""

import re
from collections.abc import Iterator
from itertools import pairwise

from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy
from evaluation.gates.kinds import VERBS
from evaluation.gates.quantities import Quantity, following_stems, quantities
from evaluation.gates.terms import clause_of
from evaluation.gates.text import plain, stem

_TO = re.compile(r" ?(?:to|-) ?")
_WORD_BEFORE = re.compile(r"([A-Za-z]+) $")
_NAME = re.compile(r"(?<=\w )[A-Z][\w'-]* $")


# The 8 of "3 rows of 8".
_EACH = re.compile(
    r"\b(?:each|every|apiece|per|an? (?:row|column|layer|pack|box|bag|table))\b", re.IGNORECASE
)


def lies_in_range(quantity: Quantity, copy: Copy) -> bool:
    """ "Size 38" for sizes 36 to 50; "takes four days" for three to five days promises more than the fact."""
    label = label_of(quantity, copy.text)
    if quantity.kind != "count" or quantity.unit or not label or label in VERBS:
        return False
    return any(
        low.value <= quantity.value <= high.value and stem(label_of(low, fact)) == stem(label)
        for fact in copy.facts
        for low, high in _ranges(fact)
    )


def label_of(quantity: Quantity, text: str) -> str:
    """The word right before a number."""
    found = _WORD_BEFORE.search(plain(text)[: quantity.start])
    return found[1].lower() if found else ""


def is_label(q: Quantity, copy: Copy) -> bool:
    """The 38 of "size 38", the 6 of "the Calor 6": a name, which nothing makes."""
    if q.kind != "count":
        return False
    return is_model(q, copy.text) or (
        any(
            stem(label_of(theirs, fact)) == stem(label_of(q, copy.text)) != ""
            for fact in copy.facts
            for theirs in quantities(fact)
            if theirs.kind == "count"
        )
        and not q.spelled
    )


def another_count(quantity: Quantity, copy: Copy) -> str:
    """A sentence on "2 pieces" where the facts count two cases and one piece; empty when none."""
    if quantity.kind != "count" or quantity.implied or quantity.unit or quantity.value <= 1:
        return ""
    noun = following_stems(copy.text, quantity.end, 1)
    if not noun or noun[0] in FUNCTION_STEMS or is_model(quantity, copy.text):
        return ""
    alike = [q for q in _counts(copy.facts) if noun[0] in q[1][:1]]
    ends = {q.value for fact in copy.facts for ends in _ranges(fact) for q in ends}
    if not alike or quantity.value in ends | {q.value for q, _ in alike}:
        return ""
    same = [nouns for q, nouns in _counts(copy.facts) if q.value == quantity.value]
    if not same or (not all(same) and _EACH.search(clause_of(quantity, plain(copy.text)))):
        return ""
    return f'The copy says "{quantity.text} {noun[0]}"; the fact counts "{alike[0][0].text}" of them.'


def _counts(facts: tuple[str, ...]) -> Iterator[tuple[Quantity, list[str]]]:
    """Each count of the facts with the words after it."""
    for fact in facts:
        for q in quantities(fact):
            if q.kind == "count" and not (q.unit or q.implied or is_model(q, fact)):
                yield q, following_stems(fact, q.end, 1)


def is_model(quantity: Quantity, text: str) -> bool:
    """The 6 of "the Calor 6"."""
    return not quantity.spelled and _NAME.search(plain(text)[: quantity.start]) is not None


def _ranges(fact: str) -> Iterator[tuple[Quantity, Quantity]]:
    """ "36 to 50", "14-20 cm"."""
    text = plain(fact)
    for low, high in pairwise(quantities(fact)):
        between = low.text if low.start == high.start else text[low.end : high.start]
        joined = _TO.search(between) if low.start == high.start else _TO.fullmatch(between)
        if low.kind == high.kind and joined and low.kind in ("count", "measure"):
            yield low, high
