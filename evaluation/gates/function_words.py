"""Words that carry no content, and the stems of those that do."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

from functools import lru_cache

from evaluation.gates.text import CACHED_TEXTS, stems

FUNCTION_WORDS = frozenset(
    "a about above after again against all also am an and any are as at be because been before being below between both but by "
    "can cannot could did do does doing down during each either else ever every few for from further get gets had has have having "
    "he her here hers him his how i if in into is it its itself just let many may me might mine more most much must my need neither no "
    "nor not now of off on once one only onto or other our ours out over own per please same she should since so some still such than "
    "that the their theirs them then there these they this those though through throughout till to too under until up upon us very via was we were "
    "what when where whether which while who whom whose why will with within without would yet you your yours "
    "don't doesn't can't won't isn't aren't it's you're we're they're i'm that's there's we'll you'll let's here's didn't "
    "haven't hasn't wouldn't shouldn't couldn't needn't".split()
)
FUNCTION_STEMS = frozenset(FUNCTION_WORDS | {s for w in FUNCTION_WORDS for s in stems(w)})


@lru_cache(CACHED_TEXTS)
def content_stems(text: str) -> frozenset[str]:
    """The stems of the words that carry content; numbers are compared elsewhere."""
    return frozenset(s for s in stems(text) if s not in FUNCTION_STEMS and not s[0].isdigit())
