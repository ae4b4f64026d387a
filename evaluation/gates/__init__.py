"""Gates: pure checks of a copy against its facts and the brand's policy; each answers with a reason."""

from evaluation.gates.additions import check_additions
from evaluation.gates.attributes import check_attributes
from evaluation.gates.banned_phrases import check_banned_phrases
from evaluation.gates.claim_rules import check_claim_rules
from evaluation.gates.claims import check_claims
from evaluation.gates.conditions import check_conditions, own_words_fault
from evaluation.gates.contradictions import contradictions
from evaluation.gates.form import check_form
from evaluation.gates.gate import ClaimRule, Copy, Gate, Policy, Verdict, passes
from evaluation.gates.keep_phrases import check_keep_phrases
from evaluation.gates.language import check_language
from evaluation.gates.leaks import check_leaks
from evaluation.gates.length import check_length
from evaluation.gates.names import check_names
from evaluation.gates.near_duplicates import near_duplicates
from evaluation.gates.numbers import check_numbers
from evaluation.gates.readability import check_readability
from evaluation.gates.sms import check_sms
from evaluation.gates.spelling import check_spelling
from evaluation.gates.support import check_support
from evaluation.gates.swaps import check_swaps
from evaluation.gates.wordings import in_common_words

GATES: dict[str, Gate] = {
    "length": check_length,
    "sms": check_sms,
    "form": check_form,
    "spelling": check_spelling,
    "language": check_language,
    "readability": check_readability,
    "leaks": check_leaks,
    "keep_phrases": check_keep_phrases,
    "numbers": check_numbers,
    "names": check_names,
    "claims": check_claims,
    "conditions": check_conditions,
    "attributes": check_attributes,
    "swaps": check_swaps,
    "additions": check_additions,
    "support": check_support,
    "banned_phrases": check_banned_phrases,
    "claim_rules": check_claim_rules,
}

LONGEST = 3_000
# The gates that compare what a copy says with what its facts say.
_OF_MEANING = ("numbers", "names", "claims", "conditions", "attributes", "swaps", "additions", "support")


def judge(copy: Copy, policy: Policy) -> list[Verdict]:
    """The verdict of every gate, in the order of `GATES`.

    A text or fact beyond `LONGEST` characters is no copy: no gate reads it, and every gate refuses it.
    """
    if max(map(len, (copy.text, copy.audience, *copy.facts, *copy.keep))) > LONGEST:
        reason = f"A text or fact has more than {LONGEST:,} characters; shorten it, and it will be read."
        return [Verdict(gate, False, reason) for gate in GATES]
    verdicts = [gate(copy, policy) for gate in GATES.values()]
    refusing = [v.gate for v in verdicts if not v.passed]
    if refusing and all(gate in _OF_MEANING for gate in refusing) and _right_in_common_words(copy, policy):
        return [passes(gate) for gate in GATES]
    return verdicts


def _right_in_common_words(copy: Copy, policy: Policy) -> bool:
    """Whether the copy only words a fact in another way: all gates of meaning pass it in one wording for both."""
    common = in_common_words(copy)
    if common == copy or own_words_fault(copy):
        return False
    return all(
        GATES[gate](common, policy).passed or (gate == "numbers" and check_numbers(copy, policy).passed)
        for gate in _OF_MEANING
    )


__all__ = [
    "GATES", "ClaimRule", "Copy", "Gate", "Policy", "Verdict", "contradictions", "judge", "near_duplicates",
]  # fmt: skip
