"""What the facts set side by side: "Basic" and "Plus", "at the gate" and "online", each with what only it has."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from evaluation.gates.cases import Case, alike, cases
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.fact_subjects import HALF, PLAIN_STEMS, Figure, Name, Statement, statements, stems_of
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.text import CACHED_FACTS, stem

_FEW = 4
_PEOPLE = frozenset(
    map(
        stem,
        "adults children child kids students pensioners seniors members guests visitors subscribers customers patients passengers residents non-members others teenagers families groups".split(),
    )
)


class Side(NamedTuple):
    """The stems by which a thing is told from its rival; the figures and words that only it has."""

    names: frozenset[str]
    base: frozenset[str]
    figures: tuple[Figure, ...]
    words: frozenset[str]


class Rivals(NamedTuple):
    """Two things; `akin` when they share a name or a kind, and not only what is told of them; `of_family` when it is a proper name."""

    one: Side
    other: Side
    akin: bool
    of_family: bool = False


@lru_cache(CACHED_FACTS)
def rivals(facts: tuple[str, ...]) -> tuple[Rivals, ...]:
    """Each two things of the facts that may be taken for each other."""
    found = [_of_cases(one, other) for fact in facts for one, other in cases(fact)]
    if len(facts) > 1 or any(map(HALF.search, facts)):
        said = [statement for fact in facts for statement in statements(fact)]
        found += [pair for one, other in combinations(said, 2) if (pair := _rivals(one, other, said))]
    return tuple(found)


def _of_cases(one: Case, other: Case) -> Rivals:
    first, second = (Side(c.names, frozenset(), (Figure(c.figure, ""),), frozenset()) for c in (one, other))
    return Rivals(first, second, akin=False)


def _rivals(one: Statement, other: Statement, said: list[Statement]) -> Rivals | None:
    if one.general or other.general:
        return None
    mine, theirs = (one.core, other.core) if one.core != other.core else (one.head, other.head)
    names, others = _names(mine, other), _names(theirs, one)
    shared = stems_of(mine) & stems_of(theirs)
    if shared and mine[0].stem != theirs[0].stem and mine[-1].stem != theirs[-1].stem:
        return None
    base: frozenset[str] = frozenset()
    if not (names and others):
        extended = (
            (names or others)
            and {n.case for n in names or others} <= {"A", "0"}
            and len(names or others) == 1
        )
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
        (base or not shared)
        and not _comparable(first.figures, second.figures)
        and not (names and others and _parallel(one, other))
    ):
        return None
    return Rivals(first, second, bool(shared), any(n.case == "A" for n in mine if n.stem in shared))


def _names(own: tuple[Name, ...], other: Statement) -> frozenset[Name]:
    theirs = stems_of(other.head)
    return frozenset(n for n in own if n.stem not in (theirs if n.case == "0" else other.stems))


def _same_case(names: frozenset[Name], others: frozenset[Name]) -> bool:
    """ "Hotel Lindgren check-in" and "early check-in" are one thing and a part of it."""
    mine, theirs = ({"A" if n.case == "0" else n.case for n in side} - {""} for side in (names, others))
    return not mine or not theirs or bool(mine & theirs)


def _parallel(one: Statement, other: Statement) -> bool:
    """ "The sauna is on the first floor", "the pool is in the basement": little more than what differs."""
    mine, theirs = (s.stems - FUNCTION_STEMS - stems_of(s.head) for s in (one, other))
    return one.verb == other.verb and max(len(mine - theirs), len(theirs - mine)) <= _FEW


def _counterparts(one: Statement, other: Statement) -> bool:
    """Groups of people, or two names, of which the same is told."""
    if one.verb != other.verb:
        return False
    if one.fact == other.fact:
        return _parallel(one, other)
    heads = (one.core, other.core)
    return all(stems_of(head) & _PEOPLE for head in heads) or all(
        len(head) == 1 and head[0].case == "A" for head in heads
    )


def _specific(names: frozenset[str]) -> frozenset[str]:
    """ "Day spa" is named by its spa."""
    return names - PLAIN_STEMS or names


def _side(names: frozenset[Name], base: frozenset[str], own: Statement, said: list[Statement]) -> Side:
    called = _specific(stems_of(names))
    others = [s for s in said if s is not own and not (called and called <= s.stems)]
    theirs = frozenset(s for other in others for s in other.stems)
    figures = tuple(
        f
        for f in own.figures
        if not any(same_quantity(f.quantity, t.quantity) for other in others for t in other.figures)
    )
    news = own.stems - theirs - stems_of(own.head) - PLAIN_STEMS
    return Side(
        called, frozenset() if names else base, figures, frozenset(s for s in news if not s[0].isdigit())
    )


def _comparable(mine: tuple[Figure, ...], theirs: tuple[Figure, ...]) -> bool:
    return any(alike(a.quantity, b.quantity) for a in mine for b in theirs)
