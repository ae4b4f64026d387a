"""What a quantity bounds: "over $40" is a least, "up to 24 hours" a most, "until 30 June" an end, "from May" a start."""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from evaluation.gates.denied_bounds import denied_bound
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.rare_patterns import RarePatterns
from evaluation.gates.text import CACHED_TEXTS, plain

Bound = Literal["", "least", "most", "until", "since"]


class Bounded(NamedTuple):
    quantity: Quantity
    bound: Bound


_BEFORE: tuple[tuple[Bound, str], ...] = (
    (
        "most",
        r"up to|down to|\w*(?:proof|tight|resistant|safe) to|at most|limited to|limit of|limit is|never (?:more than|over|above)|tops out at|no more than|not more than|under|below|(?<!no )(?<!not )(?:less|fewer) than|(?:no|not) later than|nothing (?:over|above|beyond)|maximum(?: of)?|max\.?|within|"
        r"capped at|(?:in|during|within|over) (?:your|their|the|its) (?:first|next|last|final)|for (?:your|their|the|its) first|as (?:many|much) as|not over|in under|inside|(?:young|cold|short|small|low|light|cool|cheap|narrow)er than|(?<!no )(?<!not )earlier than",
    ),
    (
        "least",
        r"over|above|more than|at least|minimum(?: of)?|min\.?|minimum \w+ (?:is|of)|from|starts? (?:at|from)|starting (?:at|from)|"
        r"(?:no|not) (?:less|fewer|earlier) than|nothing (?:under|below)|exceed(?:s|ing)?|surpass(?:es|ing)?|tops|topping|(?:go|goes|going|gone|get|gets|climbs?|rises?) past|"
        r"(?:order|basket|bill|cart|total|purchase|shop)s? (?:reaches|hits|passes|comes to)|(?:old|warm|long|larg|bigg|high|heavi|great|hott|tall|wid)er than|(?<!no )(?<!not )later than|beyond|upwards of|as (?:little|low) as",
    ),
    (
        "until",
        r"until|till|til|by|before|no later than|(?<!wait )ends?(?: on| at)?|ending(?: on)?|closes?(?: on| at)?|closing(?: on)?|expires?(?: on)?|"
        r"runs? out(?: on)?|through|thru|deadline(?: is)?|valid to|last (?:day|date) is|due(?: on| by)?|ahead of|"
        r"stops?(?: working)?(?: on)?|finish(?:es)?(?: on| at)?",
    ),
    (
        "since",
        r"from|between|starting(?: on)?|starts?(?: on| at)?|opens?(?: on| at)?|as of|after|since|begins?(?: on)?|beginning(?: on)?|"
        r"launch(?:es)?(?: on)?|not before",
    ),
    ("most", r"(?:ceiling|cap|limit|most) of|as few as|anything up to"),
    ("least", r"least of"),
    (
        "until",
        r"(?:up to|until|till|through)(?: \(?and)? ?including\)?|up to|(?:last|final) (?:day|date)(?: to [a-z]+| for [\w ]{1,20}| of [\w ]{1,20})?(?: is|:|,)?|"
        r"over(?: on)?|for the last time(?: on)?|as late as|(?:before|until|by|till) the end of",
    ),
    (
        "since",
        r"first (?:day|date)(?: to [a-z]+| for [\w ]{1,20}| of [\w ]{1,20})?(?: is|:|,)?|as early as|for the first time(?: on)?",
    ),
)
_AFTER: tuple[tuple[Bound, str], ...] = (
    (
        "least",
        r"(?:\w+ ){0,4}or more\b|[^.;:!?]{0,40},? (?:and|but) (?:never|not)(?: an? \w+)? (?:less|fewer)\b|(?:\w+ ){0,2}(?:or|and) (?:more|over|above|(?:old|long|larg|high|heavi|tall|wid|warm|hott|bigg|thick|strong)er|up(?! to)|upwards|beyond)\b|\+|"
        r"(?:[a-z]+ ){0,2}(?:minimum|upwards|at (?:the )?(?:very )?least|as a minimum|(?:is|are) (?:the|our) (?:minimum|least))\b",
    ),
    (
        "most",
        r"[^.;:!?]{0,40},? (?:and|but) (?:never|not)(?: an? \w+)? more\b|(?:\w+ ){0,2}(?:or|and) (?:less|fewer|under|below|(?:young|short|low|light|small|cool|cold|narrow|thinn)er|down|downwards)\b|limit\b|downwards\b|at the longest\b|"
        r"(?:[a-z]+,? ){0,2}(?:max(?:imum)?|tops|at (?:the )?(?:very )?most|at the outside|and no(?:t one(?: [a-z]+)?)? more|as a maximum|(?:is|are) (?:the|our) (?:limit|maximum|most|ceiling))\b",
    ),
    (
        "until",
        r"at the latest|deadline\b|or (?:earlier|before)\b|,? inclusive\b|(?:is|as|being) (?:the|our|your) (?:last|final) (?:day|date)\b",
    ),
    (
        "since",
        r"onwards?\b|or later\b|at the earliest|(?:is|as|being) (?:the|our|your) (?:first|opening) (?:day|date)\b",
    ),
)
_RARE = RarePatterns()
# For what is no date and for what is one.
_LEADS = {
    dated: tuple(
        (
            bound,
            _RARE.compile(
                rf"(?:^|\W)(?:{words})(?: the (?:very )?(?:end|start|beginning|middle|close) of| the| an?| just| only| our| about| your| at least| ages?| the age of)?[ -]$",
                re.IGNORECASE,
            ),
        )
        for bound, words in _BEFORE
        if (bound in ("until", "since")) == dated
    )
    for dated in (False, True)
}
_TAILS = {
    dated: tuple(
        (bound, re.compile(rf"\s?(?:{words})", re.IGNORECASE))
        for bound, words in _AFTER
        if (bound in ("until", "since")) == dated
    )
    for dated in (False, True)
}
_SPAN_LEAD = re.compile(
    r"[\w.] ?- ?$|(?:\d|[ap]\.?m\.?|days?|noon|midnight|morning|afternoon|evening|night|January|February|March|April|May|June|July|August|September|October|November|December|past [a-z]+|o'clock) to $|\bbetween [^;!?]{1,25} and $"
)
# "Up to 48 hours before", "until two days before" and "at least two days before" all set the latest moment.
_NOTICE_LEAD = re.compile(
    r"\b(?:up to|until|till|by|no later than|at the latest|as late as|at least|minimum(?: of)?) $",
    re.IGNORECASE,
)
_NOTICE_TAIL = re.compile(r" (?:before|beforehand|ahead|in advance|prior)\b", re.IGNORECASE)
# "Cut from one piece" tells of what, not from what number on.
_MADE_FROM = _RARE.compile(
    r"\b(?:made|cut|carved|turned|milled|machined|pressed|folded|woven|knitted|sewn|spun|forged|cast|built|blended|brewed|grown|distilled|moulded|shaped|printed|drawn) from (?:just |only )?(?:an? )?$",
    re.IGNORECASE,
)
_DATED = ("date", "month", "time", "weekday")


