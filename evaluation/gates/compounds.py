"""Two words that a fact joins stay joined: "the cinnamon swirl" is not its cinnamon knot, "your brake discs" are not brake pads."""

import re
from collections.abc import Iterator
from functools import lru_cache

from evaluation.gates.carried import IDLE, carried_stems, is_fresh
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy
from evaluation.gates.kinds import VERBS, may_be_called
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems

# Neighbours in lower case; of the copy's only those that an article or a possessive leads: others are seldom one thing.
_PAIR = re.compile(r"(?<![\w'-])(?=([a-z]{3,}) ([a-z]{3,})(?![\w'-]))")
_LED = re.compile(r"\b(?:the|a|an|our|your|this|every|each|any) $", re.IGNORECASE)
_NO_NOUN = ("ed", "ing", "ly")


def compound_fault(copy: Copy) -> str:
    """A sentence on a word that the copy puts where the fact has another one of a pair; empty when none."""
    text = plain(copy.text)
    ours = [pair for pair in _pairs(copy.text) if _LED.search(text[: pair.start()])]
    known = carried_stems((*copy.support, *copy.keep)) if ours else frozenset()
    for fact in copy.facts if ours else ():
        for theirs in _pairs(fact):
            for pair in ours:
                if _is_another(pair[2], theirs[2], known, copy) and stem(pair[1]) == stem(theirs[1]):
                    return f'The copy says "{pair[1]} {pair[2]}" where the fact says "{theirs[1]} {theirs[2]}".'
    return ""


@lru_cache(CACHED_TEXTS)
def _pairs(text: str) -> tuple[re.Match[str], ...]:
    return tuple(_nouns(plain(text)))


def _nouns(text: str) -> Iterator[re.Match[str]]:
    for pair in _PAIR.finditer(text):
        first, second = stem(pair[1]), stem(pair[2])
        if not {first, second} & (FUNCTION_STEMS | IDLE) and pair[2] not in VERBS and pair[1] not in VERBS:
            if not pair[2].endswith(_NO_NOUN):
                yield pair


def _is_another(ours: str, theirs: str, known: frozenset[str], copy: Copy) -> bool:
    """A word that nothing carries, in the same number as the fact's, which the copy does not have."""
    if ours.endswith("s") != theirs.endswith("s") or not is_fresh(ours, known):
        return False
    return stem(theirs) not in stems(copy.text) and not may_be_called(theirs, ours)
