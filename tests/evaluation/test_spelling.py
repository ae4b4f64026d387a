"""Words of the language, and names with their capital letters."""

import pytest

from evaluation.gates.gate import Policy
from evaluation.gates.spelling import check_spelling
from tests.evaluation.copies import copy_of


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("Fairlow cereal is 2 for $5.", "2 for $5: a box of fairlow cereal"),
        ("The boots from Kitson are warm.", "At kitson: warm boots"),
    ],
)
def test_a_name_that_is_no_word_needs_its_capital_letter(fact: str, text: str) -> None:
    verdict = check_spelling(copy_of(text, fact), Policy(lexicon=("Fairlow",)))
    assert not verdict.passed
    assert verdict.reason.endswith("is a name; write it with its capital letter.")


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        # A fact's first word says nothing of capitals, and an apple is a word.
        ("Tortilloni cost $4.", "Tonight: tortilloni for $4"),
        ("Phones by Apple are repaired.", "An apple a day"),
        ("Our tortilloni beat all other Tortilloni.", "Tonight: tortilloni"),
    ],
)
def test_what_may_be_a_common_word_may_be_small(fact: str, text: str) -> None:
    assert check_spelling(copy_of(text, fact), Policy()).passed
