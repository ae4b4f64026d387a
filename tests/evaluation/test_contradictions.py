"""Rules that cannot both hold are named before they run."""

from content_store.brand_folder.patterns import compile_pattern
from evaluation.gates.contradictions import contradictions
from evaluation.gates.gate import ClaimRule, Policy


def test_rules_that_cannot_both_hold_are_named() -> None:
    policy = Policy(
        banned_phrases=("fresh",),
        claim_rules=(ClaimRule("percent", compile_pattern(r"\d+%"), "No percentages."),),
        lexicon=("Fresh & Co",),
    )
    assert contradictions(policy, ["Soup is 10% off."]) == [
        'The banned phrase "fresh" stands in the lexicon as "Fresh & Co".',
        'The claim rule "percent" refuses the do example "Soup is 10% off.".',
    ]
