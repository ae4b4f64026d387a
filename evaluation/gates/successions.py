"""One more of a thing, told by both numbers: "one shop, now two" for a second shop."""

import re

from evaluation.gates.quantity_values import number
from evaluation.gates.text import plain
from evaluation.gates.units import NUMBER_WORDS

_NUMBER = rf"(?:\d+|{'|'.join(NUMBER_WORDS)})"
_NTH = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ONE_MORE = re.compile(
    rf"\b({_NUMBER}) ([^\W\d_]+?)(?:ies|y|e?s)?(?:,| -|;) (?:and )?(?:now|soon|from [^,.;]{{1,12}}) ({_NUMBER})\b(?! [a-z])",
    re.IGNORECASE,
)


def with_successions(text: str, facts: tuple[str, ...]) -> str:
    """The copy with the ordinal of the facts for "two branches, soon three"."""
    if not any(f"{nth} " in fact for fact in facts for nth in _NTH):
        return text

    def reword(found: re.Match[str]) -> str:
        before, after = number(found[1]), number(found[3])
        if after != before + 1 or not 2 <= after < len(_NTH) + 2:
            return found[0]
        thing = re.search(rf"\b{_NTH[int(after) - 2]} {re.escape(found[2].lower())}\w*", " ".join(facts))
        return thing[0] if thing else found[0]

    return _ONE_MORE.sub(reword, plain(text))
