"""What the facts set side by side: "Basic" and "Plus", "at the gate" and "online", each with what only it has."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from evaluation.gates.attributes import placed_quantities
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.kinds import VERBS
from evaluation.gates.quantities import Quantity, following_stems
from evaluation.gates.text import CACHED_FACTS, CACHED_TEXTS, plain, stem, stems, words
from evaluation.gates.units import NUMBER_WORDS, UNITS

_HALF = re.compile(
    r"; |,? (?:while|whereas) |,? (?:and|but) (?=(?:the|our|a|an) |[A-Z]|(?:[a-z-]+ ){1,2}(?:have|has|contains?|includes?|gets?|come|comes|face|faces|pays?|costs?) )"
)
_PIECE = re.compile(r"[;:,] (?:and |or |but |while |whereas )?| (?:and|or|but|while|whereas) ")
_SETTING = re.compile(r"(?:At|In|On|For|With|Without|During|From|Until|Under|Through) [^,]{1,60}, ")
_PREPOSITIONS = frozenset("of at in for from on with by to during".split())
# After these a subject is only described: "pianos older than 60 years", "learners who book ten lessons".
_DESCRIBING = _PREPOSITIONS | frozenset("who which that whose older younger over under above below between than".split())
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_LONGEST_SUBJECT = 8
_FEW = 4
# What follows a verb that no list knows: "reports its position", "wraps 25 pallets".
_AFTER_VERB = frozenset(
    "a an the its their your no up at on from to for with in until between within by about every each all any out into".split()
) | NUMBER_WORDS.keys()
_VERBS = (VERBS | frozenset("begins begin lasts last pay ends end".split())) - frozenset(
    "ready now today here again also still just only new even ahead alone back soon daily online too overnight outdoors indoors upstairs abroad anywhere everywhere somewhere "
    "together twice once tomorrow tonight yesterday first later early fast".split()
)
_GENERAL = frozenset("both all each every either any these those".split())
_PLAIN_STEMS = frozenset(map(stem, _VERBS)) | FUNCTION_STEMS | frozenset(map(stem, UNITS)) | frozenset(map(stem, NUMBER_WORDS)) | frozenset(
    map(stem, "all any both free charge fee cost price percent off extra additional available people person customer time number include weekly monthly daily yearly".split())
)
_PEOPLE = frozenset(
    map(stem, "adults children child kids students pensioners seniors members guests visitors subscribers customers patients passengers residents non-members others teenagers families groups".split())
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


class Side(NamedTuple):
    """The stems by which a thing is told from its rival; the figures and words that only it has."""

    names: frozenset[str]
    base: frozenset[str]
    figures: tuple[Figure, ...]
    words: frozenset[str]


class Rivals(NamedTuple):
    """Two things; `akin` when they share a name or a kind, and not only what is told of them."""

    one: Side
    other: Side
    akin: bool


@lru_cache(CACHED_FACTS)
def rivals(facts: tuple[str, ...]) -> tuple[Rivals, ...]:
    said = [statement for fact in facts for statement in _statements(fact)]
    found = [pair for one, other in combinations(said, 2) if (pair := _rivals(one, other, said))]
    found += [pair for fact in facts for pair in _within(fact)]
    return tuple(found)


@lru_cache(CACHED_TEXTS)
def _statements(fact: str) -> tuple[Statement, ...]:
    """A half without a verb belongs to the one before."""
    found: list[Statement] = []
    for half in _HALF.split(plain(fact)):
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
    verb = next((i for is_verb in (_is_known_verb, _looks_like_verb) for i in places if is_verb(tokens, i)), 0)
    if not verb:
        return None
    subject = [(word, start) for word, start in tokens[:verb]]
    upto = next((i for i, (word, _) in enumerate(subject) if i and word.lower() in _DESCRIBING), verb)
    ends = tokens[verb][1]
    # The capital of a sentence's first word tells nothing, unless a name goes on.
    initial = fact.startswith(text[:at + 1]) and not tokens[1][0][0].isupper()
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
    return tokens[i][0] in _VERBS and (i + 1 == len(tokens) or tokens[i + 1][0] not in _VERBS)


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


def _rivals(one: Statement, other: Statement, said: list[Statement]) -> Rivals | None:
    if one.general or other.general:
        return None
    mine, theirs = (one.core, other.core) if one.core != other.core else (one.head, other.head)
    names, others = _names(mine, other), _names(theirs, one)
    shared = _stems(mine) & _stems(theirs)
    if shared and mine[0].stem != theirs[0].stem and mine[-1].stem != theirs[-1].stem:
        return None
    base: frozenset[str] = frozenset()
    if not (names and others):
        extended = (names or others) and {n.case for n in names or others} <= {"A", "0"} and len(names or others) == 1
        if not extended or not shared or len(one.core) == len(other.core):
            return None
        base = shared
    elif not _same_case(names, others):
        return None
    first, second = _side(names, base, one, said), _side(others, base, other, said)
    # "Members pay £7 a visit, guests £11": what follows the first may be said of both.
    if one.fact == other.fact and len(first.words) > len(second.words):
        first = first._replace(words=frozenset())
    if (not shared and not _counterparts(one, other)) or (
        (base or not shared) and not _comparable(first.figures, second.figures) and not (names and others and _parallel(one, other))
    ):
        return None
    return Rivals(first, second, bool(shared))


def _names(own: tuple[Name, ...], other: Statement) -> frozenset[Name]:
    theirs = _stems(other.head)
    return frozenset(n for n in own if n.stem not in (theirs if n.case == "0" else other.stems))


def _stems(names: Iterable[Name]) -> frozenset[str]:
    return frozenset(n.stem for n in names)


def _same_case(names: frozenset[Name], others: frozenset[Name]) -> bool:
    """ "Hotel Lindgren check-in" and "early check-in" are one thing and a part of it."""
    mine, theirs = ({"A" if n.case == "0" else n.case for n in side} - {""} for side in (names, others))
    return not mine or not theirs or bool(mine & theirs)


def _parallel(one: Statement, other: Statement) -> bool:
    """ "The sauna is on the first floor", "the pool is in the basement": little more than what differs."""
    mine, theirs = (s.stems - FUNCTION_STEMS - _stems(s.head) for s in (one, other))
    return one.verb == other.verb and max(len(mine - theirs), len(theirs - mine)) <= _FEW


def _counterparts(one: Statement, other: Statement) -> bool:
    """Groups of people, or two names, of which the same is told."""
    if one.verb != other.verb:
        return False
    if one.fact == other.fact:
        return _parallel(one, other)
    heads = (one.core, other.core)
    return all(_stems(head) & _PEOPLE for head in heads) or all(len(head) == 1 and head[0].case == "A" for head in heads)


def _specific(names: frozenset[str]) -> frozenset[str]:
    """ "Day spa" is named by its spa."""
    return names - _PLAIN_STEMS or names


def _side(names: frozenset[Name], base: frozenset[str], own: Statement, said: list[Statement]) -> Side:
    called = _specific(_stems(names))
    others = [s for s in said if s is not own and not (called and called <= s.stems)]
    theirs = frozenset(s for other in others for s in other.stems)
    figures = tuple(
        f for f in own.figures if not any(same_quantity(f.quantity, t.quantity) for other in others for t in other.figures)
    )
    news = own.stems - theirs - _stems(own.head) - _PLAIN_STEMS
    return Side(called, frozenset() if names else base, figures, frozenset(s for s in news if not s[0].isdigit()))


def _comparable(mine: tuple[Figure, ...], theirs: tuple[Figure, ...]) -> bool:
    return any(alike(a.quantity, b.quantity) for a in mine for b in theirs)


def alike(a: Quantity, b: Quantity) -> bool:
    """Two of a kind and unit; "free" stands beside any price."""
    return a.kind == b.kind and (a.unit == b.unit or a.kind == "money")


def _is_case(quantity: Quantity, text: str) -> bool:
    """Whether another case may have another figure of the kind; the number of a model is no figure."""
    return quantity.kind in ("money", "measure", "percent", "time") or (
        quantity.kind == "count" and not _MODEL.search(text[: quantity.start])
    )


_MODEL = re.compile(r"[A-Z][\w'-]* $")
_FEE = re.compile(r"fee|charge|cost")


@lru_cache(CACHED_TEXTS)
def _within(fact: str) -> tuple[Rivals, ...]:
    """ "£12 online and £15 at the gate": figures of one fact, each for another case."""
    text = plain(fact)
    cuts = [0, *(x for m in _PIECE.finditer(text) for x in m.span()), len(text)]
    pieces = [
        (start, end, p.quantity)
        for start, end in zip(cuts[::2], cuts[1::2], strict=True)
        if (p := next((p for p in placed_quantities(text) if start <= p.quantity.start and p.quantity.end <= end and _is_case(p.quantity, text)), None))
    ]
    found = []
    for (a, b, first), (c, d, second) in combinations(pieces, 2):
        if not alike(first, second) or same_quantity(first, second) or _FEE.search(first.text + second.text):
            continue
        lead = text[c : second.start]
        before = frozenset() if _PREPOSITIONS & frozenset(words(lead)) else _labels(lead)
        names, others = (_labels(text[a : first.start]), before) if before else (_labels(text[first.end : b]), _labels(text[second.end : d]))
        if names - others and others - names:
            found.append(Rivals(Side(names - others, frozenset(), (Figure(first, ""),), frozenset()), Side(others - names, frozenset(), (Figure(second, ""),), frozenset()), False))
    return tuple(found)


def _labels(text: str) -> frozenset[str]:
    return frozenset(s for s in stems(text) if s not in _PLAIN_STEMS and not s[0].isdigit())

