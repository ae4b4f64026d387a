"""Text messages are counted in the segments that they cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.gates.gate import Policy
from evaluation.gates.sms import GSM, GSM_EXTENSION, check_sms, segments
from tests.evaluation.copies import copy_of


@pytest.mark.parametrize(
    ("text", "encoding", "number", "odd"),
    [
        ("", "GSM-7", 1, ()),
        ("a" * 160, "GSM-7", 1, ()),
        ("a" * 161, "GSM-7", 2, ()),
        ("a" * 306, "GSM-7", 2, ()),
        ("a" * 307, "GSM-7", 3, ()),
        ("€" * 80, "GSM-7", 1, ()),
        ("€" * 80 + "a", "GSM-7", 2, ()),
        # An escape and its character stay together, so that 153 septets hold 76 of these.
        ("€" * 152, "GSM-7", 2, ()),
        ("€" * 153, "GSM-7", 3, ()),
        ("Crème brûlée", "UCS-2", 1, ("û",)),
        ("ça" + "a" * 68, "UCS-2", 1, ("ç",)),
        ("ça" + "a" * 69, "UCS-2", 2, ("ç",)),
        ("ç" * 135, "UCS-2", 3, ("ç",)),
        ("😀" * 35, "UCS-2", 1, ("😀",)),
        # A pair is not cut either: 67 units hold 33.
        ("😀" * 67, "UCS-2", 3, ("😀",)),
        ("It’s “ready” – now", "UCS-2", 1, ("’", "“", "”", "–")),
    ],
)
def test_a_text_takes_so_many_segments(text: str, encoding: str, number: int, odd: tuple[str, ...]) -> None:
    assert segments(text) == (encoding, number, odd)


@given(st.text(alphabet=sorted(GSM | GSM_EXTENSION), min_size=1), st.text(min_size=0, max_size=300))
def test_more_text_never_takes_fewer_segments(start: str, rest: str) -> None:
    assert segments(start).number <= segments(start + rest).number
    assert segments(start).encoding == "GSM-7"


def test_the_reason_names_the_character_that_costs() -> None:
    verdict = check_sms(copy_of("ça" + "a" * 100, slot="sms"), Policy())
    assert verdict.reason == (
        "The text takes 2 segments because of “ç”, which plain text messages lack; sms may take 1."
    )


def test_the_ending_of_the_channel_counts() -> None:
    policy = Policy(suffixes={"sms": "Reply STOP to opt out"})
    assert check_sms(copy_of("a" * 138, slot="sms"), policy).passed
    verdict = check_sms(copy_of("a" * 139, slot="sms"), policy)
    assert verdict.reason == "The text with its ending takes 2 segments; sms may take 1."


def test_other_slots_have_no_segments() -> None:
    assert check_sms(copy_of("ç" * 500, slot="opening"), Policy()).passed
    assert check_sms(copy_of("ç" * 100, slot="sms"), Policy(segment_limits={"sms": 2})).passed
