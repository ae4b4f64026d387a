"""Two words that a fact joins stay joined: "the cinnamon swirl" is not its cinnamon knot, "violin lessons" are not piano lessons."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.carried import IDLE, carried_stems, is_fresh
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy
from evaluation.gates.kinds import VERBS, may_be_called
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems
from evaluation.gates.units import NUMBER_WORDS

# Neighbours in lower case; the first may start a sentence.
_PAIR = re.compile(r"(?<![\w'-])(?=([a-z]{3,}|(?:^|(?<=[.!?:;] ))[A-Z][a-z]{2,}) ([a-z]{3,})(?![\w'-]))")
_LED = re.compile(r"\b(?:the|a|an|our|your|this|every|each|any) $", re.IGNORECASE)
_LONGEST_LEAD = 12
_NO_NOUN = ("ed", "ing", "ly")


class Pair(NamedTuple):
    """Two words side by side; `led` by an article or a possessive, they are most likely one thing."""

    first: str
    second: str
    led: bool


def compound_fault(copy: Copy) -> str:
    """A sentence on a word that the copy puts where the fact has another one of a pair; empty when none."""
    known = carried_stems((*copy.support, *copy.keep))
    ours = [pair for pair in _pairs(copy.text) if is_fresh(pair.first, known) or is_fresh(pair.second, known)]
    said = frozenset(stems(copy.text))
    for theirs in (pair for fact in copy.facts for pair in _pairs(fact)) if ours else ():
        for pair in ours:
            if _is_another(pair, theirs, known, said):
                return f'The copy says "{pair.first} {pair.second}" where the fact says "{theirs.first} {theirs.second}".'
    return ""


@lru_cache(CACHED_TEXTS)
def _pairs(text: str) -> tuple[Pair, ...]:
    return tuple(_nouns(plain(text)))


def _nouns(text: str) -> Iterator[Pair]:
    for found in _PAIR.finditer(text):
        first, second = found[1].lower(), found[2]
        if not (_says_little(first) or _says_little(second) or second.endswith(_NO_NOUN)):
            yield Pair(
                first,
                second,
                _LED.search(text[max(0, found.start() - _LONGEST_LEAD) : found.start()]) is not None,
            )


@lru_cache(CACHED_TEXTS)
def _says_little(word: str) -> bool:
    return word in VERBS or word in NUMBER_WORDS or stem(word) in FUNCTION_STEMS or stem(word) in IDLE


def _is_another(ours: Pair, theirs: Pair, known: frozenset[str], said: frozenset[str]) -> bool:
    """One word the same, the other one that nothing carries, in place of one that the copy does not have."""
    if stem(ours.second) == stem(theirs.second):
        return (
            stem(theirs.first) not in said and is_fresh(ours.first, known) and not ours.first.endswith("ly")
        )
    if stem(ours.first) != stem(theirs.first) or not ours.led or stem(theirs.second) in said:
        return False
    same_number = ours.second.endswith("s") == theirs.second.endswith("s")
    return same_number and is_fresh(ours.second, known) and not may_be_called(theirs.second, ours.second)
