"""Gate: none of the brand's banned phrases, however they are disguised."""

import re
from functools import lru_cache

from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import skeleton

GATE = "banned_phrases"


def check_banned_phrases(copy: Copy, policy: Policy) -> Verdict:
    if not policy.banned_phrases:
        return passes(GATE)
    found = _pattern(policy.banned_phrases).search(skeleton(copy.text))
    if found is None:
        return passes(GATE)
    return refuses(GATE, f'The brand does not allow "{" ".join(found[0].split())}".')


@lru_cache(64)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words; any space or hyphen between the words of a phrase is the same."""
    forms = [
        r"[\s\-]+".join(re.escape(part) for part in re.split(r"[\s\-]+", skeleton(p)))
        for p in phrases
        if p.strip()
    ]
    return re.compile(r"(?<!\w)(?:" + "|".join(forms or ["(?!)"]) + r")(?!\w)")
