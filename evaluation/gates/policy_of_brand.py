"""A brand's rules as the gates read them."""

from __future__ import annotations

from content_store.brand_folder.brand import Brand
from content_store.brand_folder.patterns import compile_pattern
from content_store.errors import BadInput
from evaluation.gates.contradictions import contradictions
from evaluation.gates.gate import ClaimRule, Policy, Readability, Style


def policy_of(brand: Brand) -> Policy:
    """The brand's rules; BadInput when two of them cannot both hold."""
    policy = Policy(
        banned_phrases=tuple(brand.banned_phrases),
        claim_rules=tuple(
            ClaimRule(rule.name, compile_pattern(rule.pattern), rule.reason) for rule in brand.claim_rules
        ),
        lexicon=(brand.name, *brand.lexicon),
        competitors=tuple(brand.competitors),
        slot_limits={
            slot: channel.limit(slot) for channel in brand.channels.values() for slot in channel.slots
        },
        segment_limits={
            slot: limit
            for name, channel in brand.channels.items()
            for slot in channel.slots
            if (limit := channel.segments(slot, name))
        },
        suffixes={
            slot: channel.suffix
            for channel in brand.channels.values()
            for slot in channel.slots
            if channel.suffix
        },
        style=Style(**brand.style.model_dump()),
        readability=Readability(**brand.voice.readability.model_dump()),
    )
    found = contradictions(policy, brand.voice.do)
    if found:
        raise BadInput(f"brand.yaml: {found[0][:-1]}; change one of the two.")
    return policy
