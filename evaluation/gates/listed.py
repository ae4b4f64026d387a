"""How many there are by a list that the copy shows as a whole ("three sizes: S, M, L") or by the last in a row ("its second shop")."""

import re
from functools import lru_cache

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, following_stems, quantities
from evaluation.gates.text import CACHED_FACTS, plain, stems

_ITEM = r"[\w'-]+(?: (?!and\b|or\b)[\w'-]+){0,2}"
_LIST = re.compile(rf"\b(?:{_ITEM}, )*{_ITEM},? (?:and|or) {_ITEM}")
_SPLIT = re.compile(r", (?:and |or )?| and | or ")
_JOINS = (", ", " and ", " or ", ", and ", ", or ", " / ", "/")
_SPAN = re.compile(r"\bto\b|[\d ]-[\d ]")
_DAILY = re.compile(r"\b(?:daily|every day|each day|a day)\b", re.IGNORECASE)
_LEAD = re.compile(r"(?: (?!and\b|has\b|comes?\b)[\w'-]+){0,6}(?:: |, | - )")
_NTH = {
    word: n
    for n, word in enumerate(
        ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), 2
    )
}
_OWN_NTH = re.compile(rf"\b(?:its|our|their) ({'|'.join(_NTH)}) ([a-z-]+)", re.IGNORECASE)
_LONGEST, _SHORTEST = 12, 2


def counts_list(quantity: Quantity, copy: Copy) -> bool:
    """The copy has every item of the list after the number, or names what the fact calls them."""
    if quantity.kind != "count" or not 1 < quantity.value <= _LONGEST:
        return False
    noun = set(following_stems(copy.text, quantity.end, 2)) - FUNCTION_STEMS
    return any(
        _counts_run(quantity, noun, fact, copy)
        or (bool(noun) and not quantity.rates and _counts_words(quantity, noun, fact, copy))
        for fact in copy.facts
    )


def _counts_words(quantity: Quantity, noun: set[str], fact: str, copy: Copy) -> bool:
    after = frozenset(stems(plain(copy.text)[quantity.end :]))
    return any(
        len(items) == quantity.value
        and all(item & after for item in items)
        and (noun & lead or (len(items) > _SHORTEST and _LEAD.match(plain(copy.text), quantity.end)))
        for lead, items in _lists(fact)
    )


def _counts_run(quantity: Quantity, noun: set[str], fact: str, copy: Copy) -> bool:
    """ "Three widths" for widths of 120, 160 and 200 cm, "three a day" for the clocks of a fact that says daily."""
    after = [q for q in quantities(copy.text) if q.start >= quantity.end]
    if quantity.rates and (quantity.rates != ("day",) or not _DAILY.search(fact)):
        return False
    return any(
        len(run) == quantity.value
        and (run[0].kind == "time" or not quantity.rates)
        and (noun & beside or all(any(same_quantity(q, item) for q in after) for item in run))
        for beside, run in _runs(fact)
    )


def counts_to_last(quantity: Quantity, copy: Copy) -> bool:
    """ "Two shops now" for a fact on "its second shop"."""
    if quantity.kind != "count" or quantity.value < _SHORTEST:
        return False
    said = frozenset(stems(copy.text))
    return any(
        _NTH.get(found[1].lower()) == quantity.value and said & frozenset(stems(found[2]))
        for fact in copy.facts
        for found in _OWN_NTH.finditer(plain(fact))
    )


@lru_cache(CACHED_FACTS)
def _lists(fact: str) -> tuple[tuple[frozenset[str], tuple[frozenset[str], ...]], ...]:
    """Of the first item the last word, of the last item the first words; the lead is what stands before."""
    found = []
    for match in _LIST.finditer(plain(fact)):
        first, *others = _SPLIT.split(match[0])
        lead, head = frozenset(stems(first)[:-1]), frozenset(stems(first)[-1:])
        found.append(
            (lead, (head, *(frozenset(stems(o)) - FUNCTION_STEMS or frozenset(stems(o)) for o in others)))
        )
    return tuple(found)


@lru_cache(CACHED_FACTS)
def _runs(fact: str) -> tuple[tuple[frozenset[str], tuple[Quantity, ...]], ...]:
    """Quantities of one kind side by side, no span such as "36 to 50", with the words next to them."""
    text, runs = plain(fact), list[list[Quantity]]()
    for q in (q for q in quantities(fact) if not q.implied):
        if runs and runs[-1][-1].kind == q.kind and _follows(runs[-1][-1], q, text):
            runs[-1].append(q)
        else:
            runs.append([q])
    return tuple((_beside(run[0].start, run[-1].end, text), tuple(run)) for run in runs if len(run) > 1)


def _follows(one: Quantity, other: Quantity, text: str) -> bool:
    if one.start == other.start:
        return _SPAN.search(one.text) is None
    return text[one.end : other.start] in _JOINS


def _beside(start: int, end: int, text: str) -> frozenset[str]:
    """The stems of the two words before and after."""
    before = re.split(r"[.,;:!?]", text[:start])[-1]
    return frozenset([*stems(before)[-2:], *following_stems(text, end, 2)]) - FUNCTION_STEMS
