"""How sure the difference of two means is where a customer may have added several rows to both."""

from __future__ import annotations

from math import exp, sqrt
from typing import Any, NamedTuple

from scipy import stats

from evaluation.measurement.sequences import sequential_half_width

#: A standard error below this share of the means is what rounding leaves of none.
_ROUNDING = 1e-12


class Squares(NamedTuple):
    """The customers of both sides, and of what each adds to both means the sums of squares and products.

    A customer is one draw: what their rows add is summed first and squared then, and the sum of the squares is the squared
    error (Liang and Zeger, Biometrika 73, 1986), whether the rows hang together or not.
    """

    n: int
    control_n: int
    converted: int
    control_converted: int
    ours: float
    theirs: float
    both: float


def difference(squares: Squares, mean: float, control: float, freedom: float) -> dict[str, Any]:
    """The numbers of a Comparison that a test gives, by Student's t; only the difference where all rows are alike."""
    lift = mean - control
    error = sqrt(max(0.0, squares.ours + squares.theirs - 2 * squares.both))
    if error <= _ROUNDING * max(abs(mean), abs(control)):
        return {"lift": lift}
    quantile = float(stats.t.ppf(0.975, freedom))
    units = squares.n + squares.control_n
    sequential = sequential_half_width(error, units, planned=units)
    return {
        "lift": lift, "lift_low": lift - quantile * error, "lift_high": lift + quantile * error,
        "p_value": float(2 * stats.t.sf(abs(lift) / error, freedom)),
        "sequential_low": lift - sequential, "sequential_high": lift + sequential,
    } | _relative(squares, mean, control, quantile)  # fmt: skip


def _relative(squares: Squares, mean: float, control: float, quantile: float) -> dict[str, Any]:
    """The quotient less one, its interval by the delta method for the logarithm; none where a mean may be zero."""
    sure = control > quantile * sqrt(squares.theirs) and mean > quantile * sqrt(squares.ours)
    if not sure:
        return {}
    ratio = mean / control
    squared = squares.ours / mean**2 + squares.theirs / control**2 - 2 * squares.both / (mean * control)
    times = exp(quantile * sqrt(max(0.0, squared)))
    return {
        "relative_lift": ratio - 1,
        "relative_lift_low": ratio / times - 1,
        "relative_lift_high": ratio * times - 1,
    }
