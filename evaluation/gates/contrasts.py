"""Two facts that contrast two things: what is said of the one, or denied of it, is not the other's."""

import re
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.kinds import VERBS
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems, words
from evaluation.gates.units import NUMBER_WORDS

_CLAUSE = re.compile(
    r"[.;!?:]\s|,\s(?:and |or |but |while |whereas )?|\s(?:while|whereas|but)\s|\s-\s|\s(?:and|or)\s(?=[A-Z]|the )"
)
_DENIED = re.compile(
    r"\b(?:no|not|without|never|free of|free from|cannot|can't|doesn't|don't|isn't|aren't)\b ?(?:any |an? |the |have |has |include |show |contain )*((?:[\w'-]+ ?){1,2})",
    re.IGNORECASE,
)
# One of these is in every word of denial.
_SIGNS_OF_DENIAL = ("no", "n't", "without", "never", "free")
_LONGEST_SUBJECT = 7
# "Zoo? Take the blue line": the answer speaks of what was asked.
_SHORT_QUESTION = re.compile(r"(?:^|(?<=[.!?:] ))((?:[\w'-]+ ){0,2}[\w'-]+)\? ")
# "Morning, dark. Evening, light.": a name alone says what the next words are of.
_LABEL = re.compile(
    r"((?:^|(?<=[.!?:;] ))(?:The )?[A-Z][\w'-]*(?: [A-Z\d][\w'-]*){0,2}(?: [a-z]+)?), (?=[a-z])"
)
# "Amba: a light roast. Onda: a dark roast.": two such labels name two things; one may name the shop of both.
_COLON_LABEL = re.compile(r"((?:^|(?<=[.!?;] ))(?:The )?[A-Z][\w'-]*(?: [A-Z\d][\w'-]*){0,2}): (?=[a-z\d])")
_MODEL = re.compile(r"\b[A-Z][\w'-]* (\d{1,4})\b(?![.,%]\d)")
_BETWEEN = re.compile(
    r"; |,? (?:while|whereas) |,? (?:and|but) (?=(?:the|our|a|an) |[A-Z]|(?:[a-z-]+ ){1,2}(?:have|has|contains?|includes?|gets?|come|comes|face|faces) )"
)
_BARE_DENIAL = re.compile(r"\b(?:without|does not|doesn't|has none|not)[.!]?$", re.IGNORECASE)
_DENIED_BY_ENDING = re.compile(r"\b([a-z]{2,})-free\b", re.IGNORECASE)


class Side(NamedTuple):
    """Of one fact: the stems that name its subject, those it says of it, those it denies."""

    subject: frozenset[str]
    said: frozenset[str]
    denied: frozenset[str]


def contrast_fault(copy: Copy) -> str:
    """A sentence on a word of one fact that the copy says of the other's subject; empty when none."""
    sides = _sides(copy.facts if len(copy.facts) > 1 else _halves(copy.facts))
    if not sides:
        return ""
    clauses = _clauses(plain(copy.text))
    for one, other in permutations(sides, 2):
        if word := _denied_of_the_wrong(one, other, clauses):
            return f'The copy mixes up two facts: "{word}" stands with another thing than in the facts.'
    return ""


def _halves(facts: tuple[str, ...]) -> tuple[str, ...]:
    """The statements of a single fact: "the rye loaf contains caraway and the potato loaf contains rosemary"."""
    return tuple(part for fact in facts for part in _BETWEEN.split(plain(fact)))


class _Clause(NamedTuple):
    stems: frozenset[str]
    denied: frozenset[str]


def _clauses(text: str) -> list[_Clause]:
    """ "Light comes with adverts, Pro without": a bare denial takes its words from the clause before."""
    clauses: list[_Clause] = []
    if len(_COLON_LABEL.findall(text)) > 1:
        text = _COLON_LABEL.sub(r"\1 ", text)
    text = _LABEL.sub(r"\1 ", _SHORT_QUESTION.sub(r"\1 ", text))
    for part in _CLAUSE.split(text):
        own, denied = frozenset(stems(part)), denied_stems(part)
        if clauses and _BARE_DENIAL.search(part):
            own, denied = own | (clauses[-1].stems - _capitalised(text)), clauses[-1].stems
        clauses.append(_Clause(own, denied))
    return clauses


def _capitalised(text: str) -> frozenset[str]:
    return frozenset(s for name in re.findall(r"\b[A-Z][\w']*", text) for s in stems(name))


def denied_stems(text: str) -> frozenset[str]:
    """What a text denies: "no adverts", "ad-free" (as "ad")."""
    if not any(sign in text.lower() for sign in _SIGNS_OF_DENIAL):
        return frozenset()
    found = [*(m[1] for m in _DENIED.finditer(text)), *(m[1] for m in _DENIED_BY_ENDING.finditer(text))]
    return frozenset(s for part in found for s in stems(part) if s not in FUNCTION_STEMS)


@lru_cache(CACHED_TEXTS)
def _sides(facts: tuple[str, ...]) -> tuple[Side, ...]:
    """The facts whose subjects can be told apart by their first words."""
    heads = [_head(fact) for fact in facts]
    held = [content_stems(fact) for fact in facts]
    models = [frozenset(_MODEL.findall(plain(fact))) for fact in facts]
    sides = []
    for i, fact in enumerate(facts):
        others = frozenset(s for j, own in enumerate(held) if j != i for s in own)
        same = frozenset(m for j, own in enumerate(models) if j != i for m in own)
        subject = heads[i] - others or models[i] - same
        if subject:
            sides.append(Side(subject, held[i] - others - heads[i], denied_stems(plain(fact))))
    return tuple(sides) if len(sides) > 1 else ()


def _head(fact: str) -> frozenset[str]:
    """What stands before the verb, or the first two words where no verb is known."""
    said = words(fact)
    verb = next((i for i, word in enumerate(said[:_LONGEST_SUBJECT]) if word in VERBS), len(said))
    own = [s for s in stems(fact) if s not in FUNCTION_STEMS and not s[0].isdigit() and s not in NUMBER_WORDS]
    subject = [s for s in map(stem, said[:verb]) if s in own]
    return frozenset(subject if verb < len(said) and subject else own[:2])


def _denied_of_the_wrong(one: Side, other: Side, clauses: list[_Clause]) -> str:
    """What only `one` denies, denied of the other or not denied of the one where the copy speaks of it."""
    for clause in clauses:
        mine, theirs = bool(clause.stems & one.subject), bool(clause.stems & other.subject)
        contrasted = (one.denied - other.denied) & clause.stems
        for word in sorted(contrasted):
            if (
                mine
                and not theirs
                and word not in clause.denied
                and one.denied
                and _denies_elsewhere(word, clauses)
            ):
                return word
            if theirs and not mine and word in clause.denied:
                return word
    return ""


def _denies_elsewhere(word: str, clauses: list[_Clause]) -> bool:
    return any(word in clause.denied for clause in clauses)
