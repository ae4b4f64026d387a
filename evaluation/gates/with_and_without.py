"""Two prices of one thing, with and without another: the copy may not give the one for the other."""

import re
from functools import lru_cache
from itertools import permutations

from evaluation.gates.contrasts import denied_stems
from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import CACHED_TEXTS, plain

# "No" in the common wording.
_WITHOUT = re.compile(r"(?:Without|No) (?P<thing>[^,]+), ", re.IGNORECASE)
_NOT_ITS_PRICE = re.compile(
    r"\b(?:not|instead of|rather than|down from|usually|normally)(?: the)? $", re.IGNORECASE
)


def pair_fault(copy: Copy) -> str:
    """A sentence on a price of who goes without, promised to who has the other thing; empty when none."""
    for one, other in permutations(copy.facts, 2) if any(map(_WITHOUT.match, copy.facts)) else ():
        pair = _prices(one, other)
        if pair is None or not _has(one, copy.text):
            continue
        own, others = ([q for q in quantities(copy.text) if same_quantity(q, price)] for price in pair)
        if others and own and not _is_denied(others[0], copy.text) and _is_denied(own[0], copy.text):
            return f'The copy gives "{others[0].text}", the price of who goes without.'
    return ""


@lru_cache(CACHED_TEXTS)
def _prices(without: str, having: str) -> tuple[Quantity, Quantity] | None:
    """The price of who has the thing and that of who goes without."""
    found = _WITHOUT.match(plain(without))
    if found is None or not content_stems(found["thing"]) <= content_stems(having):
        return None
    own, others = ([q for q in quantities(fact) if q.kind == "money"] for fact in (having, without))
    return (own[0], others[0]) if len(own) == len(others) == 1 else None


def _has(without: str, text: str) -> bool:
    found = _WITHOUT.match(plain(without))
    thing = content_stems(found["thing"]) if found else frozenset()
    return bool(thing & content_stems(text)) and not thing & denied_stems(plain(text))


def _is_denied(price: Quantity, text: str) -> bool:
    return _NOT_ITS_PRICE.search(plain(text)[: price.start]) is not None
