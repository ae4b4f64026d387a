"""The language of a text is told from its locale's, and never guessed at from a short line with odd names."""

import json
from pathlib import Path

import pytest

import generators
from evaluation.gates.gate import Policy
from evaluation.gates.language import check_language
from tests.evaluation.copies import copy_of, copy_of_row, golden

PAIRS = Path(generators.__file__).parent / "training_data" / "pairs.jsonl"
ROWS = [
    json.loads(line) for line in Path(__file__).with_name("languages.jsonl").read_text("utf-8").splitlines()
]
LOCALES = {"en": "en-US", "fr": "fr-FR", "de": "de-DE", "es": "es-ES", "it": "it-IT", "nl": "nl-NL"}


def refused(language: str, locale: str) -> int:
    """How many of the thirty sentences of a language a locale refuses."""
    texts = [row["text"] for row in ROWS if row["language"] == language]
    assert len(texts) == 30
    return sum(not check_language(copy_of(text, locale=locale), Policy()).passed for text in texts)


@pytest.mark.parametrize("language", ["fr", "de", "es", "it", "nl"])
def test_foreign_sentences_are_refused_where_english_is_wanted(language: str) -> None:
    assert refused(language, "en-US") == 30


@pytest.mark.parametrize(
    ("locale", "caught"), [("fr-FR", 30), ("de-DE", 30), ("es-ES", 30), ("it-IT", 30), ("nl-NL", 27)]
)
def test_english_is_refused_where_another_language_is_wanted(locale: str, caught: int) -> None:
    assert refused("en", locale) == caught


@pytest.mark.parametrize("language", LOCALES)
def test_no_sentence_is_refused_in_its_own_language(language: str) -> None:
    assert refused(language, LOCALES[language]) == 0


def test_no_copy_that_a_person_wrote_in_english_is_refused() -> None:
    pairs = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    rows = [*pairs, *golden("clean"), *golden("validation")]
    assert [row["copy"] for row in rows if not check_language(copy_of_row(row), Policy()).passed] == []


def test_words_that_a_fact_holds_do_not_count() -> None:
    fact = "Pain au chocolat and croissant aux amandes cost $4."
    assert check_language(copy_of("Pain au chocolat, croissant aux amandes: $4", fact), Policy()).passed
    verdict = check_language(copy_of("Venez goûter notre pain au chocolat pour $4", fact), Policy())
    assert verdict.reason == "The text reads like French; en-US needs English."


def test_another_alphabet_is_refused() -> None:
    assert check_language(copy_of("Свежий кофе сегодня"), Policy()).reason == (
        "The text is not written in the letters of English."
    )


def test_a_language_that_is_not_told_apart_is_left_alone() -> None:
    assert check_language(copy_of("Tuore kahvi odottaa aamulla", locale="fi-FI"), Policy()).passed
