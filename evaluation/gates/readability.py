"""Gate: a longer text lies in the brand's band of readability.

LIX (Björnsson 1968) is the number of words a sentence plus the words of more than six letters in a hundred. It needs
no syllables, so that one band holds for every language of the brand, where Flesch needs a table for each.
"""

from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import words
from evaluation.sentences import sentences

GATE = "readability"

#: Below this a single long word or short sentence decides.
LEAST_WORDS = 20
LONG = 6


def check_readability(copy: Copy, policy: Policy) -> Verdict:
    band = policy.readability
    if (band.easiest is None and band.hardest is None) or len(words(copy.text)) < LEAST_WORDS:
        return passes(GATE)
    if band.easiest is not None and lix(copy.text) < band.easiest:
        return refuses(GATE, _reason(lix(copy.text), "simpler", "at least", band.easiest))
    # A copy cannot do without the long words of its keep phrases.
    given = frozenset(word for phrase in copy.keep for word in words(phrase))
    score = lix(copy.text, given)
    if band.hardest is not None and score > band.hardest:
        return refuses(GATE, _reason(score, "harder", "at most", band.hardest))
    return passes(GATE)


def lix(text: str, given: frozenset[str] = frozenset()) -> float:
    """From about 20 (a children's book) over 40 (a newspaper) to 60 (a law); `given` words do not count as long."""
    said = words(text)
    if not said:
        return 0.0
    long = sum(len(word) > LONG and word not in given for word in said)
    return len(said) / max(1, len(sentences(text))) + 100 * long / len(said)


def _reason(score: float, how: str, side: str, limit: float) -> str:
    advice = "shorter sentences and words" if how == "harder" else "fuller sentences"
    return (
        f"The text is {how} to read (LIX {score:.0f}) than the brand wants ({side} {limit:g}); use {advice}."
    )
