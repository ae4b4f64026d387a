"""How many there are by a list that the copy shows as a whole ("three sizes: S, M, L") or by the last in a row ("its second shop")."""

import re
from functools import lru_cache

from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, following_stems
from evaluation.gates.text import CACHED_FACTS, plain, stems

_ITEM = r"[\w'-]+(?: (?!and\b|or\b)[\w'-]+){0,2}"
_LIST = re.compile(rf"\b(?:{_ITEM}, )*{_ITEM},? (?:and|or) {_ITEM}")
_SPLIT = re.compile(r", (?:and |or )?| and | or ")
_NTH = {
    word: n
    for n, word in enumerate(
        ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), 2
    )
}
_OWN_NTH = re.compile(rf"\b(?:its|our|their) ({'|'.join(_NTH)}) ([a-z-]+)", re.IGNORECASE)
_LONGEST, _SHORTEST = 12, 2


def counts_shown_list(quantity: Quantity, copy: Copy) -> bool:
    """The copy has every item of the list after the number, or names what the fact calls them."""
    if quantity.kind != "count" or quantity.rates or not 1 < quantity.value <= _LONGEST:
        return False
    noun = set(following_stems(copy.text, quantity.end, 2)) - FUNCTION_STEMS
    after = frozenset(stems(plain(copy.text)[quantity.end :]))
    return bool(noun) and any(
        len(items) == quantity.value
        and all(item & after for item in items[1:])
        and items[0] & after
        and (len(items) > _SHORTEST or noun & lead)
        for fact in copy.facts
        for lead, items in _lists(fact)
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
