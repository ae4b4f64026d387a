"""What each part of a fact speaks of: its subject, its verb, its figures."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.attributes import placed_quantities
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.kinds import VERBS
from evaluation.gates.quantities import Quantity, following_stems
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems
from evaluation.gates.units import NUMBER_WORDS, UNITS

HALF = re.compile(
    r"; |,? (?:while|whereas) |,? (?:and|but) (?=(?:the|our|a|an) |[A-Z]|(?:[a-z-]+ ){1,2}(?:have|has|contains?|includes?|gets?|come|comes|face|faces|pays?|costs?) )"
)
_SETTING = re.compile(r"(?:At|In|On|For|With|Without|During|From|Until|Under|Through) [^,]{1,60}, ")
PREPOSITIONS = frozenset("of at in for from on with by to during".split())
# After these a subject is only described: "pianos older than 60 years", "learners who book ten lessons".
_DESCRIBING = PREPOSITIONS | frozenset(
    "who which that whose older younger over under above below between than".split()
)
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_LONGEST_SUBJECT = 8
# What follows a verb that no list knows: "reports its position", "wraps 25 pallets".
_AFTER_VERB = (
    frozenset(
        "a an the its their your no up at on from to for with in until between within by about every each all any out into".split()
    )
    | NUMBER_WORDS.keys()
)
_VERBS = (VERBS | frozenset("begins begin lasts last pay ends end".split())) - frozenset(
    "ready now today here again also still just only new even ahead alone back soon daily online too overnight outdoors indoors upstairs abroad anywhere everywhere somewhere "
    "together twice once tomorrow tonight yesterday first later early fast".split()
)
_GENERAL = frozenset("both all each every either any these those".split())
# Words that tell no thing from another.
PLAIN_STEMS = (
    frozenset(map(stem, _VERBS))
    | FUNCTION_STEMS
    | frozenset(map(stem, UNITS))
    | frozenset(map(stem, NUMBER_WORDS))
    | frozenset(
        map(
            stem,
            "all any both free charge fee cost price percent off extra additional available people person customer time number include weekly monthly daily yearly".split(),
        )
    )
)
_FIGURES = ("money", "measure", "percent", "time", "count", "date", "weekday", "multiple")


class Name(NamedTuple):
    """A stem that can name a thing; `case` is that of its word: "A", "a", "0", or "" for the first of a sentence."""

    stem: str
    case: str


class Figure(NamedTuple):
    """A quantity of a fact and the stem of the word after it: "page" of "35 pages"."""

    quantity: Quantity
    counts: str


class Statement(NamedTuple):
    """What a part of a fact says of its subject; `core` is the subject without what qualifies it."""

    text: str
    fact: str
    head: tuple[Name, ...]
    core: tuple[Name, ...]
    verb: str
    stems: frozenset[str]
    figures: tuple[Figure, ...]
    general: bool


@lru_cache(CACHED_TEXTS)
def statements(fact: str) -> tuple[Statement, ...]:
    """A half without a verb belongs to the one before."""
    found: list[Statement] = []
    for half in HALF.split(plain(fact)):
        text = half
        statement = _statement(text, fact)
        if statement is None and found:
            text = f"{found.pop().text} and {half}"
            statement = _statement(text, fact)
        if statement:
            found.append(statement)
    return tuple(found)


def _statement(text: str, fact: str) -> Statement | None:
    setting = _SETTING.match(text)
    at = setting.end() if setting else 0
    tokens = [(m[0], m.start()) for m in _WORD.finditer(text, at)]
    places = range(1, min(len(tokens), _LONGEST_SUBJECT))
    verb = next(
        (i for is_verb in (_is_known_verb, _looks_like_verb) for i in places if is_verb(tokens, i)), 0
    )
    if not verb:
        return None
    subject = [(word, start) for word, start in tokens[:verb]]
    upto = next((i for i, (word, _) in enumerate(subject) if i and word.lower() in _DESCRIBING), verb)
    ends = tokens[verb][1]
    # The capital of a sentence's first word tells nothing, unless a name goes on.
    initial = fact.startswith(text[: at + 1]) and not tokens[1][0][0].isupper()
    figures = tuple(
        Figure(p.quantity, next(iter(following_stems(text, p.quantity.end, 1)), ""))
        for p in placed_quantities(text)
        if p.quantity.kind in _FIGURES and not (p.quantity.kind == "count" and at <= p.quantity.start < ends)
    )
    return Statement(
        text,
        fact,
        _naming(subject, initial),
        _naming(subject[:upto], initial),
        stem(tokens[verb][0]),
        frozenset(stems(text)),
        figures,
        any(word.lower() in _GENERAL for word, _ in subject),
    )


def _is_known_verb(tokens: list[tuple[str, int]], i: int) -> bool:
    """The last of two that may be verbs: "the winter coat drive ends"."""
    if tokens[i][0] not in _VERBS or (i + 1 < len(tokens) and tokens[i + 1][0] in _VERBS):
        return False
    # The "stand" of "the stand mixer has".
    second = tokens[i + 2][0] if i + 2 < len(tokens) else ""
    return not (f"{tokens[i][0]}s" in _VERBS and second in _VERBS and f"{second}s" not in _VERBS)


def _looks_like_verb(tokens: list[tuple[str, int]], i: int) -> bool:
    word = tokens[i][0]
    after = tokens[i + 1][0] if i + 1 < len(tokens) else ""
    ends = word.islower() and word.endswith("s") and not word.endswith("ss")
    return ends and (after in _AFTER_VERB or not after[:1].islower())


def _naming(tokens: list[tuple[str, int]], initial: bool) -> tuple[Name, ...]:
    """Content words, and numbers of models."""
    return tuple(
        Name(s, "" if initial and not start else "0" if s[0].isdigit() else "A" if word[0].isupper() else "a")
        for word, start in tokens
        for s in stems(word)
        if s not in FUNCTION_STEMS and s not in NUMBER_WORDS
    )


def stems_of(names: Iterable[Name]) -> frozenset[str]:
    return frozenset(n.stem for n in names)
