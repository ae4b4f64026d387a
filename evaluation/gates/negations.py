"""Negations of a fact that the copy loses, and affirmations that it denies."""

import re
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.gate import Copy
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems
from evaluation.gates.usage import FUNCTION_STEMS, content_stems

_NOT = (
    r"not|no|never|without|cannot|neither|nor|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|"
    r"shouldn't|needn't|mustn't|haven't|hasn't"
)
_HARD = re.compile(rf"\b(?:{_NOT}|exclud\w+|except(?:ed)?)\b", re.IGNORECASE)
_SOFT = re.compile(
    rf"\b(?:{_NOT}|exclud\w+|except\w*|none|nobody|nothing|exempt|unless|unavailable|stop\w*|lacks?|less|minus|other than|apart from|"
    r"instead|skip\w*|free|zero|clos\w+|forget|unable|separately|extra|only|un\w+ed|un\w+able|waived|forbidden|prohibited|avoid\w*|"
    r"spare|banned|lapse\w*|despite|goes? to|passe?s? to)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.;:!?]\s|,\s(?:but|and|so|while|or)\s|\s(?:but|while|and)\s|,\s")
_SENTENCE = re.compile(r"(?<=[.;:!?])\s")
_DENIAL = re.compile(
    r"\b(?:(?P<verb>can't|cannot|can not|aren't|isn't|doesn't|don't|won't|not|never)(?: be| been)?|(?P<noun>no|without))"
    r"(?: any)? (?P<word>[a-z]+)(?P<after>[^.,;:!?]*)",
    re.IGNORECASE,
)
_IDLE_AFTER_DENIAL = re.compile(r"\b(?:yet|any ?more|any longer|longer|only|just|until)\b", re.IGNORECASE)
_IDLE_WORDS = frozenset("need more longer matter one doubt wonder worry problem fuss long just only even quite really that this want wait".split())
_ANTONYMS: tuple[tuple[str, str], ...] = (
    ("open", "clos"), ("includ", "exclud"), ("before", "after"), ("old", "young"), ("older", "younger"), ("over", "under"),
    ("above", "below"), ("earlier", "later"), ("keep", "stop"), ("continu", "stop"), ("start", "stop"), ("increas", "decreas"), ("ris", "fall"),
    ("offlin", "onlin"), ("weekday", "weekend"), ("safe", "unsafe"), ("required", "optional"), ("variabl", "fix"), ("minimum", "maximum"),
    ("arriv", "depart"), ("som", "no"), ("indoor", "outdoor"), ("annual", "month"), ("year", "month"), ("raw", "cook"), ("decaf", "caffein"),
    ("inbound", "outbound"), ("new", "exist"), ("unlimit", "limit"),
)  # fmt: skip


class Negation(NamedTuple):
    """The stems of content that a negation denies; `text` is how the fact says it."""

    scope: frozenset[str]
    text: str


def negation_fault(fact: str, copy: Copy) -> str:
    """A sentence on a negation of the fact that the copy drops or on a statement that it denies; empty when none."""
    for negation in negations(fact):
        if not _survives(negation, copy, fact):
            return f'The fact says "{negation.text}"; the copy does not.'
    return _denied(fact, copy) or _opposite(fact, copy)


@lru_cache(CACHED_TEXTS)
def negations(text: str) -> tuple[Negation, ...]:
    shown = plain(text)
    found = []
    for match in _HARD.finditer(shown):
        after = _CLAUSE.split(shown[match.end() :] + " ", maxsplit=1)[0]
        scope = _content(after)[:3]
        before = _content(_CLAUSE.split(shown[: match.start()])[-1])[-3:]
        passive = len(scope) <= 1
        said = shown[: match.end()].split(" ")[-3:] if passive else [match[0]]
        found.append(Negation(frozenset(scope + (before if passive else [])), " ".join((" ".join(said) + after).split()).rstrip(".")))
    return tuple(found)


def _survives(negation: Negation, copy: Copy, fact: str) -> bool:
    """A sentence that speaks of what is denied must deny something; if none speaks of it, the copy must deny at all."""
    about = [s for s in _SENTENCE.split(plain(copy.text)) if negation.scope & set(stems(s))]
    return any(_SOFT.search(s) for s in about or [plain(copy.text)])


def _denied(fact: str, copy: Copy) -> str:
    affirmed = content_stems(fact)
    denied = {s for text in copy.support for n in negations(text) for s in n.scope}
    for match in _DENIAL.finditer(plain(copy.text)):
        word = stem(match["word"].lower())
        if word not in affirmed or word in denied or match["word"].lower() in _IDLE_WORDS or word in FUNCTION_STEMS:
            continue
        if _IDLE_AFTER_DENIAL.search(match["after"]) or _SOFT.search(fact) or _repeats(match, copy):
            continue
        return f'The copy says "{match[0].strip()}"; the fact says the opposite.'
    return ""


def _repeats(match: re.Match[str], copy: Copy) -> bool:
    """ "Strike or no strike" denies nothing."""
    return re.search(rf"\b{match['word']} or no {match['word']}\b", plain(copy.text), re.IGNORECASE) is not None


def _opposite(fact: str, copy: Copy) -> str:
    said, facts = set(stems(copy.text)), {s for text in copy.support for s in stems(text)}
    own = set(stems(fact))
    for pair in _ANTONYMS:
        for one, other in (pair, pair[::-1]):
            if one in own and other not in facts and other in said and one not in said:
                return f'The copy turns a word of the fact into its opposite ("{_word(one, fact)}", "{_word(other, copy.text)}").'
    return ""


def _word(wanted: str, text: str) -> str:
    return next((w for w in plain(text).lower().split() if stem(w.strip(".,;:!?")) == wanted), wanted).strip(".,;:!?")


def _content(text: str) -> list[str]:
    return [s for s in stems(text) if s not in FUNCTION_STEMS and not s[0].isdigit()]
