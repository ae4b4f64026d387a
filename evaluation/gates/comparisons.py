"""What a copy says that others do not do: "nobody in the country is quicker", "nowhere in town is it done as well"."""

import re

from evaluation.gates.gate import Copy
from evaluation.gates.text import plain, stems

_NOBODY = ("nobody", "no one", "nothing", "nowhere", "none", "no other", "no ")
_COMPARED = re.compile(
    r"\b(?:(?:nobody|no one|nothing|nowhere|none|no other \w+)(?: \w+){1,8}|no \w+ (?:in|on|of|within) (?:the |this |our |all )?\w+(?: \w+){1,4}) "
    r"(?:(?:as|so) (?:well|much|many|good|fast|quick|quickly|cheap|cheaply|low|high|little|long|far|fresh|soft|warm|light|often|reliable|gentle)|"
    r"better|worse|faster|quicker|cheaper|more|less|fewer|fresher|safer|later|earlier|longer|sooner|closer|nearer|lower|higher|softer|warmer|lighter|"
    r"finer|tastier|prettier|happier|calmer|drier|sharper|tougher|thicker|thinner|taller|nicer|stronger|easier|cleaner|smoother|brighter|quieter|kinder|greener|slower|deeper|smaller|bigger|larger|richer|sweeter|fairer|cooler|wider)\b",
    re.IGNORECASE,
)
# "Nobody has to wait longer than a day" is a promise of its own.
_LIMIT = re.compile(r" than (?:an? |one |\d)", re.IGNORECASE)


def comparison_claim(copy: Copy) -> str:
    """The words by which the copy puts the offer before all others; empty when a fact carries them or there are none."""
    text = plain(copy.text)
    low = text.lower()
    if not any(word in low for word in _NOBODY):
        return ""
    known = frozenset(s for fact in copy.facts for s in stems(fact))
    for found in _COMPARED.finditer(text):
        if not _LIMIT.match(text, found.end()) and stems(found[0])[-1] not in known:
            return found[0]
    return ""
