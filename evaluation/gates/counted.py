"""Numbers of things that a fact lists, bounds by two sizes, or counts itself."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.kinds import VERBS
from evaluation.gates.quantities import Quantity, following_stems, quantities
from evaluation.gates.terms import clause_of
from evaluation.gates.text import plain, stem, stems

_LONGEST_LIST = 12
_JOINS = (", ", " and ", " or ", ", and ", ", or ", " / ", "/")
_ITEM = r"[\w'-]+(?: (?!and\b|or\b)[\w'-]+)?"
_LIST = re.compile(rf"\b(?:{_ITEM}, )+{_ITEM},? (?:and|or) {_ITEM}")
_SPLIT = re.compile(r", (?:and |or )?| and | or ")
_TO = re.compile(r" ?(?:to|-) ?")
_SPAN = re.compile(r"\bto\b|[\d ]-[\d ]")
_DAILY = re.compile(r"\b(?:daily|every day|each day|a day)\b", re.IGNORECASE)
_NEAR = 2
_LEAD = re.compile(r"(?: (?!and\b)[\w'-]+){0,6}(?:: |, | - )", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"([A-Za-z]+) $")
_NAME = re.compile(r"(?<=\w )[A-Z][\w'-]* $")


# The 8 of "3 rows of 8".
_EACH = re.compile(
    r"\b(?:each|every|apiece|per|an? (?:row|column|layer|pack|box|bag|table))\b", re.IGNORECASE
)


class Listed(NamedTuple):
    """A list of a fact: quantities, or words as stems; `named` are the stems beside quantities."""

    items: tuple[Quantity | frozenset[str], ...]
    named: frozenset[str]


def counts_list(quantity: Quantity, copy: Copy) -> bool:
    """ "Three widths" for 120, 160 and 200 cm, "three colours" beside the green, sand and blue of a fact."""
    if (
        quantity.kind != "count"
        or (quantity.rates and not _is_daily(quantity, copy))
        or not 1 < quantity.value <= _LONGEST_LIST
    ):
        return False
    noun = frozenset(following_stems(copy.text, quantity.end, 1)) - FUNCTION_STEMS
    if any(noun & set(theirs) for theirs in _counted_nouns(copy.facts)):
        return False
    return any(
        len(items) == quantity.value and (noun & named or _leads_to(quantity, items, copy.text))
        for fact in copy.facts
        for items, named in _lists(fact)
    )


def _is_daily(quantity: Quantity, copy: Copy) -> bool:
    """ "Three sailings a day" may count the clocks of a fact that says daily."""
    return quantity.rates == ("day",) and any(
        _DAILY.search(fact) and sum(q.kind == "time" for q in quantities(fact)) == quantity.value
        for fact in copy.facts
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


def _counted_nouns(facts: tuple[str, ...]) -> Iterator[list[str]]:
    return (nouns for _, nouns in _counts(facts))


def _lists(fact: str) -> Iterator[Listed]:
    """Each list of a fact: "120, 160 and 200 cm", "green, sand and blue"."""
    text = plain(fact)
    run: list[Quantity] = []
    for q in (q for q in quantities(fact) if not q.implied):
        if run and not (q.kind == run[-1].kind and _follows(run[-1], q, text)):
            yield Listed(tuple(run), _beside(run[0].start, run[-1].end, fact))
            run = []
        run.append(q)
    if run:
        yield Listed(tuple(run), _beside(run[0].start, run[-1].end, fact))
    yield from (Listed(_items(found), frozenset()) for found in _LIST.finditer(text))


def _items(found: re.Match[str]) -> tuple[Quantity | frozenset[str], ...]:
    """Of the first item just the last word, for what stands before it belongs to the sentence."""
    first, *others = _SPLIT.split(found[0])
    return (frozenset(stems(first)[-1:]), *map(content_stems, others))


def _follows(one: Quantity, other: Quantity, text: str) -> bool:
    """In one list: no span such as "36 to 50"."""
    if one.start == other.start:
        return _SPAN.search(one.text) is None
    return text[one.end : other.start] in _JOINS


def _leads_to(quantity: Quantity, items: tuple[Quantity | frozenset[str], ...], text: str) -> bool:
    """ "Three colours: green, sand and blue": the list follows the number."""
    shown = plain(text)
    lead = _LEAD.match(shown, quantity.end)
    if lead is None:
        return False
    if isinstance(items[0], frozenset):
        found = _LIST.match(shown, lead.end())
        return found is not None and _items(found) == items
    after = [q for q in quantities(text) if q.start >= lead.end()]
    after = after[next((i for i, q in enumerate(after) if q.kind == items[0].kind), 0) :]
    return len(after) >= len(items) and all(
        isinstance(item, Quantity) and same_quantity(q, item) for q, item in zip(after, items, strict=False)
    )


def _ranges(fact: str) -> Iterator[tuple[Quantity, Quantity]]:
    """ "36 to 50", "14-20 cm"."""
    text = plain(fact)
    for low, high in pairwise(quantities(fact)):
        between = low.text if low.start == high.start else text[low.end : high.start]
        joined = _TO.search(between) if low.start == high.start else _TO.fullmatch(between)
        if low.kind == high.kind and joined and low.kind in ("count", "measure"):
            yield low, high


def _beside(start: int, end: int, text: str) -> frozenset[str]:
    """The stems of the two words before and after."""
    shown = plain(text)
    before = re.split(r"[.,;:!?]", shown[:start])[-1]
    return frozenset([*stems(before)[-_NEAR:], *following_stems(text, end, _NEAR)]) - FUNCTION_STEMS
