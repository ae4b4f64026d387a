"""Whom, where and when a fact holds: its groups, limiters and if-clauses."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.quantities import quantities
from evaluation.gates.rare_patterns import RarePatterns
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems

_RARE = RarePatterns()
_GROUP = _RARE.compile(
    r"\b(?:(?:[a-z]+ )?members?(?!ship)|subscribers?|students?|pensioners?|(?:[a-z]+ )?[a-z]*holders?(?: of (?:an? |the |our )?[\w-]+)?|employees|"
    r"(?:new|first[- ]time|existing|returning) (?:customers?|members?|subscribers?|accounts?|users?|clients?|buyers?|guests?|donors?|visitors?)|"
    r"(?:trade|business|contract|private|prime|premium|gold|silver|platinum|plus) (?:clients|customers|guests|users)|patrons|ticket holders)\b",
    re.IGNORECASE,
)
# Words that show that the copy or its audience speaks of the group, for each stem of a group's name.
GROUP_WORDS: dict[str, frozenset[str]] = {
    "member": frozenset("membership join joined club loyal loyalti loyalt card circl team welcom sign".split()),
    "subscriber": frozenset("subscription subscrib issue reader box plan list tier".split()),
    "student": frozenset("study school clas college university campu course teach teacher".split()),
    "new": frozenset("first welcom join hello meet new".split()),
    "return": frozenset("back laps since last again return former used month miss gone".split()),
    "exist": frozenset("already current your longstand".split()),
    "trad": frozenset("busines shop wholesal stockist crew contractor own boutique".split()),
    "busines": frozenset("office company procurement team manager trad".split()),
    "card": frozenset("cardholder card".split()), "holder": frozenset("hold ticket card season".split()),
    "customer": frozenset(), "client": frozenset(), "guest": frozenset("stay hotel suit room book".split()),
    "donor": frozenset("gift giv gave donat".split()), "patron": frozenset("patron".split()),
    "child": frozenset("parent famil kid class school grader pupil mum dad toddler bab teen young famili".split()),
    "employee": frozenset("team work colleagu".split()),
}  # fmt: skip
_ORDER_WORDS: dict[str, frozenset[str]] = {
    "first": frozenset("after before beforehand initial start begin new join prior until then".split()),
    "second": frozenset("again twice another".split()),
}
_DAYS_OF_WEEKEND = frozenset(form for day in ("saturday", "sunday") for form in (day, stem(day)))
_LIMITER = _RARE.compile(
    r"\b(?:(?:members|app|online|in[- ]store|store|collection|delivery|weekdays?|new customers|cash|card|first orders?|first purchase|appointment|invitation|"
    r"students|ticket holders|adults|residents) only|(?<!not )(?:in|at|by|with|via|through|from) (?:the |our |a )?(?!only\b|one\b)[a-z'-]+(?: (?!only\b)[a-z'-]+)? only|only (?:in|at|for|on|with|via|through|to|online|by)\b[^,.;]*|by (?:appointment|invitation|prescription)(?: only)?|"
    r"while (?:stocks?|supplies) lasts?|subject to [\w ]+|participating \w+|selected (?:stores|lines|items|products|branches|routes|dates|styles|\w+)|"
    r"(?:with|using) (?!no )(?:a |an |your |the |any |their )?(?:[\w-]+ ){0,3}(?:card|code|coupon|voucher|id|ticket|membership|adult|parent|subscription|receipt|account|contract|deposit|prescription|purchase|order|plan|passport|licence|license)\b|"
    r"per (?:customer|household|person|order|member|family)|one way|each way|first (?:order|purchase|visit|box)|billed (?:annually|yearly|monthly|quarterly)|"
    r"paid (?:annually|upfront|in advance)|plus (?:postage|shipping|vat|tax|delivery)|excluding (?:vat|tax)|"
    r"(?:minus|less|plus) (?:an? |the )?(?:[$€£]?\d[\d.,]* )?(?:[a-z]+ )?(?:fees?|charges?|deposits?|surcharges?)|in (?:garden|selected|standard|double|family) \w+|in the (?:uk|us|eu|usa|city)\b|to (?:postcodes?|zip codes?|addresses|islands|homes|areas|regions|countries) [a-z]+(?: [a-z]+){0,3}|(?:after|before|during|outside) (?:the |your )?(?:sunset|sunrise|dark|dusk|dawn|school hours?|office hours?|opening hours?|peak (?:hours?|times?)|term time|term|happy hour|bank holidays|the holidays)\b|(?<!also )(?<!even )(?<!and )(?<!or )(?<!including )(?:at|on|over|during) (?:the )?weekends?|in (?:the )?(?:winter|spring|summer|autumn)|within (?:the |our |your )?(?!\d|a |an |one|two|three|four|five|six|seven|ten|minutes|hours|days|weeks|reach)[a-z]+(?: [a-z]+)?\b)",
    re.IGNORECASE,
)
_IF = _RARE.compile(
    r"(?:\b(?:(?<!even )if|(?<!even )when|unless|provided(?: that)?|as long as|only when|only if|once|"
    r"(?:available|open|offered|applies|valid|reserved|restricted|limited) (?:only )?(?:to|for|with|on|in|at)|must|requires?|needs? to|has to|have to)\s+)(?P<clause>[^.,;]*)",
    re.IGNORECASE,
)
# In an offer, what a price or a freedom is for, on or with: "$6 for pickup orders", "double points on fruit".
_OFFER = _RARE.compile(
    r"[$€£%]|\b(?:free|no charge|at no|fees?|off|half[- ]price|costs?|discount|points|reduced|cannot|not|no)\b|\d ?(?:p|cents|dollars|euros)\b",
    re.IGNORECASE,
)
_PURPOSE = _RARE.compile(
    r"(?<!-)\b(?:for|on|with(?= an? )|with(?= your )) (?P<clause>(?:(?!\b(?:for|with|on|at|of|in|by|until|from|and|or|to|is|are|when|if|per|than|within|after|before|who|that|unless|between|but|costs?|takes?|gets?|receives?|earns?|applies|only)\b)[\w'-]+ ?){1,4})",
    re.IGNORECASE,
)
# "With a minimum term of three months" is the bounds' matter.
_BOUNDS = re.compile(r"(?:an? )?(?:minimum|maximum) [\w-]+ of \w", re.IGNORECASE)
_MODIFIER = _RARE.compile(
    r"\b(?P<clause>first|additional|second|selected)\b(?! class| floor| time)", re.IGNORECASE
)
# "25% off red paint" is not off all paint.
_OFF = _RARE.compile(
    r"\boff (?:the |your |our )?(?P<clause>(?!all\b|any\b|every\b|each\b|first\b|next\b|your\b|their\b|a\b|an\b)[a-z-]+) [a-z-]+"
    r"(?=[.,;]|$| (?:until|on|in|at|from|for|when|with|if|this|every|to|by|and|is|are)\b)"
)
_GENERIC = frozenset(
    "order item product purchas customer visit us peopl hom account all any sal school guest user request anyon anybody everyon everybody "
    "plac week list day rout way amount price maximum minimum limit".split()
)
# By which way an offer is taken: "when bought online", "paid by direct debit".
_CHANNEL = _RARE.compile(
    r"(?<!can be )(?<!may be )\b(?:bought|booked|ordered|paid|reserved|placed|purchased|submitted|opened|made|redeemed) "
    r"(?P<clause>online|in[- ]store|in the (?:app|shop|branch)|in person|by (?:phone|post|e-?mail|direct debit|card|bank transfer))\b",
    re.IGNORECASE,
)
_SECOND = re.compile(
    r"\band (?=(?:it|they|you|he|she|the \w+|your \w+|their \w+|at least \w+|a \w+|is|are|was|were|has|have|pays?|brings?|shows?|books?|orders?|keeps?) )",
    re.IGNORECASE,
)
# Whom it is for: "customers who pay by direct debit".
_WHO = _RARE.compile(
    r"(?<!,) (?:who|whose) (?:also |already |still )?(?P<clause>(?:(?!(?<!not)(?<!to)(?<!can) (?:receives?|gets?|earns?|can|may|are|have|saves?|enjoys?|qualif\w+|is|has|pays?|needs?|gets|travels?|eats?) )[^.,;])*)",
    re.IGNORECASE,
)
# "Who sign a 24-month contract": to sign is not enough.
_OF_LENGTH = re.compile(r"\b\d+-(?:day|week|month|year) (?P<clause>[a-z]+)", re.IGNORECASE)
_BUT = _RARE.compile(r"\bbut (?P<clause>[^.;]*)", re.IGNORECASE)


class Restriction(NamedTuple):
    """`own` are the stems that only the restriction holds; one of them, or a word of `signs`, carries it."""

    text: str
    start: int
    own: frozenset[str]
    signs: frozenset[str]


@lru_cache(CACHED_TEXTS)
def restrictions(fact: str) -> tuple[Restriction, ...]:
    shown = plain(fact)
    offers = _OFFER.search(shown) is not None
    return (
        *(_group(m[0], m.start(), shown) for m in _GROUP.finditer(shown)),
        *(_clause(m[0], m.start(), m.end(), shown) for m in _LIMITER.finditer(shown)),
        *(
            _clause(shown[start:end], start, end, shown)
            for m in _IF.finditer(shown)
            for start, end in _conjuncts(m.start("clause"), m["clause"])
            if _holds_in_words(shown[start:end])
        ),
        *(
            _clause(m["clause"], m.start("clause"), m.end("clause"), shown)
            for m in (*_BUT.finditer(shown), *(_WHO.finditer(shown) if offers else ()))
        ),
        *(
            _narrow(m, shown)
            for who in (_WHO.finditer(shown) if offers else ())
            for m in _OF_LENGTH.finditer(shown, *who.span("clause"))
        ),
        *(_narrow(m, shown) for m in _MODIFIER.finditer(shown)),
        *(_narrow(m, shown) for m in (*_OFF.finditer(shown), *_CHANNEL.finditer(shown))),
        *(
            _narrow(m, shown)
            for m in (_PURPOSE.finditer(shown) if offers else ())
            if _is_narrow(m["clause"]) and not _BOUNDS.match(shown, m.start("clause"))
        ),
    )


def _conjuncts(start: int, clause: str) -> list[tuple[int, int]]:
    """Where each condition of an if-clause stands: "you show the receipt", "it was planted by our team"."""
    cuts = [start, *(start + m.end() for m in _SECOND.finditer(clause)), start + len(clause)]
    return list(pairwise(cuts))


def _holds_in_words(clause: str) -> bool:
    """Clauses with a quantity ("if ordered before 11 a.m.") are the bounds' matter."""
    return bool(content_stems(clause)) and all(
        q.implied or q.kind in ("count", "measure") for q in quantities(clause)
    )


