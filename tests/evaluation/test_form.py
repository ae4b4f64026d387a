"""A brand's style: emoji, exclamation marks, capitals; and what no brand wants."""

import pytest

from evaluation.gates.form import check_form
from evaluation.gates.gate import Policy, Style
from tests.evaluation.copies import copy_of


@pytest.mark.parametrize(
    ("style", "text", "reason"),
    [
        (Style(), "Fresh bread 🍞", '"🍞" is an emoji or a decorative sign; use words.'),
        (Style(emoji="sparingly"), "Fresh bread 🍞", ""),
        (Style(emoji="sparingly"), "The team 👩🏽‍🍳 is in", ""),
        (Style(emoji="sparingly"), "Bread 🍞 and tea 🍵", "There are 2 emoji; the brand allows one."),
        (Style(emoji="free"), "Bread 🍞🍞 and tea 🍵", ""),
        (Style(), "Hello! Come in", ""),
        (Style(), "Hello! Come in!", "There are 2 exclamation marks; the brand allows 1."),
        (Style(exclamation_marks=0), "Hello!", "There is 1 exclamation mark; the brand allows none."),
        (Style(exclamation_marks=2), "Hello! Come in!", ""),
        (Style(), "FRESH bread", '"FRESH" is in capitals; write it in lower case.'),
        (Style(capitals="free"), "FRESH BREAD", ""),
        (
            Style(capitals="sentence"),
            "Your Weekly Shop Made Easy",
            '"Weekly" is in title case; only names and the first word have a capital.',
        ),
        (Style(capitals="sentence"), "Your weekly shop at Corner Market", ""),
    ],
)
def test_the_style_of_the_brand_decides(style: Style, text: str, reason: str) -> None:
    copy = copy_of(text, "We are Corner Market.")
    assert check_form(copy, Policy(style=style)).reason == reason


def test_an_emoji_of_a_keep_phrase_stays() -> None:
    assert check_form(copy_of("Code BREAD 🍞 at the till", "BREAD 🍞", keep=("BREAD 🍞",)), Policy()).passed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Fresh \u202ebread", "The text holds the hidden character U+202E; remove it."),
        ("Fresh bread\U000e0067", "The text holds the hidden character U+E0067; remove it."),
        ("Fre\u200bsh bread", "The text holds the hidden character U+200B; remove it."),
        ("Fresh brеad", '"brеad" mixes the letters of two alphabets; type it anew.'),
        ("So goooood", '"ooooo" repeats one letter.'),
        ("B-r-e-a-d-s", '"B-r-e-a-d-s" sets letters apart; write whole words.'),
    ],
)
def test_what_hides_or_stretches_a_word_is_refused(text: str, reason: str) -> None:
    assert check_form(copy_of(text), Policy()).reason == reason


@pytest.mark.parametrize(
    "text", ["Brrr, tea", "Zum Mit\u00adnehmen", "10 μm filters", "Si vous vous levez tôt"]
)
def test_what_people_write_passes(text: str) -> None:
    assert check_form(copy_of(text), Policy()).passed


def test_a_run_that_the_facts_hold_twice_may_come_back() -> None:
    text = "The blue card costs 9 euros a month in town; the red card costs 9 euros a month at sea."
    facts = ("The blue card costs 9 euros a month.", "The red card costs 9 euros a month.")
    assert check_form(copy_of(text, *facts), Policy()).passed
    assert not check_form(copy_of(text, facts[0]), Policy()).passed
