"""Gate: nothing is added beside what the facts name: "buses and trams" does not become "buses, trams and trains"."""

import re

from evaluation.gates.added_items import NO_THING, added_item
from evaluation.gates.carried import carried_stems, root
from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.rare_patterns import RarePatterns
from evaluation.gates.text import plain, stem, stems
from evaluation.gates.units import UNITS

GATE = "additions"

_ITEM = r"[A-Za-z][\w'-]*(?: [A-Za-z][\w'-]*)?"
_RARE = RarePatterns()
_LIST = _RARE.compile(
    rf"\b((?:{_ITEM}, )+{_ITEM},? (?:and|or) {_ITEM})"
    r"(?= ?[.,;:!?)]|$| (?:for|on|in|at|with|from|every|until|over|to|of|each)\b)"
)
_SPAN = re.compile(r"(?:every|each|all|any) ", re.IGNORECASE)
_SPLIT = re.compile(r", (?:and |or )?| and | or ")
# What a thing is for or against, and what is left out: "day and night" is just a way to speak.
_PAIRS = (
    _RARE.compile(r"\b(?:against|for|from|with|of) ([A-Za-z'-]+) (?:and|or) ([A-Za-z'-]+)(?=[.,;!]|$)"),
    _RARE.compile(
        r"\b(?:in|on|at) (?:the |your )?([A-Za-z'-]+) (?:and|or) (?:the |your )?([A-Za-z'-]+(?: [A-Za-z'-]+)?)(?=[.,;!]|$)"
    ),
    # "Gold and silver members" for gold members.
    _RARE.compile(
        r"\b([A-Za-z'-]+) (?:and|or) ([A-Za-z'-]+) (?=members|subscribers|students|customers|guests|clients|users|passengers|holders|tickets)"
    ),
    _RARE.compile(
        r"\bno ([\w'-]+), no (?!problem|fuss|worr|need|matter|wonder|doubt|excuse)([\w'-]+)(?=[.,;:!]|$)",
        re.IGNORECASE,
    ),
)
# What comes with the offer: "breakfast is included", "includes breakfast", ", no data throttling".
_EXTRA = _RARE.compile(
    r"\b([\w'-]+) (?:is|are) included\b|\b(?:includes?|comes with|complete with) (?:an? |the |your |free )?([\w'-]+(?: [\w'-]+)?)"
    r"|(?:, |; |: |with |and )(?:no|not an? (?:trace|hint|drop|grain) of) (?!longer|more|less|later|earlier|fewer)([\w'-]+(?: [\w'-]+){0,2})(?=[.,;!]|$)",
    re.IGNORECASE,
)
# "And no seventeenth" says again that there are sixteen.
_ORDINAL = re.compile(r"(?:^|[ -])(?:first|second|third|[a-z]{3,}th)$", re.IGNORECASE)
# "In the shop and not online" says again that it is only in the shop.
_OTHER_WAY = re.compile(
    r"not (?:online|on the web|in[- ]store|in the (?:shop|app)|by (?:phone|post|mail|card|cheque))",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:only|alone|exclusively|just)\b", re.IGNORECASE)


# "An hour", "twenty minutes": numbers are compared elsewhere.
_UNITS = frozenset(stem(unit) for unit in UNITS if unit.isalpha())


def check_additions(copy: Copy, policy: Policy) -> Verdict:
    text = plain(copy.text)
    known = carried_stems((*copy.support, *policy.lexicon))
    of_facts = carried_stems(copy.facts)
    strange = (
        _listed(text, known, copy)
        or added_item(text, known, copy)
        or _paired(text, known, of_facts, copy.facts)
        or _extra(text, known, of_facts)
    )
    if not strange:
        return passes(GATE)
    return refuses(GATE, f'"{strange}" is added to what the facts name; no fact names it.')


def _listed(text: str, known: frozenset[str], copy: Copy) -> str:
    """The one item of a list that no fact names, where the others stand together in one fact."""
    for found in _LIST.finditer(text) if text.count(",") else ():
        items = [item for item in _SPLIT.split(found[1]) if _content(item)]
        strange = [
            item
            for item in items
            if not _content(item) & known and not _SPAN.match(item) and not _content(item) <= _UNITS
        ]
        if len(strange) == 1 and len(items) >= 3:
            others = [item for item in items if item != strange[0]]
            if any(all(_content(item) & content_stems(fact) for item in others) for fact in copy.facts):
                return strange[0]
    return ""


def _paired(text: str, known: frozenset[str], of_facts: frozenset[str], facts: tuple[str, ...]) -> str:
    """ "Sealed against dust and rain" for "sealed against dust", "no peat, no pesticides" for "no peat"."""
    for found in (found for pair in _PAIRS for found in pair.finditer(text)):
        first, second = _content(found[1]), _content(found[2])
        if _OTHER_WAY.fullmatch(found[2]) and any(_ONLY.search(fact) for fact in facts):
            continue
        if first & of_facts and second and not second & known:
            return found[2]
    return ""


def _extra(text: str, known: frozenset[str], of_facts: frozenset[str]) -> str:
    for found in _EXTRA.finditer(text):
        named = next(part for part in found.groups() if part)
        # "And no excuses" leaves out nothing that could have been offered.
        if found[3] and stem(found[3].lower()) in NO_THING:
            continue
        if found[3] and not _content(re.split(r"[.;!?]\s", text[: found.start()])[-1]) & of_facts:
            continue
        if _content(named) and not _content(named) & known and not (found[3] and _ORDINAL.search(named)):
            return named
    return ""


def _content(item: str) -> frozenset[str]:
    return frozenset(form for s in stems(item) if s not in FUNCTION_STEMS for form in (s, root(s)))
