"""What changed between two texts, word by word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.diff import word_diff

TEXTS = st.text(alphabet="ab $5.9,!é\n’-%", max_size=40)


def test_changed_words_stand_apart_and_the_rest_is_left_in_peace() -> None:
    pieces = word_diff("House Blend is $5.99. Twelve ounces.", "House Blend costs just $4.99. Twelve ounces!")
    assert [tuple(piece) for piece in pieces] == [
        ("same", "House Blend "),
        ("removed", "is $5.99"),
        ("added", "costs just $4.99"),
        ("same", ". Twelve ounces"),
        ("removed", "."),
        ("added", "!"),
    ]


def test_the_same_text_is_one_piece_and_two_blanks_none() -> None:
    assert [tuple(piece) for piece in word_diff("Hot coffee.", "Hot coffee.")] == [("same", "Hot coffee.")]
    assert word_diff("", "") == []


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_the_pieces(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new
    assert all(piece.text for piece in pieces)
