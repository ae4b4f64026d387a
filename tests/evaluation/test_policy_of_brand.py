"""A brand's rules arrive at the gates."""

from __future__ import annotations

from content_store.brand_folder.brand import NEUTRAL_BRAND, Brand
from evaluation.gates.gate import Policy, Readability, Style
from evaluation.gates.policy_of_brand import policy_of


def test_the_neutral_brand_has_the_style_of_a_policy_without_a_brand() -> None:
    policy = policy_of(NEUTRAL_BRAND)
    assert (policy.style, policy.readability, policy.segment_limits) == (
        Policy().style,
        Policy().readability,
        {"sms": 1},
    )


def test_style_band_segments_and_suffix_arrive() -> None:
    value = NEUTRAL_BRAND.model_dump()
    value["style"] = {"emoji": "sparingly", "exclamation_marks": 2, "capitals": "free"}
    value["voice"]["readability"] = {"hardest": 45}
    value["competitors"] = ["Grocerama"]
    value["channels"]["sms"] = {"slots": {"sms": {"max_chars": 306}}, "suffix": "Reply STOP"}
    policy = policy_of(Brand.model_validate(value))
    assert policy.style == Style("sparingly", 2, "free")
    assert policy.readability == Readability(None, 45)
    assert policy.competitors == ("Grocerama",)
    assert (policy.segment_limits, policy.suffixes) == ({"sms": 2}, {"sms": "Reply STOP"})
    assert policy.slot_limits["sms"] == 295
