"""Bounds that are told by what is denied: "never less than 70%" is a least, "not before noon" a start."""

import re
from typing import Literal

# One of these is in every denial, whatever its first letter.
_SIGNS = ("no", "No", "n't", "ever ")
_NOT = r"(?:\b(?:never|not(?: one)?|nothing|none)|n't)"
# Between "not" and "more than" only what says how much: "not admitted under 8" denies something else.
_MEASURES = r"(?:(?:be|is|are|weighs?|costs?|goes|go|gets?|lasts?|takes?|falls?|drops?|dips?|rises?|climbs?|sinks?|runs?|holds?|contains?|has|have|pays?|charges?|ever|even|any|at|for|with|an?|of) ){0,3}"
_LESS = r"(?:less|fewer|(?:short|small|low|light|narrow|young|cool|thinn|cheap)er) than"
_MORE = r"(?:more|(?:long|larg|bigg|high|heavi|wid|old|warm|hott|great|tall)er) than"
_OF_MEASURE = re.compile(
    rf"(?:{_NOT} {_MEASURES}(?:(?P<least>{_LESS}|under|below)|(?P<most>{_MORE}|over|above|beyond|past|exceed))|\bno (?:(?P<no_less>{_LESS})|(?P<no_more>{_MORE}))) (?:an? |the )?$",
    re.IGNORECASE,
)
_STARTS = r"(?:open|start|begin|launch|leave|depart|sail|run|ship|arrive|go)(?:s|ed|ing)?(?: on sale)?|available|valid|bookable|on sale|possible"
_ENDS = r"(?:be )?(?:accepted|possible|valid|available|open|served|sold|admitted|allowed|taken|bookable|delivered)"
_OF_DAY = re.compile(
    rf"(?:{_NOT} (?:be )?(?:(?P<since>(?:(?:{_STARTS}) )?(?:before|until|till)|(?:any )?(?:earlier|sooner) than)|(?P<until>(?:{_ENDS} )?after|(?:any )?later than|beyond|past))|\bno (?:(?P<no_earlier>earlier|sooner)|later) than) (?:the |on )?$",
    re.IGNORECASE,
)
Denied = Literal["", "least", "most", "until", "since"]


def denied_bound(before: str, dated: bool) -> Denied:
    """What the words before a quantity bound by denying; empty when they deny nothing of the kind."""
    if not any(sign in before for sign in _SIGNS):
        return ""
    if dated:
        day = _OF_DAY.search(before)
        return "" if day is None else "since" if day["since"] or day["no_earlier"] else "until"
    measure = _OF_MEASURE.search(before)
    return "" if measure is None else "least" if measure["least"] or measure["no_less"] else "most"
