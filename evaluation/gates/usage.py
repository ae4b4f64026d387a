"""Which facts a copy uses: shared quantities and shared words that carry content."""

import re
from functools import lru_cache

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import content_stems
from evaluation.gates.quantities import quantities
from evaluation.gates.rare_patterns import SHARED
from evaluation.gates.text import CACHED_TEXTS, plain, stem


def uses(text: str, fact: str, facts: tuple[str, ...], share: float = 0.25) -> bool:
    """Whether a copy says something of a fact: one of its own quantities, or enough of the words only this fact has."""
    names = _name_stems(fact) if len(facts) > 1 else frozenset()
    others = names.union(*(content_stems(other) for other in facts if other != fact))
    own = content_stems(fact) - others
    if not own:
        return bool(content_stems(fact) & content_stems(text))
    said = content_stems(text)
    if any(same_quantity(q, f) for f in quantities(fact) if not f.implied for q in quantities(text)):
        return len(facts) == 1 or bool(said & content_stems(fact))
    shared = own & said
    return bool(shared) and (len(shared) >= share * len(own) or len(shared) >= 2)


def uses_clause(fact: str, position: int, text: str) -> bool:
    """Whether a copy says something of the coordinate clause of the fact that holds `position` of its plain form."""
    shown = plain(fact)
    cuts = [0, *(m.start() for m in _COORDINATE.finditer(shown)), len(shown)]
    if len(cuts) == 2:
        return True
    start = max(c for c in cuts if c <= position)
    end = min(c for c in cuts if c > position)
    clause = shown[start:end]
    here = [q for q in quantities(fact) if start <= q.start < end and q.start != position and not q.implied]
    said = content_stems(text)
    elsewhere = content_stems(shown[:start] + " " + shown[end:])
    return bool((content_stems(clause) - elsewhere) & said) or any(
        same_quantity(q, h) for h in here for q in quantities(text)
    )


@lru_cache(CACHED_TEXTS)
def _name_stems(fact: str) -> frozenset[str]:
    """The stems of the capitalised words: a name alone does not tell which of its facts a copy uses."""
    return frozenset(stem(word.lower()) for word in re.findall(r"\b[A-Z][\w']*", plain(fact)[1:]))


_COORDINATE = SHARED.compile(
    r",? and (?=(?:can|has|have|is|are|comes?|costs?|weighs?|takes?|ships?|lasts?|works?|fits?|includes?|carr(?:y|ies)|covers?|"
    r"opens?|closes?|starts?|runs?|holds?|makes?|needs?|pays?|gives?)\b)",
    re.IGNORECASE,
)
