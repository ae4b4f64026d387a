"""What another way of choosing would have earned, from what was chosen by chance with known probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from content_store.errors import BadInput
from evaluation.measurement.tables import connected, load_numbers

#: Fewer effective rows than this, or than this share of all, and a few rows decide everything.
LEAST_EFFECTIVE = 50
LEAST_SHARE = 0.01
#: Weights have a mean of 1 where the probabilities are right; so far off by chance once in 10,000 tables.
MOST_STANDARD_ERRORS = float(stats.norm.ppf(1 - 0.0001 / 2))

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Value:
    """The mean reward of a policy by four estimators; the direct ones need an estimate of the rewards."""

    #: inverse propensity scoring (Horvitz and Thompson, JASA 47, 1952), and the same with weights that add up to one
    ips: float
    snips: float
    #: the direct method: the estimates alone; and doubly robust (Dudík, Langford and Li, ICML 2011)
    dm: float | None
    dr: float | None
    #: effective sample size: rows that would tell as much if the target policy itself had chosen (Kish 1965)
    ess: float
    #: True when the logged choices overlap too little with the target's to conclude anything
    refused: bool
    reason: str | None
    rows: int
    #: the mean reward of what was chosen
    logged: float
    ips_low: float
    ips_high: float
    snips_low: float
    snips_high: float
    dr_low: float | None
    dr_high: float | None


def evaluate_policy(
    path: Path, reward: str, propensity: str, target: str, estimates: Sequence[str] = ()
) -> Value:
    """The value of the policy whose probability of each logged choice stands in `target`.

    With one column of estimates: the reward expected of the target policy in that row. With two: first that of the choice
    that was made, then that expected of the target policy. BadInput for a row that cannot be: a probability outside
    (0, 1] that was logged, or outside [0, 1] for the target, or a value that is missing.
    """
    if len(estimates) > 2:
        raise BadInput(
            "--estimate is given once (of the target policy) or twice (of the choice made, then of the target)."
        )
    names = list(dict.fromkeys([reward, propensity, target, *estimates]))
    with connected() as connection:
        columns = load_numbers(connection, path, names, {})
        found = connection.execute(f"select {', '.join(columns.values())} from rows").fetchnumpy()
    values = {name: np.ma.filled(found[column].astype(float), np.nan) for name, column in columns.items()}
    for name in names:
        _check(path, name, np.isfinite(values[name]), "is empty; every row needs a value")
    _check(
        path, propensity, (values[propensity] > 0) & (values[propensity] <= 1), "is no probability above 0"
    )
    _check(path, target, (values[target] >= 0) & (values[target] <= 1), "is no probability")
    return value_of(values[reward], values[propensity], values[target], *(values[name] for name in estimates))


def value_of(
    rewards: Numbers,
    propensities: Numbers,
    targets: Numbers,
    *estimates: Numbers,
    customers: NDArray[np.int64] | None = None,
) -> Value:
    """The same from arrays of one number per logged choice; with `customers`, choices of one of them are one draw."""
    rows = len(rewards)
    weights = targets / propensities
    whole = float(weights.sum())
    ess = whole**2 / float((weights**2).sum()) if whole else 0.0
    weighted = weights * rewards
    ips = float(weighted.mean())
    snips = float(weighted.sum() / whole) if whole else float("nan")
    # The ratio's error by the delta method.
    snips_error = (
        error_of_mean(weights * (rewards - snips), customers) * rows / whole if whole else float("nan")
    )
    dm = dr = dr_error = None
    if estimates:
        # Any estimate that does not depend on the choice leaves the result unbiased: weights have a mean of 1.
        made, expected = estimates[0], estimates[-1]
        parts = expected + weights * (rewards - made)
        dm, dr, dr_error = float(expected.mean()), float(parts.mean()), error_of_mean(parts, customers)
    reason = _why_refused(weights, ess, customers)
    half = float(stats.norm.ppf(0.975))
    return Value(
        ips=ips,
        snips=snips,
        dm=dm,
        dr=dr,
        ess=ess,
        refused=reason is not None,
        reason=reason,
        rows=rows,
        logged=float(rewards.mean()),
        ips_low=ips - half * error_of_mean(weighted, customers),
        ips_high=ips + half * error_of_mean(weighted, customers),
        snips_low=snips - half * snips_error,
        snips_high=snips + half * snips_error,
        dr_low=None if dr is None or dr_error is None else dr - half * dr_error,
        dr_high=None if dr is None or dr_error is None else dr + half * dr_error,
    )


def _why_refused(weights: Numbers, ess: float, customers: NDArray[np.int64] | None) -> str | None:
    rows = len(weights)
    if not weights.any():
        return "the target policy would have made none of the logged choices, so they say nothing about it."
    needed = max(LEAST_EFFECTIVE, LEAST_SHARE * rows)
    if rows < needed:
        return f"there are only {rows:,} rows; {needed:,.0f} are needed."
    if ess < needed:
        return (
            f"{rows:,} rows count as only {ess:,.0f}, because the target policy chooses what was seldom chosen;"
            f" {needed:,.0f} are needed. Log choices of a policy that is nearer to it."
        )
    mean, error = float(weights.mean()), error_of_mean(weights, customers)
    if abs(mean - 1) > MOST_STANDARD_ERRORS * error + 1e-9:
        return (
            f"the weights have a mean of {mean:.3f} and not of 1: either the logged probabilities are wrong, or the target"
            " policy makes choices that never were logged."
        )
    return None


def error_of_mean(values: Numbers, customers: NDArray[np.int64] | None = None) -> float:
    """The standard error of a mean over rows, of which a customer may have several."""
    if len(values) < 2:
        return float("nan")
    if customers is None:
        return float(values.std(ddof=1) / np.sqrt(len(values)))
    of_customers = np.bincount(customers, values - values.mean())
    return float(np.sqrt((of_customers**2).sum()) / len(values))


def _check(path: Path, name: str, right: NDArray[np.bool_], what: str) -> None:
    if not right.all():
        first = int(np.argmin(right))
        raise BadInput(
            f"{path}, row {first + 1}: {name} {what} ({int((~right).sum()):,} rows); correct them."
        )
