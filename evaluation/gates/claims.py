"""Gate: no superlative, promise, scarcity, health, environment or quality claim that the facts do not make."""

import re
from functools import lru_cache
from typing import Any

import re2

from evaluation.gates.bounded import bounded_quantities
from evaluation.gates.carried import root
from evaluation.gates.claim_words import FAMILIES, INNOCENT, Family
from evaluation.gates.claims_of_others import FAMILIES_OF_SCENES, tells_of_others
from evaluation.gates.comparisons import comparison_claim
from evaluation.gates.contrasts import denied_stems
from evaluation.gates.extremes import is_extreme
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.multiples import is_multiplied
from evaluation.gates.quantities import quantities
from evaluation.gates.rare_patterns import MEMORY, one_pass
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems, words

GATE = "claims"

#: What may be said because the audience says it: how often they come, what they give. No other claim is the audience's.
ABOUT_THE_READER = ("frequency", "gift or prize")

# One pass of RE2 over the copy finds the longest words of all families.
_LONGEST = re2.Options()
_LONGEST.longest_match = True
# The words of all families outgrow what RE2 keeps by default.
_LONGEST.max_mem = MEMORY
_WORDS = r"\b(?:" + "|".join(f.words for f in FAMILIES) + r")\b"
_ANY = re2.compile(_WORDS, _LONGEST)
_CLAIMS = one_pass([_WORDS])
_WHOLE: list[tuple[Family, Any]] = [(f, re2.compile(f.words)) for f in FAMILIES]
_CARRIERS: dict[str, Any] = {
    f.name: re2.compile(rf"\b(?:{f.words}{'|' + f.carriers if f.carriers else ''})\b") for f in FAMILIES
}
_ASKED: dict[str, Any] = {f.name: re2.compile(rf"\b(?:{f.asked_when})\b") for f in FAMILIES if f.asked_when}
_PACES = {
    "daily": "every day",
    "nightly": "every night",
    "weekly": "every week",
    "monthly": "every month",
    "hourly": "every hour",
}
_SAME_PACE = _PACES | {long: short for short, long in _PACES.items()}
# What is denied is not claimed: "no cash back".
_DENIABLE = (
    "discount",
    "free",
    "gift or prize",
    "scarcity or urgency",
    "guarantee",
    "warranty",
    "delivery promise",
)
_DENIED = re.compile(r"\b(?:no|not|never|without|nor|isn't|aren't|is not|are not) (?:an? |any |the )?$")
_AILMENT = re.compile(
    r".*(?:pains?|aches?|stiff [a-z]+|migraines?|allerg\w+|symptoms?|illness\w*|injur\w+|infections?)"
)
# What a superlative of size says again.
_LIMITS = (
    (re.compile(r"(?:small|short|low|young)est"), re.compile(r"\bat least\b|\bminimum\b|\bor (?:more|over|older|longer)\b")),
    (re.compile(r"(?:larg|bigg|long|high|old)est"), re.compile(r"\bup to\b|\bat most\b|\bmaximum\b|\bno more than\b|\blimited to\b")),
)  # fmt: skip
_PLACE_AFTER = re.compile(r" (?:the )?[\w'-]+")
# "Last call" is true of what closes on a day.
_LAST_CALL = re.compile(r"(?:last|final) (?:call|chance|days?|week|hours?|orders)")
_CLOSES = re.compile(r"\b(?:closes?|closing|ends?|deadline|until|by|up to) ", re.IGNORECASE)
# Characters between "closes" and its date: "on the", "on Friday".
_NEAR = 15
_INNOCENT = re2.compile(rf"\b(?:{INNOCENT})\b")


def check_claims(copy: Copy, policy: Policy) -> Verdict:
    if found := comparison_claim(copy):
        return refuses(GATE, f'"{found}" is a claim (superlative) that no fact makes.')
    text = plain(copy.text).lower()
    if not _CLAIMS(text):
        return passes(GATE)
    text = _INNOCENT.sub(" - ", text)
    facts = (*copy.facts, *copy.keep, *policy.lexicon)
    for match in _ANY.finditer(text):
        found = match.group(0)
        family = _family(found)
        if family.name in _DENIABLE and _DENIED.search(text[: match.start()]):
            continue
        if family.name == "health" and _AILMENT.fullmatch(found) and _asks(text, match.start()):
            continue
        if family.asked_when and not _asked(family.name, copy.facts):
            continue
        if found.startswith("doubl") and _is_worked_out(found, copy):
            continue
        if found.startswith("anywhere") and _is_whole_place(text, match.end(), facts):
            continue
        if _LAST_CALL.fullmatch(found) and any(map(_closes_on_a_day, facts)):
            continue
        if not _carried(family, found, text, facts, copy.audience) and not (
            family.name in FAMILIES_OF_SCENES and tells_of_others(match.start(), match.end(), text, facts)
        ):
            return refuses(GATE, f'"{found}" is a claim ({family.name}) that no fact makes.')
    return passes(GATE)


