"""Weights that make two groups alike in all that is known of them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from sklearn.linear_model import LogisticRegression

from evaluation.measurement.observed_tables import Numbers


class Overlap(NamedTuple):
    """Overlap weights (Li, Morgan and Zaslavsky, JASA 113, 2018), one per row, and what they were made of."""

    #: how likely each row was to be treated, by a logistic regression
    propensities: Numbers
    #: its independent columns, in standard deviations, an intercept first
    design: Numbers
    #: a treated row weighs as much as it was likely not to be treated, and the other way round
    weights: Numbers
    #: how many rows of one weight would tell as much, treated and not (Kish 1965)
    effective: tuple[float, float]
    #: rows that have nobody of the other kind in their group; they weigh nothing
    alone: int


def overlap_of(treated: Numbers, before: Mapping[str, Numbers], groups: NDArray[np.int64] | None) -> Overlap:
    """Weights under which both groups have the same average of every column of `before`, and of every group.

    Whoever was sure to be treated, or not to be, weighs nothing. Groups are columns too: then the weights of a group add
    up to the same on both sides, so that each row is compared with rows of its group only.
    """
    paired = _paired(treated, groups)
    columns = list(before.values())
    columns += (
        [] if groups is None else [(groups == group).astype(float) for group in np.unique(groups[paired])]
    )
    design = _independent(np.column_stack(columns), paired)
    propensities = _propensities(treated, design, paired)
    weights = np.where(treated == 1, 1 - propensities, propensities) * paired
    effective = _effective(weights * treated), _effective(weights * (1 - treated))
    return Overlap(propensities, design, weights, effective, int((~paired).sum()))


def _paired(treated: Numbers, groups: NDArray[np.int64] | None) -> NDArray[np.bool_]:
    """Whether there is a row of the other kind in a row's group."""
    if groups is None:
        return np.ones(len(treated), dtype=bool)
    rows, ones = np.bincount(groups), np.bincount(groups, weights=treated)
    return np.asarray(((ones > 0) & (ones < rows))[groups])


def _propensities(treated: Numbers, design: Numbers, paired: NDArray[np.bool_]) -> Numbers:
    if design.shape[1] == 1 or not paired.any():
        return np.full(len(treated), treated.mean())
    with warnings.catch_warnings():
        # Where the columns tell the groups apart entirely the fit runs off; then hardly any row keeps a weight.
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8, max_iter=100)
        model.fit(design[paired, 1:], treated[paired])
    return np.asarray(model.predict_proba(design[:, 1:])[:, 1])


def _independent(columns: Numbers, paired: NDArray[np.bool_]) -> Numbers:
    """Columns in standard deviations of the paired rows, without those that the others make up."""
    one = np.ones((len(columns), 1))
    if not paired.any():
        return one
    base = columns[paired]
    deviations = base.std(axis=0)
    varying = deviations > 1e-12 * (1 + np.abs(base).max(axis=0))
    scaled = (columns[:, varying] - base[:, varying].mean(axis=0)) / deviations[varying]
    if not varying.any():
        return one
    upper, order = linalg.qr(scaled[paired], mode="r", pivoting=True)
    strength = np.abs(np.diag(upper))
    chosen = np.sort(order[: int((strength > 1e-8 * strength[0]).sum())])
    return np.hstack([one, scaled[:, chosen]])


def _effective(weights: Numbers) -> float:
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0
