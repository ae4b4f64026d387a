"""Must, may and only: an obligation of a fact that the copy softens, a choice that it hardens, an "only" that it loses."""

import re
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.rare_patterns import SHARED
from evaluation.gates.text import CACHED_TEXTS, plain
from evaluation.gates.usage import uses_clause
from evaluation.sentences import sentences

_MUST = re.compile(
    r"\b(?:must(?! not|-)|mandatory|compulsory|obligatory|required|requires?|ha(?:s|ve) to|needs? to|essential|necessary)\b",
    re.IGNORECASE,
)
# "May" with a capital is the month.
_MAY = re.compile(
    r"\b(?:may(?! not)|[Mm]ight|[Oo]ptional(?:ly)?|[Rr]ecommended|recommends?|advised|advisable|suggested|encouraged|[Ii]deally|[Pp]referably|should|could|"
    r"no need to|needn't|need not|(?:do|does)(?:n't| not) (?:have|need) to|not (?:required|necessary|compulsory|mandatory|obligatory)|if you (?:like|wish|want)|voluntary)\b"
)
_COPY_MUST = re.compile(
    r"\b(?:must(?! not|-)|mandatory|compulsory|obligatory|(?:is|are|be) required|ha(?:s|ve) to)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:no|not|never|without|nobody|nothing|none|n't)\b|n't\b", re.IGNORECASE)
_ONLY = SHARED.compile(r"\b(?:only|solely|exclusively)\b(?! \d)", re.IGNORECASE)
_STILL_ONLY = re.compile(
    r"\b(?:only|just|sole(?:ly)?|exclusive(?:ly)?|alone|nowhere else|nothing (?:else|but)|no other|none|not|no|never|cannot|can't|isn't|aren't|won't|doesn't|don't|except|but|"
    r"limited|limit|unless|strictly|until|must|without|if|when|once|instead|skip|reserved)\b",
    re.IGNORECASE,
)
_FORCE = SHARED.compile(f"(?:{_MUST.pattern})|(?:{_MAY.pattern})", re.IGNORECASE)
# "Anywhere else, the screwdriver is yours" tells where the offer ends.
_ELSEWHERE = re.compile(r"\b(?:(?:any|every)where else|elsewhere|outside)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[.;:!?]\s|,\s|\s-\s|\s(?:and|but|so|while|or)\s")


class Force(NamedTuple):
    """A clause of a fact that obliges or allows: its stems and the word that does it."""

    stems: frozenset[str]
    word: str


def obligation_fault(fact: str, copy: Copy) -> str:
    """A sentence on a must, a may or an only of the fact that the copy changes; empty when none."""
    return (_changed_force(fact, copy) if _FORCE.may_match(plain(fact)) else "") or _lost_only(fact, copy)


def _changed_force(fact: str, copy: Copy) -> str:
    text = plain(copy.text)
    return _changed(_forces(fact, True), text, _MAY, _MUST) or _changed(
        _forces(fact, False), text, _COPY_MUST, _MAY
    )


def _changed(forces: tuple[Force, ...], text: str, turned: re.Pattern[str], same: re.Pattern[str]) -> str:
    for force in forces:
        for clause in _CLAUSE.split(text):
            other = turned.search(clause)
            if (
                other
                and not same.search(clause)
                and not _denied_must(clause, other)
                and force.stems & content_stems(clause)
            ):
                return f'The fact says "{force.word}"; the copy says "{other[0]}".'
    return ""


def _denied_must(clause: str, found: re.Match[str]) -> bool:
    """ "No exam is required" obliges nobody."""
    return _COPY_MUST.match(found[0]) is not None and _DENIED.search(clause) is not None


@lru_cache(CACHED_TEXTS)
def _forces(fact: str, obliges: bool) -> tuple[Force, ...]:
    wanted, other = (_MUST, _MAY) if obliges else (_MAY, _MUST)
    if not wanted.search(plain(fact)) or other.search(plain(fact)):
        return ()
    return tuple(
        Force(content_stems(sentence), found[0])
        for sentence in sentences(plain(fact))
        if (found := wanted.search(sentence)) and not _DENIED.search(sentence)
    )


def _lost_only(fact: str, copy: Copy) -> str:
    only = _ONLY.search(plain(fact))
    if only is None or _ONLY.search(copy.text) or not uses_clause(fact, only.start(), copy.text):
        return ""
    if _ELSEWHERE.search(copy.text):
        return ""
    near = content_stems(plain(fact)[only.end() :][:60]) or content_stems(plain(fact)[: only.start()][-40:])
    about = [sentence for sentence in sentences(plain(copy.text)) if near & content_stems(sentence)]
    if not about or any(_STILL_ONLY.search(sentence) for sentence in about):
        return ""
    return f'The fact says "{_around(only, plain(fact))}"; the copy drops "{only[0]}".'


def _around(found: re.Match[str], text: str) -> str:
    before, after = text[: found.start()].split(" "), text[found.end() :].split(" ")
    return " ".join((" ".join(before[-3:]) + found[0] + " ".join(after[:4])).split()).strip(" ,.;")
