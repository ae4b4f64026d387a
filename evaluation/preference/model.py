"""The probability that an editor would send a copy, from its features."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from evaluation.preference.features import FEATURES

MODEL = Path(__file__).with_name("model.json")
LABELS = Path(__file__).with_name("labels.jsonl")
WEIGHT = 0.3
#: What a text that does more than repeat its facts counts beside one that may merely be sent.
GOOD_COUNTS = 0.5


class Preference(NamedTuple):
    """Two logistic regressions over standardised features: may be sent (label 1 or 2), is good (label 2)."""

    means: NDArray[np.float64]
    scales: NDArray[np.float64]
    sendable: NDArray[np.float64]
    good: NDArray[np.float64]


def fit(rows: NDArray[np.float64], labels: NDArray[np.int_]) -> Preference:
    """From features (n, f) and labels 0 (must not be sent), 1 (right but bare) or 2 (good)."""
    scaler = StandardScaler().fit(rows)
    standard = scaler.transform(rows)
    return Preference(
        scaler.mean_, scaler.scale_, _weights(standard, labels >= 1), _weights(standard, labels == 2)
    )


def _weights(rows: NDArray[np.float64], wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
    found = LogisticRegression(C=WEIGHT, max_iter=1_000).fit(rows, wanted)
    return np.concatenate([found.coef_[0], found.intercept_])


def preference(model: Preference, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """For features (n, f) a number 0..1: two thirds the probability of "may be sent", one third that of "good"."""
    standard = (np.atleast_2d(rows) - model.means) / model.scales
    sendable, good = (
        1 / (1 + np.exp(-(standard @ weights[:-1] + weights[-1]))) for weights in (model.sendable, model.good)
    )
    return np.asarray((sendable + GOOD_COUNTS * good) / (1 + GOOD_COUNTS), dtype=np.float64)


def load_preference() -> Preference:
    """The shipped model; `python -m benchmarks.preference --fit` makes it from the labels."""
    stated = json.loads(MODEL.read_text(encoding="utf-8"))
    assert tuple(stated.pop("features")) == FEATURES
    return Preference(**{name: np.array(values) for name, values in stated.items()})


def store_preference(model: Preference) -> None:
    stated = {name: [round(float(value), 6) for value in values] for name, values in model._asdict().items()}
    MODEL.write_text(json.dumps({"features": FEATURES, **stated}, indent=1) + "\n", encoding="utf-8")
