"""What the support gate leaves to a model: which sentences, and how the models answer."""

from pathlib import Path

import numpy as np
import pytest

from content_store.errors import BadInput
from evaluation.gates.checkable import checkable_sentences, doubtful_sentences
from evaluation.gates.gate import Policy
from evaluation.gates.statements import statements
from evaluation.scores.entailment import entailment, load_nli
from evaluation.scores.statement import examples, learn_statements, states_something
from tests.evaluation.copies import copy_of
from tests.tiny_models import build_encoder, build_nli

FESTIVAL = "The festival is in June."


def test_questions_orders_and_what_the_reader_does_state_nothing() -> None:
    text = "Ready for June? You ran all winter. Pack the tent, and bring a friend. If it rains, stay. Gates open at 9."
    assert [clause.text for clause in statements(text)] == ["Gates open at 9."]


def test_a_clause_that_goes_on_is_told_from_a_first_one() -> None:
    assert [clause.continues for clause in statements("The frames cost £25, carry a stamp and bend without breaking.")] == [
        False, True, True,
    ]  # fmt: skip


def test_a_sentence_of_words_that_no_fact_has_is_doubtful() -> None:
    copy = copy_of("The scaffolding hums at night. The festival is in June. See you.", FESTIVAL)
    assert doubtful_sentences(copy, Policy()) == ["The scaffolding hums at night."]
    assert checkable_sentences(copy, Policy()) == ["The festival is in June."]


def test_the_examples_hold_both_kinds() -> None:
    shown = examples()
    assert (len(shown), sum(example.states for example in shown)) == (824, 464)


def test_an_encoder_that_tells_statements_from_scenes_is_asked() -> None:
    vectors = np.array([[1.0, 0.1 * i] if i % 2 else [-1.0, 0.1 * i] for i in range(20)])
    model = learn_statements(vectors, [i % 2 == 1 for i in range(20)])
    assert model.accuracy == 1.0
    assert states_something(model, np.array([[1.0, 0.5], [-1.0, 0.5]])).round() == pytest.approx([1.0, 0.0])


def test_an_encoder_that_cannot_tell_is_not_asked() -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 4))
    model = learn_statements(vectors, [i % 2 == 0 for i in range(40)])
    assert states_something(model, vectors[:2]).tolist() == [0.0, 0.0]


def test_a_cross_encoder_says_what_follows(tmp_path: Path) -> None:
    nli = load_nli(build_nli(tmp_path, "entailment"))
    assert entailment(nli, [FESTIVAL] * 40, ["It is in June."] * 40).min() > 0.9
    assert entailment(nli, ["x " * 400], ["Too long to read."]).tolist() == [0.0]


def test_a_cross_encoder_without_the_label_is_refused(tmp_path: Path) -> None:
    build_encoder(tmp_path)
    with pytest.raises(BadInput, match="entailment"):
        load_nli(tmp_path / "inner")
