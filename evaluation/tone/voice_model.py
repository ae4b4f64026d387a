"""A brand's voice, learned: the probability that a text is in it, and which of the eight tones it is written in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from evaluation.gates.text import plain
from evaluation.tone.examples import Example
from evaluation.tone.style_features import NAMES, style_features
from evaluation.tone.voice_words import allowed_words

# Chosen by cross-validation on the shipped examples; the results are flat around them.
VECTOR_SHARE = 0.3
FURTHEST = 4.0
STRENGTH = 0.1
FOLDS = 5

#: A text of the brand's own counts as many shipped ones, all of them together at most half as much as those.
OWN_WEIGHT = 5.0
OWN_SHARE = 0.5

#: At most this share of good copy, held out of the learning, may be refused as off voice.
REFUSED_SHARE = 0.008

Rows = NDArray[np.float64]
Vectors = NDArray[np.float32]


class Text(NamedTuple):
    """A text to be read; what its facts and the audience say (`allowed_words`) is not held against it."""

    text: str
    allowed: str = ""


class Reading(NamedTuple):
    """For n texts: the probability of being in voice (n,), of each tone (n, 8), and their style features (n, f)."""

    in_voice: Rows
    tones: Rows
    style: Vectors


@dataclass(frozen=True)
class VoiceModel:
    """What was learned; a text whose probability of being in voice is below `least` is refused.

    `approved` are the brand's own texts in plain form, `said` their words.
    """

    scaler: StandardScaler
    voice: LogisticRegression
    calibration: LogisticRegression
    tones: LogisticRegression
    least: float
    said: str
    approved: frozenset[str]


def learn_voice(
    shipped: Sequence[Example],
    shipped_vectors: Vectors,
    own: Sequence[Example] = (),
    own_vectors: Vectors | None = None,
) -> VoiceModel:
    """A brand's model from the shipped examples and its own; the same texts always give the same model.

    Probabilities are for even odds: as if one half of all texts were off voice. They come from held-out folds
    (Platt, 1999), and so does `least`.
    """
    examples = [*shipped, *own]
    vectors = shipped_vectors if own_vectors is None or not own else np.vstack([shipped_vectors, own_vectors])
    said = allowed_words(example.text for example in own if example.in_voice)
    style = _style([Text(example.text) for example in examples])
    scaler = StandardScaler().fit(style)
    inputs = _inputs(scaler, style, vectors)
    good = np.array([example.in_voice for example in examples])
    weights = _weights(good, len(shipped))
    margins = _held_out_margins(inputs, good, weights)
    calibration = LogisticRegression().fit(margins[:, None], good, weights)
    toned = np.array([example.tone is not None for example in examples])
    named = np.array([example.tone or "" for example in examples])[toned]
    human = toned[: len(shipped)]
    return VoiceModel(
        scaler,
        _logistic().fit(inputs, good, weights),
        calibration,
        _logistic().fit(inputs[toned], named, weights[toned] / weights[toned].mean()),
        float(
            np.quantile(calibration.predict_proba(margins[: len(shipped)][human, None])[:, 1], REFUSED_SHARE)
        ),
        said,
        frozenset(plain(example.text) for example in own if example.in_voice),
    )


def read_voice(model: VoiceModel, texts: Sequence[Text], vectors: Vectors) -> Reading:
    """How n texts sound, with their vectors (n, d)."""
    style = _style([Text(text.text, model.said + text.allowed) for text in texts])
    if not texts:
        return Reading(np.zeros(0), np.zeros((0, len(model.tones.classes_))), style)
    inputs = _inputs(model.scaler, style, vectors)
    margins = model.voice.decision_function(inputs)
    return Reading(
        model.calibration.predict_proba(margins[:, None])[:, 1], model.tones.predict_proba(inputs), style
    )


def off_voice_pull(model: VoiceModel, style: Vectors) -> dict[str, float]:
    """How far each style feature of one text (f,) pulls it off voice, in log-odds against the average text."""
    scaled = np.clip(model.scaler.transform(style[None])[0], -FURTHEST, FURTHEST)
    return dict(zip(NAMES, (-model.voice.coef_[0, : len(NAMES)] * scaled).tolist(), strict=True))


def _style(texts: Sequence[Text]) -> Vectors:
    return np.array([style_features(text.text, text.allowed) for text in texts], np.float32).reshape(
        -1, len(NAMES)
    )


def _inputs(scaler: StandardScaler, style: Vectors, vectors: Vectors) -> Rows:
    """Style first, each feature by its spread, then the vector, whose numbers are about `VECTOR_SHARE` each."""
    meaning = vectors * (VECTOR_SHARE * np.sqrt(vectors.shape[1]))
    return np.hstack([np.clip(scaler.transform(style), -FURTHEST, FURTHEST), meaning])


def _weights(good: NDArray[np.bool_], shipped: int) -> Rows:
    """Even weight of good and bad texts, in each the brand's own above the shipped."""
    weights = np.ones(len(good))
    for side in (good, ~good):
        own = side.copy()
        own[:shipped] = False
        base = side.sum() - own.sum()
        weights[own] = min(OWN_WEIGHT, OWN_SHARE * base / max(1, own.sum()))
        weights[side] *= len(good) / 2 / weights[side].sum()
    return weights


def _held_out_margins(inputs: Rows, good: NDArray[np.bool_], weights: Rows) -> Rows:
    margins = np.zeros(len(good))
    for known, held_out in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(inputs, good):
        model = _logistic().fit(inputs[known], good[known], weights[known])
        margins[held_out] = model.decision_function(inputs[held_out])
    return margins


def _logistic() -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=500)
