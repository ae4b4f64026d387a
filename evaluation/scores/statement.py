"""Score: how likely a sentence states something of an offer, as a fact does, rather than sets a scene."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

EXAMPLES = Path(__file__).with_name("statement_examples.jsonl")
# Where a sentence that no fact carries is at least this likely a statement, the support gate refuses it.
REFUSED_FROM = 0.83
# An encoder that tells the examples apart less often than this is not asked (half is chance).
LEAST_ACCURACY = 0.8
WEIGHT = 3.0


class Example(NamedTuple):
    text: str
    states: bool


class StatementModel(NamedTuple):
    """`accuracy` is the share of the examples told rightly in five-fold cross-validation, 0..1."""

    classifier: LogisticRegression
    accuracy: float


def examples() -> list[Example]:
    """Facts and invented statements, and sentences of human copy that no fact carries."""
    rows = map(json.loads, EXAMPLES.read_text(encoding="utf-8").splitlines())
    return [Example(row["text"], row["states"]) for row in rows]


def learn_statements(vectors: NDArray[np.floating], states: Sequence[bool]) -> StatementModel:
    """Logistic regression over the embeddings (n, d) of the examples."""
    classifier = LogisticRegression(C=WEIGHT, max_iter=2_000, class_weight="balanced")
    accuracy = cross_val_score(classifier, vectors, states, cv=5).mean()
    return StatementModel(classifier.fit(vectors, states), float(accuracy))


def states_something(model: StatementModel, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """The probability of each row of (n, d), 0..1; 0 for all where the encoder cannot tell."""
    if model.accuracy < LEAST_ACCURACY or len(vectors) == 0:
        return np.zeros(len(vectors))
    return np.asarray(model.classifier.predict_proba(vectors)[:, 1], dtype=np.float64)
