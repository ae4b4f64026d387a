"""Gates: pure checks of a copy against its facts and the brand's policy; each answers with a reason."""

from evaluation.gates.additions import check_additions
from evaluation.gates.attributes import check_attributes
from evaluation.gates.banned_phrases import check_banned_phrases
from evaluation.gates.claim_rules import check_claim_rules
from evaluation.gates.claims import check_claims
from evaluation.gates.conditions import check_conditions
from evaluation.gates.contradictions import contradictions
from evaluation.gates.form import check_form
from evaluation.gates.gate import ClaimRule, Copy, Gate, Policy, Verdict
from evaluation.gates.keep_phrases import check_keep_phrases
from evaluation.gates.leaks import check_leaks
from evaluation.gates.length import check_length
from evaluation.gates.names import check_names
from evaluation.gates.near_duplicates import near_duplicates
from evaluation.gates.numbers import check_numbers

GATES: dict[str, Gate] = {
    "length": check_length,
    "form": check_form,
    "leaks": check_leaks,
    "keep_phrases": check_keep_phrases,
    "numbers": check_numbers,
    "names": check_names,
    "claims": check_claims,
    "conditions": check_conditions,
    "attributes": check_attributes,
    "additions": check_additions,
    "banned_phrases": check_banned_phrases,
    "claim_rules": check_claim_rules,
}

LONGEST = 3_000


def judge(copy: Copy, policy: Policy) -> list[Verdict]:
    """The verdict of every gate, in the order of `GATES`.

    A text or fact beyond `LONGEST` characters is no copy: no gate reads it, and every gate refuses it.
    """
    if max(map(len, (copy.text, copy.audience, *copy.facts, *copy.keep))) > LONGEST:
        reason = f"A text or fact has more than {LONGEST:,} characters; shorten it, and it will be read."
        return [Verdict(gate, False, reason) for gate in GATES]
    return [gate(copy, policy) for gate in GATES.values()]


__all__ = [
    "GATES", "ClaimRule", "Copy", "Gate", "Policy", "Verdict", "contradictions", "judge", "near_duplicates",
]  # fmt: skip