@lru_cache(CACHED_TEXTS)
def bounded_quantities(text: str) -> tuple[Bounded, ...]:
    """Each quantity of a text with what it bounds."""
    found = quantities(text)
    starts = [q.start for q in found]
    return tuple(
        Bounded(q, _bound(q, plain(text)) if starts.count(q.start) == 1 else _end_of_span(q, found))
        for q in found
    )


def _end_of_span(quantity: Quantity, found: tuple[Quantity, ...]) -> Bound:
    """ "8am-8pm" starts with its first clock and ends with its last."""
    if quantity.kind not in _DATED:
        return ""
    return "since" if quantity == next(q for q in found if q.start == quantity.start) else "until"


def _bound(quantity: Quantity, text: str) -> Bound:
    dated = quantity.kind in _DATED
    for bound, after in _TAILS[dated]:
        if after.match(text, quantity.end):
            return bound
    before = text[max(0, quantity.start - 30) : quantity.start]
    if _MADE_FROM.search(before):
        return ""
    if dated and _SPAN_LEAD.search(before):
        return "until"
    if not dated and _NOTICE_TAIL.match(text, quantity.end) and _NOTICE_LEAD.search(before):
        return "least"
    notice = quantity.kind == "measure" and _NOTICE_TAIL.match(text, quantity.end)
    if notice and before.endswith("from "):
        return "most"
    if denied := denied_bound(text[max(0, quantity.start - 60) : quantity.start], dated):
        return denied
    for bound, lead in _LEADS[dated]:
        if lead.search(before) and not (quantity.kind == "percent" and before.endswith("from ")):
            return bound
    return ""
