"""brand.yaml: a policy is complete, consistent and harmless, or it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from content_store.brand_folder.brand import NEUTRAL_BRAND, load_brand
from content_store.brand_folder.patterns import compile_pattern
from content_store.errors import BadInput
from tests.content_store.brand_folder.files import BRAND, one_sentence, replaced


def test_a_sound_brand_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "brand.yaml").write_text(BRAND)
    brand = load_brand(tmp_path)
    assert (brand.name, brand.voice.tone, brand.locales) == ("Corner Shop", "warm", ["en-US", "no-NO"])
    assert (brand.minimum_segment_size, brand.holdout_share) == (60, 0.05)
    assert brand.claim_rules[0].pattern == r"(?i)\bheals?\b"


def test_the_suffix_and_the_space_before_it_count_in_the_limit(tmp_path: Path) -> None:
    (tmp_path / "brand.yaml").write_text(BRAND)
    channels = load_brand(tmp_path).channels
    assert (channels["email"].limit("subject"), channels["sms"].limit("sms")) == (60, 138)


def test_words_that_yaml_would_guess_at_stay_words(tmp_path: Path) -> None:
    text = replaced(BRAND, "name: Corner Shop", "name: no")
    text = replaced(text, "lexicon: [House Blend]", "lexicon: [2026-01-31, yes, 1e5, 007]")
    (tmp_path / "brand.yaml").write_text(text)
    brand = load_brand(tmp_path)
    assert (brand.name, brand.lexicon) == ("no", ["2026-01-31", "yes", "1e5", "007"])


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("name: Corner Shop\n", "", "name is missing; add it."),
        ("  tone: warm", "  tone: loud", "voice.tone is 'loud': input should be 'warm', 'plain'"),
        ("lexicon:", "lexicom:", "lexicom is not a known key; remove it or correct its spelling."),
        (
            "max_chars: 160",
            "max_char: 160",
            "channels.sms.slots.sms.max_chars is missing; add it (1 more after that).",
        ),
        (
            "max_chars: 160",
            "max_chars: many",
            "channels.sms.slots.sms.max_chars is 'many': input should be a valid integer",
        ),
        (
            "max_chars: 160",
            "max_chars: 0",
            "channels.sms.slots.sms.max_chars is '0': input should be greater than",
        ),
        ("max_chars: 160", "max_chars: 22", "the suffix of channel sms leaves no room in slot sms"),
        ("roles: [reviewer]", "roles: []", "approval_rules.0.roles: list should have at least 1 item"),
        (
            "roles: [reviewer]",
            "roles: [boss]",
            "approval_rules.0.roles.0 is 'boss': input should be 'reviewer' or 'legal'",
        ),
        ("channel: email, roles", "channel: fax, roles", "an approval rule names the channel 'fax'"),
        (
            "channels:\n",
            "channels:\n  push:\n    slots: {push: {max_chars: 90, default: hours}}\n",
            "slot push of channel push has a default, but nobody asks for it; add on_request: true",
        ),
        (
            "channels:\n",
            "channels:\n  site: {on_request: true, slots: {a: {max_chars: 9}}}\n"
            "  app: {on_request: true, slots: {a: {max_chars: 9}}}\n",
            "the slot a stands in two channels on request; rename one",
        ),
        (
            "channel: email, roles",
            "slot: banner, roles",
            "an approval rule names the slot 'banner', which no channel has",
        ),
        (
            "  - {channel: email, roles: [reviewer]}",
            "  []",
            "approval_rules: list should have at least 1 item",
        ),
        (
            "locales: [en-US, no-NO]",
            "locales: [english]",
            "locales.0 is 'english': string should match pattern",
        ),
        ("locales: [en-US, no-NO]", "locales: []", "locales: list should have at least 1 item"),
        ("minimum_segment_size: 60", "minimum_segment_size: 9", "greater than or equal to 10"),
        (
            "minimum_segment_size: 60",
            "minimum_segment_size: ",
            "minimum_segment_size: input should be a valid integer",
        ),
        ("holdout_share: 0.05", "holdout_share: 0.9", "less than or equal to 0.5"),
        (
            "holdout_share: 0.05",
            "holdout_share: .nan",
            "holdout_share is '.nan': input should be a valid number",
        ),
        ("holdout_share: 0.05", "holdout_share: nan", "holdout_share is 'nan': "),
        ("banned_phrases: [mouthwatering]", "banned_phrases: mouthwatering", "input should be a valid list"),
        (
            "banned_phrases: [mouthwatering]",
            'banned_phrases: ["  "]',
            "banned_phrases.0 is '  ': string should have",
        ),
        ("do: [Come in and have a look.]", "do: [{a: b}]", "voice.do.0: input should be a valid string"),
    ],
)
def test_a_broken_rule_is_said_in_one_sentence(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(replaced(BRAND, old, new))
    assert reason in one_sentence(path, lambda: load_brand(tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "[mouthwatering]",
            "[house blend]",
            "the name in the lexicon 'House Blend' uses the banned phrase 'house blend'",
        ),
        (
            "[mouthwatering]",
            "[blend]",
            "the name in the lexicon 'House Blend' uses the banned phrase 'blend'",
        ),
        ("[mouthwatering]", "[Come In]", "uses the banned phrase 'Come In'; change one of them"),
        (
            "[BUY NOW!!!]",
            "[Come in and have a look.]",
            "stands among the do and the don't examples; keep one",
        ),
    ],
)
def test_rules_that_contradict_one_another_are_refused(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(replaced(BRAND, old, new))
    assert reason in one_sentence(path, lambda: load_brand(tmp_path))


def test_a_banned_word_inside_a_longer_one_is_no_contradiction(tmp_path: Path) -> None:
    (tmp_path / "brand.yaml").write_text(replaced(BRAND, "[mouthwatering]", "[lend, hous, look at]"))
    assert load_brand(tmp_path).banned_phrases == ["lend", "hous", "look at"]


def test_a_notice_is_one_text_or_one_for_each_language(tmp_path: Path) -> None:
    for written, told in (
        ("By a machine.", ["By a machine.", "By a machine."]),
        ("{en-US: By a machine., no-NO: Av en maskin.}", ["By a machine.", "Av en maskin."]),
    ):
        (tmp_path / "brand.yaml").write_text(f"{BRAND}\nai_notice: {written}\n")
        brand = load_brand(tmp_path)
        assert [brand.notice(locale) for locale in ("en-US", "no-NO")] == told
    (tmp_path / "brand.yaml").write_text(f"{BRAND}\nai_notice: {{en-US: By a machine.}}\n")
    assert "ai_notice has no words for no-NO; give them, or one text for all" in one_sentence(
        tmp_path / "brand.yaml", lambda: load_brand(tmp_path)
    )


@pytest.mark.parametrize("text", ["", "\n\n", "{}", "# to do", "[]", "null"])
def test_an_empty_policy_allows_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(text)
    one_sentence(path, lambda: load_brand(tmp_path))


def test_a_folder_without_a_policy_is_no_brand_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"is no brand folder .* run `surmesure init"):
        load_brand(tmp_path)


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a*)*", "((ab)+c)+", "(x|y+)*", "(?:a+){2,}", "(a+?)+?", "(" * 900 + "a" + ")" * 900],
)
def test_a_pattern_that_would_hang_other_tools_is_refused(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(replaced(BRAND, r"(?i)\bheals?\b", pattern))
    found = one_sentence(path, lambda: load_brand(tmp_path))
    assert found.startswith("claim_rules.0.pattern is '")
    assert found.endswith("repeats a repeat; write it without nesting + or *.")
    assert len(found) < 2500


@pytest.mark.parametrize("pattern", ["(a", "[z-a]", "(?=a)", r"(a)\1", "a**", "a{1001}", "\\"])
def test_a_pattern_that_is_not_re2_is_refused(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(replaced(BRAND, r"(?i)\bheals?\b", pattern))
    assert "is not valid RE2" in one_sentence(path, lambda: load_brand(tmp_path))


@pytest.mark.parametrize(
    "pattern", [r"\bheals?\b", "(ab+)c*", "(a{1,3})+", "[[:alpha:]]+", r"\pL+", "(a|b)+c"]
)
def test_a_harmless_pattern_is_taken(pattern: str) -> None:
    compile_pattern(pattern)


def test_the_neutral_brand_has_every_slot_and_refuses_nothing_by_name() -> None:
    slots = {name: list(channel.slots) for name, channel in NEUTRAL_BRAND.channels.items()}
    assert slots == {
        "email": ["subject", "preheader", "headline", "opening", "body", "cta"],
        "sms": ["sms"],
        "push": ["push"],
    }
    assert (NEUTRAL_BRAND.banned_phrases, NEUTRAL_BRAND.claim_rules) == ([], [])


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", r"(\w*\s*)*", "(?:x{2,})+", "(a|b+)*c", "(", r"(a)\1", "(?=x)y", "x*"]
)
def test_a_bad_pattern_is_refused_in_one_sentence(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^the pattern") as refusal:
        compile_pattern(pattern)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("slot", "segments"),
    [
        ("sms: {max_chars: 160}", 1),
        ("sms: {max_chars: 300}", 2),
        ("sms: {max_chars: 307}", 3),
        ("sms: {max_chars: 300, max_segments: 1}", 1),
    ],
)
def test_a_slot_of_the_channel_sms_may_take_the_segments_that_its_characters_need(
    tmp_path: Path, slot: str, segments: int
) -> None:
    (tmp_path / "brand.yaml").write_text(replaced(BRAND, "sms: {max_chars: 160}", slot))
    channels = load_brand(tmp_path).channels
    assert channels["sms"].segments("sms", "sms") == segments
    assert channels["email"].segments("subject", "email") is None


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (
            "competitors: [House Blend]",
            "the name in the lexicon 'House Blend' names the competitor 'House Blend'",
        ),
        (
            "competitors: [corner shop]",
            "the name in the lexicon 'Corner Shop' names the competitor 'corner shop'",
        ),
        ("competitors: [Mouthwatering]", "the banned phrase 'mouthwatering' names the competitor"),
        ("style: {emoji: often}", "style.emoji is 'often': input should be 'never', 'sparingly' or 'free'"),
        ("style: {exclamation_marks: -1}", "style.exclamation_marks is '-1': input should be greater than"),
        ("style: {shouting: never}", "style.shouting is not a known key"),
    ],
)
def test_a_style_or_competitor_that_breaks_a_rule_is_said(tmp_path: Path, added: str, reason: str) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(f"{BRAND}{added}\n")
    assert reason in one_sentence(path, lambda: load_brand(tmp_path))


def test_a_band_of_readability_runs_from_easy_to_hard(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(
        replaced(BRAND, "  tone: warm", "  tone: warm\n  readability: {easiest: 40, hardest: 30}")
    )
    assert "voice.readability: hardest 30 must be more than easiest 40" in one_sentence(
        path, lambda: load_brand(tmp_path)
    )
