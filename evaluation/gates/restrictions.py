"""Whom, where and when a fact holds: groups, limiters and if-clauses that a copy must carry or its audience imply."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.gate import Copy
from evaluation.gates.quantities import quantities
from evaluation.gates.text import CACHED_TEXTS, plain, stems
from evaluation.gates.usage import content_stems, uses_clause

_GROUP = re.compile(
    r"\b(?:(?:[a-z]+ )?members?(?!ship)|subscribers?|students?|pensioners?|card ?holders?|account holders?|employees|"
    r"(?:new|first[- ]time|existing|returning) (?:customers?|members?|subscribers?|accounts?|users?|clients?|buyers?|guests?|donors?|visitors?)|"
    r"(?:trade|business|contract|private|prime|premium|gold|silver|platinum|plus) (?:clients|customers|guests|users)|patrons|ticket holders)\b",
    re.IGNORECASE,
)
# Words that show that the copy or its audience speaks of the group, for each stem of a group's name.
_GROUP_WORDS: dict[str, frozenset[str]] = {
    "member": frozenset("membership join joined club loyal loyalti loyalt card circl team welcom sign".split()),
    "subscriber": frozenset("subscription subscrib issue reader box plan list tier".split()),
    "student": frozenset("study school clas college university campu course teach teacher".split()),
    "new": frozenset("first welcom join start hello meet just new".split()),
    "return": frozenset("back laps since last again return former used month miss gone".split()),
    "exist": frozenset("already current your longstand".split()),
    "trad": frozenset("busines shop wholesal stockist crew contractor own boutique".split()),
    "busines": frozenset("office company procurement team manager trad".split()),
    "card": frozenset("cardholder card".split()), "holder": frozenset("hold ticket card season".split()),
    "customer": frozenset(), "client": frozenset(), "guest": frozenset("stay hotel suit room book".split()),
    "donor": frozenset("gift giv gave donat".split()), "patron": frozenset("patron".split()),
    "employee": frozenset("team work colleagu".split()),
}  # fmt: skip
_LIMITER = re.compile(
    r"\b(?:(?:members|app|online|in[- ]store|store|collection|delivery|weekdays?|new customers|cash|card|first orders?|first purchase|appointment|invitation|"
    r"students|ticket holders|adults|residents) only|only (?:in|at|for|on|with|via|through|to|online|by)\b[^,.;]*|by (?:appointment|invitation|prescription)(?: only)?|"
    r"while (?:stocks?|supplies) lasts?|subject to [\w ]+|participating \w+|selected (?:stores|lines|items|products|branches|routes|dates|styles|\w+)|"
    r"(?:with|using) (?:a |an |your |the |any |their )?(?:[\w-]+ ){0,3}(?:card|code|coupon|voucher|id|ticket|membership|adult|parent|subscription|receipt|account|contract|deposit|prescription|purchase|order|plan|passport|licence|license)\b|"
    r"per (?:customer|household|person|order|member|family)|one way|each way|first (?:order|purchase|visit|box)|billed (?:annually|yearly|monthly|quarterly)|"
    r"paid (?:annually|upfront|in advance)|plus (?:postage|shipping|vat|tax|delivery)|excluding (?:vat|tax)|"
    r"in (?:garden|selected|standard|double|family) \w+|in the (?:uk|us|eu|usa|city)\b)",
    re.IGNORECASE,
)
_IF = re.compile(
    r"(?:\b(?:if|when|unless|provided(?: that)?|as long as|only when|only if|once|"
    r"(?:available|open|offered|applies|valid|reserved|restricted|limited) (?:only )?(?:to|for|with|on|in|at)|must|requires?|needs? to|has to|have to)\s+)(?P<clause>[^.,;]*)",
    re.IGNORECASE,
)
# In an offer, what a price or a freedom is for, on or with: "$6 for pickup orders", "double points on fruit".
_OFFER = re.compile(
    r"[$€£%]|\b(?:free|no charge|at no|fees?|off|half[- ]price|costs?|discount|points|reduced|cannot|not|no)\b|\d ?(?:p|cents|dollars|euros)\b",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"(?<!-)\b(?:for|on|with(?= an? )|with(?= your )) (?P<clause>(?:(?!\b(?:for|with|on|at|of|in|by|until|from|and|or|to|is|are|when|if|per|than|within|after|before|who|that|unless|between|but|costs?|takes?|gets?|receives?|earns?|applies|only)\b)[\w'-]+ ?){1,4})",
    re.IGNORECASE,
)
_MODIFIER = re.compile(
    r"\b(?P<clause>first|additional|second|selected)\b(?! class| floor| time)", re.IGNORECASE
)
_GENERIC = frozenset(
    "order item product purchas customer visit us peopl hom account all any sal school guest user request anyon anybody everyon everybody "
    "plac week list day rout way amount price".split()
)
_BUT = re.compile(r"\bbut (?P<clause>[^.;]*)", re.IGNORECASE)
_WIDER = re.compile(
    r"\b(?:(?:on|off|for|across) (?:everything|everyone|everybody|anyone|all (?:customers|visitors|guests|shoppers))|"
    r"(?:everyone|everybody|anyone|anybody) (?:gets?|can|may|earns?|receives?|saves?|enjoys?|pays?))\b",
    re.IGNORECASE,
)


class Restriction(NamedTuple):
    """`own` are the stems that only the restriction holds; one of them, or a word of `signs`, carries it."""

    text: str
    start: int
    own: frozenset[str]
    signs: frozenset[str]


def restriction_fault(fact: str, copy: Copy) -> str:
    """A sentence on a restriction of the fact that neither the copy nor its audience carries; empty when none."""
    said = frozenset(stems(copy.text)) | frozenset(stems(copy.audience))
    others = frozenset(s for other in copy.facts if other != fact for s in content_stems(other))
    for restriction in restrictions(fact):
        if not uses_clause(fact, restriction.start, copy.text):
            continue
        own = restriction.own - others or restriction.own
        if not said & (own | restriction.signs):
            return f'The fact holds for "{restriction.text}"; the copy leaves that out.'
    wider = _WIDER.search(plain(copy.text))
    if wider and not _WIDER.search(plain(fact)) and (restrictions(fact) or "everything" in wider[0].lower()):
        return f'"{wider[0]}" is wider than the fact.'
    return ""


@lru_cache(CACHED_TEXTS)
def restrictions(fact: str) -> tuple[Restriction, ...]:
    shown = plain(fact)
    return (
        *(_group(m[0], m.start()) for m in _GROUP.finditer(shown)),
        *(_clause(m[0], m.start(), m.end(), shown) for m in _LIMITER.finditer(shown)),
        *(
            _clause(m["clause"], m.start("clause"), m.end("clause"), shown)
            for m in _IF.finditer(shown)
            if _holds_in_words(m["clause"])
        ),
        *(_clause(m[0], m.start("clause"), m.end("clause"), shown) for m in _BUT.finditer(shown)),
        *(_narrow(m) for m in _MODIFIER.finditer(shown)),
        *(_narrow(m) for m in _PURPOSE.finditer(shown) if _OFFER.search(shown) and _is_narrow(m["clause"])),
    )


def _holds_in_words(clause: str) -> bool:
    """Clauses with a quantity ("if ordered before 11 a.m.") are the bounds' matter."""
    return bool(content_stems(clause)) and all(q.kind == "count" and q.value == 1 for q in quantities(clause))


def _is_narrow(clause: str) -> bool:
    return bool(content_stems(clause) - _GENERIC) and not quantities(clause)


def _narrow(match: re.Match[str]) -> Restriction:
    own = content_stems(match["clause"]) or frozenset(stems(match["clause"]))
    return Restriction(match[0].strip(), match.start(), own - _GENERIC, frozenset())


def _group(text: str, start: int) -> Restriction:
    own = frozenset(stems(text))
    narrow = own - {"customer", "client", "user", "account"} or own
    return Restriction(
        text, start, narrow, frozenset(w for s in own for w in _GROUP_WORDS.get(s, frozenset()))
    )


def _clause(text: str, start: int, end: int, fact: str) -> Restriction:
    """What the clause adds to the rest of the fact; "on request" is also carried by "ask"."""
    rest = frozenset(stems(fact[:start] + " " + fact[end:]))
    own = frozenset(stems(text)) if len(text.split()) <= 3 else content_stems(text)
    new = (content_stems(text) or own) - rest
    return Restriction(
        " ".join(text.split()), start, new or own, frozenset({"ask"} if "request" in own else ())
    )