def families_of(text: str) -> set[str]:
    """The families of claims that a text makes, whoever carries them; what it denies is no claim."""
    text = _INNOCENT.sub(" - ", plain(text).lower())
    found = [(_family(match.group(0)).name, text[: match.start()]) for match in _ANY.finditer(text)]
    return {name for name, before in found if not (name in _DENIABLE and _DENIED.search(before))}


def _is_worked_out(found: str, copy: Copy) -> bool:
    """ "Doubles the data" from 30 to 60 GB."""
    return any(
        q.kind == "multiple" and found.startswith(q.text.lower()) and is_multiplied(q, copy)
        for q in quantities(copy.text)
    )


def _is_whole_place(text: str, position: int, facts: tuple[str, ...]) -> bool:
    """ "Anywhere in Antwerp" where the fact says "in Antwerp"."""
    place = _PLACE_AFTER.match(text, position)
    return place is not None and any(
        re.search(rf"\bin{place[0]}\b", plain(fact), re.IGNORECASE) for fact in facts
    )


def _closes_on_a_day(fact: str) -> bool:
    ends = [found.end() for found in _CLOSES.finditer(plain(fact))]
    return any(
        q.kind == "date" and any(0 <= q.start - end <= _NEAR for end in ends) for q in quantities(fact)
    )


def _asks(text: str, position: int) -> bool:
    """ "A toothache on the weekend?" names the reader's trouble and promises nothing."""
    end = re.search(r"[.!?]", text[position:])
    return end is not None and end[0] == "?"


@lru_cache(CACHED_TEXTS)
def _family(found: str) -> Family:
    return next(family for family, words in _WHOLE if words.fullmatch(found))


def _carried(family: Family, found: str, text: str, facts: tuple[str, ...], audience: str) -> bool:
    if any(_holds_phrase(fact, found) for fact in facts):
        return True
    if found == "limited" and "limited to " in text and any(map(_has_most, facts)):
        return True
    if family.support == "any":
        return any(_speaks(family.name, text) for text in facts)
    if family.name == "superlative" and (
        any(_limits(found, text) for text in facts) or is_extreme(found, text, facts)
    ):
        return True
    known = _known_stems((*facts, audience) if family.name in ABOUT_THE_READER else facts)
    return (
        all(s in known or root(s) in known for s in stems(found))
        or _same_pace(found, facts)
        or _says_without(found, facts)
    )


@lru_cache(CACHED_TEXTS)
def _has_most(fact: str) -> bool:
    """ "Limited to eight" where the fact says "at most 8"."""
    return any(b.bound == "most" for b in bounded_quantities(fact))


def _holds_phrase(fact: str, found: str) -> bool:
    """ "Sold out" where the fact speaks of sold-out shows."""
    said, phrase = words(fact), words(found)
    return len(phrase) > 1 and any(said[i : i + len(phrase)] == phrase for i in range(len(said)))


def _says_without(found: str, facts: tuple[str, ...]) -> bool:
    """ "Interest-free" for "without interest"."""
    thing, _, ending = found.replace(" ", "-").rpartition("-")
    return ending == "free" and any(stem(thing) in denied_stems(plain(fact)) for fact in facts)


def _limits(found: str, fact: str) -> bool:
    """ "The smallest lot" where the fact says "at least", "the longest" where it says "up to"."""
    return any(word.search(found) and limit.search(plain(fact).lower()) for word, limit in _LIMITS)


def _same_pace(found: str, facts: tuple[str, ...]) -> bool:
    """ "Every month" for "each month" or "monthly"."""
    said = plain(" ".join(facts)).lower().replace("each ", "every ")
    return found in _SAME_PACE and (found in said or _SAME_PACE[found] in said)


@lru_cache(CACHED_TEXTS)
def _asked(family: str, facts: tuple[str, ...]) -> bool:
    return any(_ASKED[family].search(plain(fact).lower()) for fact in facts)


@lru_cache(CACHED_TEXTS)
def _speaks(family: str, text: str) -> bool:
    return _CARRIERS[family].search(plain(text).lower()) is not None


@lru_cache(CACHED_TEXTS)
def _known_stems(support: tuple[str, ...]) -> frozenset[str]:
    return frozenset(form for text in support for s in stems(text) for form in (s, root(s)))
