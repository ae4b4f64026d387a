"""The one item of a list that no fact names, where the others stand in one fact: "24 brushes, an easel and a linen apron"."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re

from evaluation.gates.carried import root
from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.text import stem, stems, words
from evaluation.gates.units import NUMBER_WORDS

_CLAUSE = re.compile(r"[:;]\s|\s-\s|[.!?](?:\s|$)")
_SPLIT = re.compile(r",? (?:and|plus) |, ")
_WHEN = re.compile(r" (?:every|each|on|at|in|by|for|beside|near|under|over|from|until|after|before|with)\b.*")
_JOINED = re.compile(r",? (?:and|plus) (?!.*(?: and | plus |, ))")
# Who comes along, how it feels and what is wanting is no part of a set.
NO_THING = frozenset(
    stem(word)
    for word in "no not nothing half quarter third one nobody none your my his her their you me us we i he she they it someone somebody everyone everybody anyone who what "
    "friend excuse reason chance patience smile silence story memory argument question mood sigh nap dream hug opinion regret appetite thirst company child children kid family "
    "uncle aunt neighbour dog cat bit courage hope luck time hour minute morning evening afternoon night day weekend week life idea list lot plenty feeling sense moment promise secret "
    "ambition doubt worry fuss hurry heart soul joy love peace laugh laughter grin yawn conversation tradition rumour answer word thing things way mother father husband wife boss colleague "
    "surprise adventure problem fun pleasure nerve nerves knee knees hand hands foot feet winner champion hero apology".split()
)
_FEWEST = 3
_LONGEST = 5
_LEADS = frozenset("a an some several".split()) | (NUMBER_WORDS.keys() - {"one"})


def added_item(text: str, known: frozenset[str], copy: Copy) -> str:
    """The item that a list of at least three adds to those of one fact; empty when none."""
    for clause in _CLAUSE.split(text) if ", " in text else ():
        items = _SPLIT.split(clause)
        if len(items) < _FEWEST or not _JOINED.search(clause) or " between " in clause:
            continue
        strange = [item for item in items[1:] if _is_thing(item) and not _own(item) & known]
        others = [item for item in items if item not in strange and _own(item)]
        if len(strange) == 1 and len(others) >= _FEWEST - 1 and _stand_together(others, copy):
            return strange[0].strip(" .!?")
    return ""


def _stand_together(items: list[str], copy: Copy) -> bool:
    """Whether each item has a word of one and the same fact, and half of its words from there."""
    return any(
        all(_own(item) & held for item in items)
        and all(2 * len(content_stems(item) & held) >= len(content_stems(item)) for item in items)
        for held in map(_stems_of, copy.facts)
    )


def _stems_of(fact: str) -> frozenset[str]:
    return frozenset(form for s in content_stems(fact) for form in (s, root(s)))


def _is_thing(item: str) -> bool:
    """ "A linen apron", "hot showers every morning": a few words without a verb, a person or a feeling."""
    said = words(_WHEN.sub("", item))
    if not 2 <= len(said) <= _LONGEST or not item[:1].islower() or {stem(w) for w in said} & NO_THING:
        return False
    rest = said[1:] if said[0] in _LEADS else said
    return (
        bool(rest)
        and (said[0] in _LEADS or rest[-1].endswith("s"))
        and not any(stem(w) in FUNCTION_STEMS for w in rest if w != "of")
        and not any(w.endswith("ly") for w in rest)
    )


def _own(item: str) -> frozenset[str]:
    return frozenset(form for s in stems(item) if s not in FUNCTION_STEMS for form in (s, root(s)))