def _is_narrow(clause: str) -> bool:
    return bool(content_stems(clause) - _GENERIC) and not quantities(clause)


def _narrow(match: re.Match[str], fact: str) -> Restriction:
    own = content_stems(match["clause"]) or frozenset(stems(match["clause"]))
    signs = _signs(own, fact) | frozenset(w for s in own for w in _ORDER_WORDS.get(s, frozenset()))
    return Restriction(match[0].strip(), match.start(), own - _GENERIC, signs)


def _group(text: str, start: int, fact: str) -> Restriction:
    own = frozenset(stems(text)) - FUNCTION_STEMS
    return Restriction(text, start, own - {"customer", "client", "user", "account"} or own, _signs(own, fact))


def _signs(own: frozenset[str], fact: str) -> frozenset[str]:
    """Words that speak of the group; "first month" is no sign of a new customer where the fact itself has a first month."""
    signs = frozenset(form for s in own for w in GROUP_WORDS.get(s, ()) for form in (w, stem(w)))
    return signs - frozenset(stems(fact)) if "new" in own else signs


def _clause(text: str, start: int, end: int, fact: str) -> Restriction:
    """What the clause adds to the rest of the fact; "on request" is also carried by "ask"."""
    rest = frozenset(stems(fact[:start] + " " + fact[end:]))
    own = frozenset(stems(text)) if len(text.split()) <= 3 else content_stems(text)
    new = (content_stems(text) or own) - rest
    return Restriction(
        " ".join(text.split()),
        start,
        new or own,
        frozenset({"ask"} if "request" in own else ()) | (_DAYS_OF_WEEKEND if "weekend" in own else set()),
    )
