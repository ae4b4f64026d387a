"""A word of a fact that the copy turns into its opposite: "open" for closed, "after" for before."""

import re
from functools import lru_cache

from evaluation.gates.bounds import mirrored
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.negation_words import CLAUSE
from evaluation.gates.quantities import quantities
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems

# What closes on a day is open until it.
_OPEN_UNTIL = re.compile(r"\bopen(?:s|ed)? (?:\w+ )?(?:until|till|through)\b", re.IGNORECASE)
_OPEN = re.compile(r"\bopen\w*", re.IGNORECASE)
_CLOSES = re.compile(r"\b(?:closes?|closing)\b", re.IGNORECASE)
_ANTONYMS: tuple[tuple[str, str], ...] = (
    ("open", "clos"), ("includ", "exclud"), ("before", "after"), ("old", "young"), ("older", "younger"), ("over", "under"),
    ("above", "below"), ("earlier", "later"), ("keep", "stop"), ("continu", "stop"), ("start", "stop"), ("increas", "decreas"), ("ris", "fall"),
    ("offlin", "onlin"), ("weekday", "weekend"), ("safe", "unsafe"), ("required", "optional"), ("variabl", "fix"), ("minimum", "maximum"),
    ("arriv", "depart"), ("som", "no"), ("indoor", "outdoor"), ("annual", "month"), ("year", "month"), ("decaf", "caffein"),
    ("inbound", "outbound"), ("new", "exist"), ("unlimit", "limit"), ("mild", "hot"), ("mild", "spic"), ("automat", "manual"), ("wireles", "wir"),
)  # fmt: skip
# "Only those over 18" for "nobody under 18".
_BOUNDS = frozenset(("over", "under", "above", "below", "older", "younger", "old", "young"))
_OTHER: dict[str, list[str]] = {}
for _one, _two in _ANTONYMS:
    _OTHER.setdefault(_one, []).append(_two)
    _OTHER.setdefault(_two, []).append(_one)


def opposite_fault(fact: str, copy: Copy) -> str:
    """A sentence on a word and its opposite; empty when none."""
    if _OTHER.keys().isdisjoint(stems(fact)):
        return ""
    own = set(_stems_beside_measures(fact))
    if mirrored(fact, copy):
        own -= _BOUNDS
    if not own & {one for s in stems(copy.text) for one in _OTHER.get(s, ())}:
        return ""
    others = {s for text in copy.facts if text != fact for s in stems(text)}
    about = content_stems(fact) - others
    for clause in CLAUSE.split(plain(copy.text)):
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
