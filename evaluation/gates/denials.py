"""What the copy denies and the fact says, or allows and the fact forbids."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache

from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.negation_words import CLAUSE, DENIAL, EXCEPT, HARD, SOFT
from evaluation.gates.negations import negations
from evaluation.gates.rare_patterns import SHARED
from evaluation.gates.reader_numbers import opening, opens_scene
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems

_PERMITTED = r"(?:welcomed?|allowed|permitted|admitted|accepted|invited)"
_FORBIDS = SHARED.compile(
    rf"\b(?:not|n't|never) (?:be )?{_PERMITTED}\b|\bno \w+ (?:is|are) {_PERMITTED}\b|\b(?:no \w+|(?:cannot|may not|can't) (?:enter|come|stay))\b",
    re.IGNORECASE,
)
_ALLOWS = re.compile(
    rf"\b([\w-]+) (?:is|are|may be|can be|(?:may|can)(?= (?:enter|come|stay|join))) (?:\w+ )?(?:{_PERMITTED}|enter|come|stay|join)\b",
    re.IGNORECASE,
)
# "No helmet, no ride" obliges.
_NO_NO = re.compile(r"\bno [^.,;:!?]+, no [a-z]+", re.IGNORECASE)
_OBLIGES = re.compile(
    r"\b(?:must|required?|requires|needs?|only|has to|have to|mandatory|compulsory)\b", re.IGNORECASE
)
_IDLE_AFTER_DENIAL = re.compile(r"\b(?:yet|any ?more|any longer|longer|only|just|until)\b", re.IGNORECASE)
_NOT_ASKED_FOR = re.compile(
    r" (?:\w+ )?(?:(\w+) (?:needed|required|necessary)|(charges?|fees?|costs?|limits?|deposits?))\b",
    re.IGNORECASE,
)
_BUT_DOES = re.compile(
    r"\bbut (?:it |they )?(?:does|do|is|are|has|have|can|will|may) (?!not\b|no\b|never\b)[^.;]*",
    re.IGNORECASE,
)
# "Never surfed?" is asked, not said.
_ASKS = re.compile(r"[^.!;:]*\?")
_NOT_INCLUDED = SHARED.compile(r"\b([\w'-]+)(?: is| are)? not (?:included|part of)\b", re.IGNORECASE)
_INCLUDES = re.compile(r"\b(?:comes? with|includ\w+|with|has|have|contains?)\b", re.IGNORECASE)
_IDLE_WORDS = frozenset(
    "need more longer matter one doubt wonder worry problem fuss long just only even quite really that this want wait".split()
)


def denial_fault(fact: str, copy: Copy) -> str:
    """A sentence on what the copy denies or allows against the fact; empty when none."""
    return _allowed(fact, copy) or _denied(fact, copy) or _left_out(fact, copy)


def _allowed(fact: str, copy: Copy) -> str:
    """ "Pets are welcome" for "pets are not allowed"; who is excepted may be welcome."""
    if _FORBIDS.search(plain(fact)) is None or EXCEPT.search(fact):
        return ""
    denied = frozenset(s for negation in negations(fact) for s in negation.scope)
    for clause in CLAUSE.split(plain(copy.text)):
        found = _ALLOWS.search(clause)
        if found and stem(found[1].lower()) in denied and not HARD.search(clause):
            return f'The copy says "{found[0]}"; the fact says the opposite.'
    return ""


def _denied(fact: str, copy: Copy) -> str:
    affirmed = content_stems(fact)
    for match in DENIAL.finditer(plain(copy.text)):
        word = stem((_needless(match) or match["word"]).lower())
        if (
            word not in affirmed
            or match["word"].lower() in _IDLE_WORDS
            or word in FUNCTION_STEMS
            or word in _denied_stems(copy.support)
        ):
            continue
        if _ASKS.match(plain(copy.text), match.end()):
            continue
        if opens_scene(copy) and match.end() <= len(opening(copy.text)):
            continue
        if _IDLE_AFTER_DENIAL.search(match["after"]) or _repeats(match, copy):
            continue
        if _OBLIGES.search(fact) and _is_of_no_no(match, copy):
            continue
        if SOFT.search(fact) and not _affirmed_after_all(word, fact):
            continue
        return f'The copy says "{match[0].strip()}"; the fact says the opposite.'
    return ""


def _is_of_no_no(match: re.Match[str], copy: Copy) -> bool:
    return any(m.start() <= match.start() < m.end() for m in _NO_NO.finditer(plain(copy.text)))


def _affirmed_after_all(word: str, fact: str) -> bool:
    after = _BUT_DOES.search(plain(fact))
    return after is not None and word in stems(after[0])


def _left_out(fact: str, copy: Copy) -> str:
    """ "The rain cover is not included" for what the fact includes."""
    for found in _NOT_INCLUDED.finditer(plain(copy.text)):
        if stem(found[1].lower()) in content_stems(fact) and _INCLUDES.search(fact) and not SOFT.search(fact):
            return f'The copy says "{found[0]}"; the fact says the opposite.'
    return ""


@lru_cache(CACHED_TEXTS)
def _denied_stems(texts: tuple[str, ...]) -> frozenset[str]:
    """The stems of the texts that deny something, less what they affirm after it: "no alcohol, but does contain lanolin"."""
    return frozenset(
        s for text in texts if HARD.search(text) for s in content_stems(_BUT_DOES.sub("", plain(text)))
    )


def _needless(match: re.Match[str]) -> str:
    """ "No chopping board needed" denies a board, not that something is chopped; "no admission charge" a charge."""
    found = _NOT_ASKED_FOR.match(f" {match['word']}{match['after']}")
    return found[1] or found[2] if match["noun"] and found else ""


def _repeats(match: re.Match[str], copy: Copy) -> bool:
    """ "Strike or no strike" denies nothing."""
    return (
        re.search(rf"\b{match['word']} or no {match['word']}\b", plain(copy.text), re.IGNORECASE) is not None
    )
