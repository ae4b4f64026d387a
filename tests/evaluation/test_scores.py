"""Relevance and support from vectors and texts."""

import numpy as np
import pytest

from evaluation.scores.relevance import relevance
from evaluation.scores.support import align
from evaluation.sentences import sentences


def test_relevance_is_the_mean_of_two_cosines() -> None:
    copies = np.array([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0]])
    scores = relevance(copies, np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]]))
    assert scores.tolist() == pytest.approx([0.5, 0.7, 0.0])


def test_a_brief_without_a_goal_leaves_its_half_out() -> None:
    scores = relevance(np.array([[1.0, 0.0]]), np.array([[0.6, 0.8]]), np.array([[0.0, 0.0]]))
    assert scores.tolist() == pytest.approx([0.6])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It opens at 9 a.m. on Friday. Come early.", ["It opens at 9 a.m. on Friday.", "Come early."]),
        ("It opens at 9 a.m. Come early.", ["It opens at 9 a.m.", "Come early."]),
        ("It costs $4.99 for 12 oz. of No. 1 tea!", ["It costs $4.99 for 12 oz. of No. 1 tea!"]),
        ("Dr. Weiss speaks. Really? Yes.", ["Dr. Weiss speaks.", "Really?", "Yes."]),
        ('"Ready?" Go.', ['"Ready?"', "Go."]),
        ("", []),
    ],
)
def test_sentences_end_where_they_end(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_each_sentence_finds_its_fact_and_a_scene_finds_none() -> None:
    facts = ["Apples cost $2 a bag.", "The shop opens at 8 a.m."]
    said = ["Rain again.", "We open at 8 a.m.", "Apples, $2."]
    vectors = np.eye(3)
    found = align(np.array([vectors[2], vectors[1], vectors[0]]), vectors[:2], said, facts)
    assert [item.fact_index for item in found] == [None, 1, 0]
    assert found[2].similarity == 1.0
