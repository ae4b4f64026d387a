"""LIX: words a sentence and long words in a hundred."""

import pytest

from evaluation.gates.gate import Policy, Readability
from evaluation.gates.readability import check_readability, lix
from tests.evaluation.copies import copy_of

EASY = "The cat sat on the mat. It was warm. The dog came in and sat down too. They both had a nap."
HARD = (
    "Notwithstanding considerable organisational complexity, participating households receive comprehensive "
    "documentation explaining subscription arrangements, cancellation procedures and reimbursement conditions in writing at once."
)


@pytest.mark.parametrize(
    ("text", "score"),
    [("", 0.0), ("Fresh bread is here.", 4.0), ("Fresh bread. Warm tomorrow.", 2 + 25.0), (EASY, 22 / 4)],
)
def test_lix_is_computed_by_its_definition(text: str, score: float) -> None:
    assert lix(text) == pytest.approx(score)


def test_a_text_outside_the_band_is_refused_with_its_score() -> None:
    band = Policy(readability=Readability(easiest=10, hardest=45))
    assert check_readability(copy_of(EASY), band).reason == (
        "The text is simpler to read (LIX 6) than the brand wants (at least 10); use fuller sentences."
    )
    assert check_readability(copy_of(HARD), band).reason.startswith("The text is harder to read (LIX 1")
    assert check_readability(copy_of(HARD), Policy()).passed


def test_a_short_text_is_not_measured() -> None:
    short = "Comprehensive documentation explaining reimbursement conditions"
    assert check_readability(copy_of(short), Policy(readability=Readability(hardest=20))).passed


def test_the_long_words_of_keep_phrases_do_not_count() -> None:
    text = (
        "We fit the Thunderbolt Docking Station at your desk, and show you how it works. "
        "It takes an hour at most, on any day you like."
    )
    band = Policy(readability=Readability(hardest=20))
    assert not check_readability(copy_of(text), band).passed
    assert check_readability(copy_of(text, keep=("Thunderbolt Docking Station",)), band).passed
