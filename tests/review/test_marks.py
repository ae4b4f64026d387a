"""Texts cut into sentences and keep phrases."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.marks import mark_kept, stretches

WORDS = st.text(alphabet="ab5 $.", max_size=20)


def test_keep_phrases_are_marked_as_whole_words_in_any_case_the_longer_first() -> None:
    pieces = mark_kept("Rising crust, 2 for $9. Not $90.", ["rising crust", "$9", "2 for $9"])
    assert [piece.text for piece in pieces if piece.kept] == ["Rising crust", "2 for $9"]


def test_sentences_are_numbered_and_what_stands_between_them_is_not() -> None:
    cut = stretches("Hot. Fresh daily.", ["Hot.", "Gone.", "Fresh daily."], [])
    assert [(part.number, part.pieces[0].text) for part in cut] == [
        (0, "Hot."),
        (None, " "),
        (2, "Fresh daily."),
    ]


@given(WORDS, st.lists(WORDS, max_size=3), st.lists(WORDS, max_size=3))
def test_no_character_is_lost(text: str, sentences: list[str], keep: list[str]) -> None:
    cut = stretches(text, sentences, keep)
    assert "".join(piece.text for part in cut for piece in part.pieces) == text
