"""Of two things that the facts set side by side, the copy gives neither what only the other has."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.attributes import FREE, placed_quantities
from evaluation.gates.cases import alike
from evaluation.gates.contrasts import denied_stems
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.fact_subjects import Figure
from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.negation_words import SOFT
from evaluation.gates.quantities import Quantity, following_stems, numbers_of
from evaluation.gates.rivals import Rivals, Side, rivals
from evaluation.gates.text import CACHED_FACTS, CACHED_TEXTS, plain, stems

_CUT = re.compile(
    r"(?P<end>(?<![ap]\.m)[.!?](?:\s|$))|[;:]\s|,\s(?:and |or |but |while |whereas )?|\s-\s|[()]|\s(?:while|whereas|but|and|or|versus|vs)\s"
)
_BOTH = re.compile(r"\b(?:both|either|neither|together|whichever)\b|^(?:all|each|every)\b", re.IGNORECASE)
_ASIDE = re.compile(
    r"\b(?:than|instead of|rather than|unlike|compared|as against|against|on the other hand|not|up from|down from|(?<!no )(?:more|less|extra)|was|were|difference|over and above|upgrade\w*)\b",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"(?:[A-Z][\w'-]*|\b(?:[Tt]he|version|model|zone|band|level|tier|stage|phase|room|grade|type|group|category|class|plan|size)) $|^$"
)
# "For temperature, take the Pro": what comes first is of what is named then.
_LEADS_ON = re.compile(r"(?:for|if|with|want|need|prefer|looking|when|should)\b", re.IGNORECASE)
_FORMER = re.compile(r"\bthe former\b", re.IGNORECASE)
_LATTER = re.compile(r"\bthe latter\b", re.IGNORECASE)
_OTHER = re.compile(r"\b(?:the other|others|otherwise|else|the rest|without)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
# What is left of "no fragrance" without its last word.
_NO_LEFT = re.compile(r"\b(?:no|not|without|free of)(?: (?:any|added))? *(?=[.,;!?]|$)", re.IGNORECASE)
_LONGEST_NAME = 4
_AFRESH = (":", ";", "-", "(")
# "Zoo? Take the blue line": the answer speaks of what was asked.
_SHORT_QUESTION = re.compile(r"(?:^|(?<=[.!?:] ))(?![^?]* or )((?:[\w'-]+ ){0,2}[\w'-]+)\? ")
_NOTHING: frozenset[int] = frozenset()
_EITHER = frozenset((0, 1))


class Part(NamedTuple):
    """A clause of a copy; the number of its sentence, whether that asks, whether the clause is answered by the next, the mark before the clause, its figures."""

    text: str
    start: int
    stems: frozenset[str]
    sentence: int
    asks: bool
    answered: bool
    mark: str
    figures: tuple[Quantity, ...]


def binding_fault(copy: Copy) -> str:
    """A sentence on what the copy gives to another thing than the facts; empty when nothing."""
    denied = _denied(copy.facts)
    for pair in rivals(copy.facts):
        if taken := _taken(pair, _parts(copy.text), denied):
            return f'The copy gives "{taken}" to another product than the facts.'
    return ""


@lru_cache(CACHED_FACTS)
def _denied(facts: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(denied_stems(plain(fact)) for fact in facts))


@lru_cache(CACHED_TEXTS)
def _parts(text: str) -> tuple[Part, ...]:
    asked = {m.start() for m in _SHORT_QUESTION.finditer(plain(text))}
    shown = _SHORT_QUESTION.sub(r"\1, ", plain(text))
    found: list[Part] = []
    start, sentence, mark = 0, 0, ""
    ends = list(_CUT.finditer(shown))
    for at, end in enumerate([*ends, None]):
        upto = end.start() if end else len(shown)
        if (own := shown[start:upto]).strip():
            figures = tuple(p.quantity for p in placed_quantities(shown) if start <= p.quantity.start < upto)
            close = next((e["end"] for e in ends[at:] if e["end"]), "")
            found.append(
                Part(
                    own,
                    start,
                    frozenset(stems(own)),
                    sentence,
                    close.startswith("?"),
                    start in asked,
                    mark,
                    figures,
                )
            )
        if end:
            start, mark, sentence = end.end(), end[0].strip(), sentence + bool(end["end"])
    return tuple(found)


def _taken(pair: Rivals, parts: tuple[Part, ...], denied: frozenset[str]) -> str:
    named = [_named(part, pair) for part in parts]
    if not any(len(names) == 1 for names in named):
        return ""
    for i in _lists(pair, parts, named):
        if taken := _in_wrong_order(pair, parts[i:], named[i : i + 2]):
            return taken
        named[i] = named[i + 1] = _EITHER
    all_named = frozenset().union(*named)
    for part, direct, of in _spoken_of(pair, parts, named):
        # A copy that names the one alone speaks of it before it says the name.
        if not of and pair.of_family and len(all_named) == 1 and not part.asks:
            of = all_named
        if len(of) == 1:
            own, other = (pair.one, pair.other) if 0 in of else (pair.other, pair.one)
            if taken := _given(part, own, other, direct, denied):
                return taken
    return ""


def _lists(pair: Rivals, parts: tuple[Part, ...], named: list[frozenset[int]]) -> list[int]:
    """Where one name stands alone before the other: "the saloon and the estate have 400 and 610 litres"."""
    return [
        i
        for i in range(len(parts) - 1)
        if len(named[i]) == 1
        and named[i + 1] == _EITHER - named[i]
        and parts[i].sentence == parts[i + 1].sentence
        and not parts[i].figures
        and not parts[i].stems & (pair.one.words | pair.other.words)
        and len(parts[i].text.split()) <= _LONGEST_NAME
    ]


def _in_wrong_order(pair: Rivals, parts: tuple[Part, ...], names: list[frozenset[int]]) -> str:
    """The first of two figures that are listed the other way round than their names."""
    figures = [q for part in parts if part.sentence == parts[0].sentence for q in part.figures]
    owners = [
        (i, q.text)
        for q in figures
        for i, side in enumerate((pair.one, pair.other))
        if any(
            same_quantity(q, f.quantity) or (q.kind == "count" and q.value in numbers_of(f.quantity))
            for f in side.figures
        )
    ]
    return owners[0][1] if [i for i, _ in owners] == [*names[1], *names[0]] else ""


def _named(part: Part, pair: Rivals) -> frozenset[int]:
    found = {
        i
        for i, side in enumerate((pair.one, pair.other))
        if side.names and any(_names(part, n) for n in side.names)
    }
    if not found:
        found = {i for i, side in enumerate((pair.one, pair.other)) if side.base and side.base <= part.stems}
    return frozenset(found)


def _names(part: Part, name: str) -> bool:
    if name not in part.stems or not name[0].isdigit():
        return name in part.stems
    found = re.finditer(rf"\b{re.escape(name)}\b(?![.,%]*\d)", part.text)
    return any(_MODEL.search(part.text[: m.start()]) for m in found)


def _spoken_of(
    pair: Rivals, parts: tuple[Part, ...], named: list[frozenset[int]]
) -> Iterator[tuple[Part, bool, frozenset[int]]]:
    """Each clause, whether its sentence names what it speaks of, and what: the one it names, else the one before, or the next of its sentence."""
    state, spoken, sentence = _NOTHING, _NOTHING, -1
    order: list[int] = []
    for i, (part, names) in enumerate(zip(parts, named, strict=True)):
        if part.sentence != sentence:
            state, spoken, sentence = spoken or state, _NOTHING, part.sentence
            if not pair.akin:
                state = _NOTHING
        if order and _FORMER.search(part.text):
            names = frozenset(order[:1])
        elif order and _LATTER.search(part.text):
            names = frozenset(order[-1:])
        elif len(state) == 1 and not names and _OTHER.search(part.text):
            names = _EITHER - state
        order += sorted(names - set(order))
        if part.mark in _AFRESH and not names and len(spoken) > 1:
            state = _EITHER
        spoken |= names
        state = names or state
        to_come = (
            _next_named(i, parts, named)
            if not names and (not spoken or _LEADS_ON.match(part.text))
            else _NOTHING
        )
        of = names or (part.answered and to_come) or state | to_come
        if _ASIDE.search(part.text) or (not names and (part.asks or _BOTH.search(part.text))):
            of = _EITHER
        yield part, bool(spoken | to_come), of


def _next_named(i: int, parts: tuple[Part, ...], named: list[frozenset[int]]) -> frozenset[int]:
    rest = zip(parts[i + 1 :], named[i + 1 :], strict=True)
    return next((names for part, names in rest if names and part.sentence == parts[i].sentence), _NOTHING)


def _given(part: Part, own: Side, other: Side, direct: bool, denied: frozenset[str]) -> str:
    for figure in other.figures:
        for q in part.figures:
            if _is_figure(q, figure, own, part):
                return q.text
    words = part.stems & other.words
    if not words:
        return ""
    rest = part.text
    for q in part.figures:
        if q.unit == FREE:
            rest = rest.replace(q.text, "")
    # "Fragrance-free" and "unscented" are what the facts say of the other, and deny nothing of it.
    rest = _WORD.sub(lambda found: "" if other.words.intersection(stems(found[0])) else found[0], rest)
    if words <= denied:
        rest = _NO_LEFT.sub("", rest)
    if SOFT.search(rest):
        return ""
    little = 2 * len(words) >= len(content_stems(part.text))
    return min(words) if direct or little or len(words) > 1 else ""


def _is_figure(q: Quantity, figure: Figure, own: Side, part: Part) -> bool:
    """Whether a quantity is the other's figure; a bare number is one where the other's alone would be meant."""
    if q.kind != "count":
        return same_quantity(q, figure.quantity)
    if (q.spelled and q.value == 1) or q.value not in numbers_of(figure.quantity):
        return False
    before, after = part.text[: q.start - part.start], part.text[q.end - part.start :]
    if before and not q.spelled and _MODEL.search(before):
        return False
    counts = next(iter(following_stems(after, 0, 1)), "")
    if counts and counts not in FUNCTION_STEMS:
        return figure.quantity.kind == "count" and counts == figure.counts
    return any(alike(figure.quantity, mine.quantity) for mine in own.figures)
