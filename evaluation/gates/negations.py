"""Negations of a fact that the copy loses, and affirmations that it denies."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.bounds import mirrored
from evaluation.gates.carried import root
from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.numbers import same_quantity
from evaluation.gates.quantities import quantities
from evaluation.gates.reader_numbers import opening, opens_scene
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems, words
from evaluation.gates.usage import uses_clause

_NOT = (
    r"not|no|never|without|cannot|neither|nor|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|"
    r"shouldn't|needn't|mustn't|haven't|hasn't"
)
# "No more than six", "not before noon" are bounds.
_BOUND = r"(?! (?:more|less|fewer|later|earlier|longer|shorter|older|younger|larger|bigger|smaller|higher|lower|sooner|further) than| before| until| over| under)"
_HARD = re.compile(rf"\b(?:(?:{_NOT}){_BOUND}|exclud\w+|except(?:ed)?)\b", re.IGNORECASE)
# "No repair without a call" obliges: it denies nothing.
_TWICE = re.compile(rf"\b(?:{_NOT})\b[^.;:!?]*\bwithout \w+ing\b", re.IGNORECASE)
_SOFT = re.compile(
    rf"\b(?:{_NOT}|exclud\w+|except\w*|none|nobody|nothing|nowhere|exempt|unless|unavailable|stop\w*|lacks?|less|minus|other than|apart from|"
    r"instead|skip\w*|zero|clos\w+|forget|unable|separately|extra|un\w+ed|un\w+able|waived|forbidden|prohibited|avoid\w*|"
    r"[a-z]+-free|lose|leaves?|left|stays? (?:at home|away|behind|outside|in (?:the|its|your) (?:cupboard|drawer|shed|garage|wallet|purse|pocket|[a-z]*(?:book|box|bag|case)))|spare|banned|rests?|pauses?|(?:day|night|week|evening)s? off|(?:bring|take) (?:your|their) own|any day but|every day but|except|lapse\w*|despite|goes? to|passe?s? to|keep\w* (?:\w+ ){1,4}?(?:out of|away from|off|clear of))\b",
    re.IGNORECASE,
)
_FREE = re.compile(r"\b(?:free|included|includes|nothing)\b", re.IGNORECASE)
_NOT_FREE = re.compile(r"\b(?:free|included|includes|complimentary)\b", re.IGNORECASE)
_COSTS = frozenset("charg cost fe fee pay price".split())
_STARTS_DENYING = re.compile(
    r"(?:not|nothing|none|cannot|can't|never|no|isn't|aren't|won't|doesn't|don't|excludes?)\b", re.IGNORECASE
)
_CLAUSE = re.compile(r"[.;:!?]\s|,\s(?:but|and|so|while|or)\s|\s(?:but|while|and)\s|,\s")
# What closes on a day is open until it.
_OPEN_UNTIL = re.compile(r"\bopen(?:s|ed)? (?:\w+ )?(?:until|till|through)\b", re.IGNORECASE)
_OPEN = re.compile(r"\bopen\w*", re.IGNORECASE)
_CLOSES = re.compile(r"\b(?:closes?|closing)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.;:!?])\s")
# "Perfume? Not in this soap": a question and its answer are one.
_QUESTION = re.compile(r"\? (?=\w)")
# "The account doesn't", "the trial doesn't ask for one": what is denied stands in the part before.
_POINTS_BACK = re.compile(
    rf"[.;:!] (?=[^.;:!?]*\b(?:{_NOT})(?: (?!only\b)[a-z]+){{0,3}}? (?:one|it|them|any|either)(?:[.,;!]|$)|[^.;:!?]*n't(?:[.,;:!]|$))",
    re.IGNORECASE,
)
# "Guide dogs only" for "no dogs, except guide dogs".
_EXCEPT = re.compile(r"\b(?:except|unless|other than|apart from)\b", re.IGNORECASE)
_ONLY = re.compile(r"\b(?:only|just|alone)\b", re.IGNORECASE)
# "No helmet, no ride" obliges.
_NO_NO = re.compile(r"\bno [^.,;:!?]+, no [a-z]+", re.IGNORECASE)
_OBLIGES = re.compile(
    r"\b(?:must|required?|requires|needs?|only|has to|have to|mandatory|compulsory)\b", re.IGNORECASE
)
_TO_READER = re.compile(r"(?:^|(?<=[.!?:] ))[^.!?:]*\?(?! (?:yes|sure|of course|plenty)\b)", re.IGNORECASE)
# What a thing does without: nobody is deceived who is not told. "No refunds", "not on Sundays" are limits, and must stay.
_DOES_WITHOUT = re.compile(
    r"\bwithout (?!\w+ing\b)|\b(?:needs?|requires?|takes?|contains?|has|have|uses?|adds?|with) no ",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:(?P<verb>can't|cannot|can not|aren't|isn't|doesn't|don't|won't|not|never)(?: be| been)?|(?P<noun>no|without))"
    r"(?: any)? (?P<word>[a-z]+)(?=(?P<after>[^.,;:!?]*))",
    re.IGNORECASE,
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
_NOT_INCLUDED = re.compile(r"\b([\w'-]+)(?: is| are)? not (?:included|part of)\b", re.IGNORECASE)
_INCLUDES = re.compile(r"\b(?:comes? with|includ\w+|with|has|have|contains?)\b", re.IGNORECASE)
_IDLE_WORDS = frozenset(
    "need more longer matter one doubt wonder worry problem fuss long just only even quite really that this want wait".split()
)
_ANTONYMS: tuple[tuple[str, str], ...] = (
    ("open", "clos"), ("includ", "exclud"), ("before", "after"), ("old", "young"), ("older", "younger"), ("over", "under"),
    ("above", "below"), ("earlier", "later"), ("keep", "stop"), ("continu", "stop"), ("start", "stop"), ("increas", "decreas"), ("ris", "fall"),
    ("offlin", "onlin"), ("weekday", "weekend"), ("safe", "unsafe"), ("required", "optional"), ("variabl", "fix"), ("minimum", "maximum"),
    ("arriv", "depart"), ("som", "no"), ("indoor", "outdoor"), ("annual", "month"), ("year", "month"), ("decaf", "caffein"),
    ("inbound", "outbound"), ("new", "exist"), ("unlimit", "limit"), ("mild", "hot"), ("mild", "spic"), ("automat", "manual"), ("wireles", "wir"),
)  # fmt: skip
_OTHER: dict[str, list[str]] = {}
for _one, _two in _ANTONYMS:
    _OTHER.setdefault(_one, []).append(_two)
    _OTHER.setdefault(_two, []).append(_one)


class Negation(NamedTuple):
    """The stems of content that a negation denies; `text` is how the fact says it."""

    scope: frozenset[str]
    text: str
    core: frozenset[str] = frozenset()
    start: int = 0
    boasts: bool = False


def negation_fault(fact: str, copy: Copy) -> str:
    """A sentence on a negation of the fact that the copy drops or on a statement that it denies; empty when none."""
    for negation in negations(fact):
        if (
            uses_clause(fact, negation.start, copy.text)
            and not (negation.boasts and not negation.core & set(stems(_TO_READER.sub("", plain(copy.text)))))
            and not _survives(negation, fact, copy)
            and not mirrored(fact, copy)
        ):
            return f'The fact says "{negation.text}"; the copy does not.'
    return _denied(fact, copy) or _left_out(fact, copy) or _opposite(fact, copy)


@lru_cache(CACHED_TEXTS)
def negations(text: str) -> tuple[Negation, ...]:
    shown = _TWICE.sub(lambda twice: "-" * len(twice[0]), plain(text))
    found = []
    boasts = {m.end() - len(m[0].split()[-1]) - 1 for m in _DOES_WITHOUT.finditer(shown)}
    for match in _HARD.finditer(shown):
        after = _CLAUSE.split(shown[match.end() :] + " ", maxsplit=1)[0]
        scope = _content(after)[:3]
        before = _content(_CLAUSE.split(shown[: match.start()])[-1])[-3:]
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
    sentences = _SENTENCE.split(_POINTS_BACK.sub(", ", _QUESTION.sub(", ", plain(copy.text))))
    if any(_STARTS_DENYING.match(s) and negation.core & set(stems(s)) for s in sentences):
        return True
    core = {root(s) for s in negation.core}
    if any(root(stem(m["word"].lower())) in core for m in _DENIAL.finditer(plain(copy.text))):
        return True
    if _EXCEPT.search(fact) and _ONLY.search(copy.text):
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
        _HARD.fullmatch(sign[0]) or sign[0].lower() not in words(fact) for sign in _SOFT.finditer(sentence)
    )


def _elsewhere(negation: Negation, about: list[str], denying: list[bool]) -> bool:
    """The denial stands beside another thing: a word of the scope is only in sentences that affirm."""
    if all(denying):
        return False
    denied = {s for text, yes in zip(about, denying, strict=True) if yes for s in stems(text)}
    affirmed = {s for text, yes in zip(about, denying, strict=True) if not yes for s in stems(text)}
    return bool(negation.scope & affirmed - denied)


def _denied(fact: str, copy: Copy) -> str:
    affirmed = content_stems(fact)
    for match in _DENIAL.finditer(plain(copy.text)):
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
        if _SOFT.search(fact) and not _affirmed_after_all(word, fact):
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
        if (
            stem(found[1].lower()) in content_stems(fact)
            and _INCLUDES.search(fact)
            and not _SOFT.search(fact)
        ):
            return f'The copy says "{found[0]}"; the fact says the opposite.'
    return ""


@lru_cache(CACHED_TEXTS)
def _denied_stems(texts: tuple[str, ...]) -> frozenset[str]:
    """The stems of the texts that deny something, less what they affirm after it: "no alcohol, but does contain lanolin"."""
    return frozenset(
        s for text in texts if _HARD.search(text) for s in content_stems(_BUT_DOES.sub("", plain(text)))
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


def _opposite(fact: str, copy: Copy) -> str:
    if _OTHER.keys().isdisjoint(stems(fact)):
        return ""
    own = set(_stems_beside_measures(fact))
    if not own & {one for s in stems(copy.text) for one in _OTHER.get(s, ())}:
        return ""
    others = {s for text in copy.facts if text != fact for s in stems(text)}
    about = content_stems(fact) - others
    for clause in _CLAUSE.split(plain(copy.text)):
        said = set(_stems_beside_measures(clause))
        if _OPEN_UNTIL.search(clause) and _CLOSES.search(fact):
            said -= {"open"}
        if (
            "clos" in said
            and _OPEN.search(fact)
            and not _same_days(fact, clause)
            and _same_days(fact, copy.text)
        ):
            said -= {"clos"}
        for one, other in _opposites(own, said):
            if said & (about - {one}) or (other not in others and one not in stems(copy.text)):
                return f'The copy turns a word of the fact into its opposite ("{_word(one, fact)}", "{_word(other, copy.text)}").'
    return ""


def _same_days(fact: str, text: str) -> bool:
    """Whether a text has a day or an hour of the fact: "Monday? Closed" has none of Tuesday to Friday."""
    return any(
        same_quantity(ours, theirs)
        for theirs in quantities(fact)
        if theirs.kind in ("weekday", "time")
        for ours in quantities(text)
    )


@lru_cache(CACHED_TEXTS)
def _stems_beside_measures(text: str) -> tuple[str, ...]:
    """Without "12 months" and "a year", which are compared as quantities; "39 euros a year" keeps its year."""
    shown, found = plain(text), quantities(text)
    prices = {q.end + 1 for q in found if q.kind == "money"}
    for q in reversed(found):
        if q.kind == "measure" and q.start not in prices and " " in q.text:
            shown = shown[: q.start] + shown[q.end :]
    return stems(shown)


def _opposites(own: set[str], said: set[str]) -> list[tuple[str, str]]:
    """The pairs of which the fact has only the one and the clause only the other."""
    return [
        (a, b) for a in own & _OTHER.keys() for b in _OTHER[a] if b not in own and b in said and a not in said
    ]


def _word(wanted: str, text: str) -> str:
    return next((w for w in plain(text).lower().split() if stem(w.strip(".,;:!?")) == wanted), wanted).strip(
        ".,;:!?"
    )


def _content(text: str) -> list[str]:
    return [s for s in stems(text) if s not in FUNCTION_STEMS and not s.isdigit()]
