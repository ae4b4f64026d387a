"""Which facts a copy uses: shared quantities and shared words that carry content."""

from functools import lru_cache

from evaluation.gates.numbers import same_quantity
from evaluation.gates.quantities import quantities
from evaluation.gates.text import CACHED_TEXTS, stems

FUNCTION_WORDS = frozenset(
    "a about above after again against all also am an and any are as at be because been before being below between both but by "
    "can cannot could did do does doing down during each either else ever every few for from further get gets had has have having "
    "he her here hers him his how i if in into is it its itself just let many may me might mine more most much must my need neither no "
    "nor not now of off on once one only onto or other our ours out over own per please same she should since so some still such than "
    "that the their theirs them then there these they this those though through till to too under until up upon us very via was we were "
    "what when where whether which while who whom whose why will with within without would yet you your yours "
    "don't doesn't can't won't isn't aren't it's you're we're they're i'm that's there's we'll you'll let's here's didn't "
    "haven't hasn't wouldn't shouldn't couldn't needn't".split()
)


@lru_cache(CACHED_TEXTS)
def content_stems(text: str) -> frozenset[str]:
    """The stems of the words that carry content; numbers are compared elsewhere."""
    return frozenset(s for s in stems(text) if s not in FUNCTION_STEMS and not s[0].isdigit())


FUNCTION_STEMS = frozenset(FUNCTION_WORDS | {s for w in FUNCTION_WORDS for s in stems(w)})


def uses(text: str, fact: str, facts: tuple[str, ...], share: float = 0.25) -> bool:
    """Whether a copy says something of a fact: one of its own quantities, or enough of the words only this fact has."""
    others = frozenset(s for other in facts if other != fact for s in content_stems(other))
    own = content_stems(fact) - others
    said = content_stems(text)
    if any(same_quantity(q, f) for f in quantities(fact) if not f.implied for q in quantities(text)):
        return len(facts) == 1 or bool(said & content_stems(fact))
    shared = own & said
    return bool(shared) and (len(shared) >= share * len(own) or len(shared) >= 2)
