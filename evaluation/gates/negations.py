"""Negations of a fact that the copy loses."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.bounds import mirrored
from evaluation.gates.carried import root
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy
from evaluation.gates.negation_words import CLAUSE, DENIAL, EXCEPT, HARD, NOT, SOFT
from evaluation.gates.rare_patterns import SHARED
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems, words
from evaluation.gates.usage import uses_clause

# "No repair without a call" obliges: it denies nothing.
_HARD = SHARED.compile(HARD.pattern, re.IGNORECASE)
_TWICE = SHARED.compile(rf"\b(?:{NOT})\b[^.;:!?]*\bwithout \w+ing\b", re.IGNORECASE)
_FREE = re.compile(r"\b(?:free|included|includes|nothing)\b", re.IGNORECASE)
_NOT_FREE = re.compile(r"\b(?:free|included|includes|complimentary)\b", re.IGNORECASE)
_COSTS = frozenset("charg cost fe fee pay price".split())
_STARTS_DENYING = re.compile(
    r"(?:not|nothing|none|cannot|can't|never|no|isn't|aren't|won't|doesn't|don't|excludes?)\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.;:!?])\s")
# "Perfume? Not in this soap": a question and its answer are one.
_QUESTION = re.compile(r"\? (?=\w)")
# "The account doesn't", "the trial doesn't ask for one": what is denied stands in the part before.
_POINTS_BACK = re.compile(
    rf"[.;:!] (?=[^.;:!?]*\b(?:{NOT})(?: (?!only\b)[a-z]+){{0,3}}? (?:one|it|them|any|either)(?:[.,;!]|$)|[^.;:!?]*n't(?:[.,;:!]|$))",
    re.IGNORECASE,
)
# "Opened or not" denies nothing.
_EITHER_WAY = re.compile(
    r"\b(?:whether )?(?:(?:or|and) (?:not|un[a-z]+ed)\b|(?:un[a-z]+ed|not) (?:or|and) [a-z]+ed\b)",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:only|just|alone)\b", re.IGNORECASE)
_TO_READER = re.compile(r"(?:^|(?<=[.!?:] ))[^.!?:]*\?(?! (?:yes|sure|of course|plenty)\b)", re.IGNORECASE)
# What a thing does without: nobody is deceived who is not told. "No refunds", "not on Sundays" are limits, and must stay.
_DOES_WITHOUT = SHARED.compile(
    r"\bwithout (?!\w+ing\b)|\b(?:needs?|requires?|takes?|contains?|has|have|uses?|adds?|with) no ",
    re.IGNORECASE,
)


class Negation(NamedTuple):
    """The stems of content that a negation denies; `text` is how the fact says it."""

    scope: frozenset[str]
    text: str
    core: frozenset[str] = frozenset()
    start: int = 0
    boasts: bool = False


def negation_fault(fact: str, copy: Copy) -> str:
    """A sentence on a negation of the fact that the copy drops; empty when none."""
    for negation in negations(fact):
        if (
            uses_clause(fact, negation.start, copy.text)
            and not (negation.boasts and not negation.core & set(stems(_TO_READER.sub("", plain(copy.text)))))
            and not _survives(negation, fact, copy)
            and not mirrored(fact, copy)
        ):
            return f'The fact says "{negation.text}"; the copy does not.'
    return ""


@lru_cache(CACHED_TEXTS)
def negations(text: str) -> tuple[Negation, ...]:
    shown = plain(text)
    if not _HARD.may_match(shown):
        return ()
    if _TWICE.may_match(shown):
        shown = _TWICE.pattern.sub(lambda twice: "-" * len(twice[0]), shown)
    found = []
    boasts = {m.end() - len(m[0].split()[-1]) - 1 for m in _DOES_WITHOUT.finditer(shown)}
    for match in HARD.finditer(shown):
        after = CLAUSE.split(shown[match.end() :] + " ", maxsplit=1)[0]
        scope = _content(after)[:3]
        before = _content(CLAUSE.split(shown[: match.start()])[-1])[-3:]
        passive = len(scope) <= 1 or re.match(r" (?:be |been )?\w+ed\b", shown[match.end() :]) is not None
        said = shown[: match.end()].split(" ")[-3:] if passive else [match[0]]
        found.append(
            Negation(
                frozenset(scope[:1] + before if passive else scope),
                " ".join((" ".join(said) + after).split()).rstrip("."),
                frozenset(scope),
                match.start(),
                match.start() in boasts,
            )
        )
    return tuple(found)


def _survives(negation: Negation, fact: str, copy: Copy) -> bool:
    """A sentence that speaks of what is denied must deny something; if none speaks of it, the copy must deny at all."""
    text = _EITHER_WAY.sub(" ", plain(copy.text))
    sentences = _SENTENCE.split(_POINTS_BACK.sub(", ", _QUESTION.sub(", ", text)))
    if any(_STARTS_DENYING.match(s) and negation.core & set(stems(s)) for s in sentences):
        return True
    core = {root(s) for s in negation.core}
    if any(root(stem(m["word"].lower())) in core for m in DENIAL.finditer(plain(copy.text))):
        return True
    if EXCEPT.search(fact) and any(_ONLY.search(s) and negation.core & set(stems(s)) for s in sentences):
        return True
    shared = [len(negation.scope & set(stems(s))) for s in sentences]
    about = [s for s, count in zip(sentences, shared, strict=True) if count == max(shared)]
    if negation.scope & _COSTS and not _NOT_FREE.search(negation.text) and _FREE.search(plain(copy.text)):
        return True
    denying = [_denies(s, fact) for s in about]
    return any(denying) and not (max(shared) >= 2 and _elsewhere(negation, about, denying))


def _denies(sentence: str, fact: str) -> bool:
    """Whether a sentence denies in a word of its own: the "unused" and the "left" of the fact itself deny nothing."""
    return any(
        HARD.fullmatch(sign[0]) or sign[0].lower() not in words(fact) for sign in SOFT.finditer(sentence)
    )


def _elsewhere(negation: Negation, about: list[str], denying: list[bool]) -> bool:
    """The denial stands beside another thing: a word of the scope is only in sentences that affirm."""
    if all(denying):
        return False
    denied = {s for text, yes in zip(about, denying, strict=True) if yes for s in stems(text)}
    affirmed = {s for text, yes in zip(about, denying, strict=True) if not yes for s in stems(text)}
    return bool(negation.scope & affirmed - denied)


def _content(text: str) -> list[str]:
    return [s for s in stems(text) if s not in FUNCTION_STEMS and not s.isdigit()]
