"""Patterns and rules of a policy are checked before they run."""

import pytest

from content_store.errors import BadInput
from evaluation.gates.gate import ClaimRule, Policy
from evaluation.gates.patterns import compile_pattern, contradictions


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", r"(\w*\s*)*", "(?:x{2,})+", "(a|b+)*c", "(", r"(a)\1", "(?=x)y", "x*"]
)
def test_a_bad_pattern_is_refused_in_one_sentence(pattern: str) -> None:
    with pytest.raises(BadInput) as refusal:
        compile_pattern(pattern, "brand.yaml, claim rule 1")
    assert str(refusal.value).startswith("brand.yaml, claim rule 1: the pattern")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("pattern", [r"(?i)\b(cure|heal)s?\b", r"\d+ ?%", r"(?:very ){1,3}good", r"\pL+ium"])
def test_a_good_pattern_compiles(pattern: str) -> None:
    assert compile_pattern(pattern, "brand.yaml").search("The tea cures 30% of very good radium") is not None


def test_rules_that_cannot_both_hold_are_named() -> None:
    policy = Policy(
        banned_phrases=("fresh",),
        claim_rules=(ClaimRule("percent", compile_pattern(r"\d+%", "test"), "No percentages."),),
        lexicon=("Fresh & Co",),
    )
    assert contradictions(policy, ["Soup is 10% off."]) == [
        'The banned phrase "fresh" stands in the lexicon as "Fresh & Co".',
        'The claim rule "percent" refuses the do example "Soup is 10% off.".',
    ]
