"""What can be said where nobody was assigned by chance: how unlike the groups were, and a difference among those alike.

Never an effect: whoever was chosen was chosen for a reason, and a reason that stands in no column stays in the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, sqrt
from typing import Any

import numpy as np
from scipy import stats
from tea_tasting.aggr import Aggregates

from evaluation.measurement.analysis import compare
from evaluation.measurement.observed_tables import Numbers, Observations
from evaluation.measurement.off_policy import LEAST_EFFECTIVE
from evaluation.measurement.overlap import Overlap, overlap_of
from evaluation.measurement.tables import Metric

NO_EXPERIMENT = "This is no experiment: nobody was chosen by chance, so no difference here is an effect, and no causal claim follows."

#: Groups that differ by more standard deviations than this are not alike (Austin, Statistics in Medicine 28, 2009).
MOST_UNLIKE = 0.1


@dataclass(frozen=True)
class Balance:
    """One thing that was so before: treated minus others, in standard deviations, as it is and after weighting."""

    covariate: str
    before: float
    after: float | None


@dataclass(frozen=True)
class Observed:
    """One metric of those who were treated against the others. A number that the data do not give is None."""

    metric: str
    #: rows with a value, treated and not
    n: int
    control_n: int
    #: as it stands, with a 95 % interval
    mean: float | None = None
    control_mean: float | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    #: among those who could have been in either group, with a 95 % interval
    adjusted_mean: float | None = None
    adjusted_control_mean: float | None = None
    adjusted: float | None = None
    adjusted_low: float | None = None
    adjusted_high: float | None = None
    #: how many rows of one weight would tell as much (Kish 1965)
    effective: float = 0.0
    control_effective: float = 0.0
    #: how many times as likely an unseen reason must make both, being treated and the outcome, to explain the adjusted
    #: difference away, and to let its interval reach zero
    e_value: float | None = None
    e_value_of_interval: float | None = None
    #: the most unlike first
    balance: list[Balance] = field(default_factory=list)
    #: True when the groups overlap too little to adjust anything
    refused: bool = False
    refused_because: str | None = None
    causal: bool = False
    reason: str = NO_EXPERIMENT
    notes: list[str] = field(default_factory=list)


def observe(data: Observations, metric: Metric) -> Observed:
    """A metric of the treated against the others, adjusted by what was so before.

    Nothing is adjusted, and `refused_because` says why, where the groups overlap too little.
    """
    values = data.outcomes[metric.name]
    known = ~np.isnan(values)
    treated, values = data.treated[known], values[known]
    before = {name: column[known] for name, column in data.before.items()}
    groups = None if data.groups is None else data.groups[known]
    notes = list(data.notes)
    if not known.all():
        notes.append(f"{metric.name}: {int((~known).sum()):,} rows without a value are left out.")
    sizes = int((treated == 1).sum()), int((treated == 0).sum())
    if min(sizes) < 2:
        because = f"{metric.name} has {sizes[0]:,} and {sizes[1]:,} values, which are too few."
        return Observed(metric.name, *sizes, refused=True, refused_because=because, notes=notes)
    overlap = overlap_of(treated, before, groups)
    if overlap.alone:
        notes.append(
            f"{overlap.alone:,} rows have nobody of the other kind in their group and count nothing."
        )
    balance = _balance(treated, before, overlap.weights)
    refusal = _why_refused(overlap.effective, sizes, balance)
    ours, others = (_sums(metric, values[treated == kind]) for kind in (1, 0))
    plain = compare(others, ours, metric)
    found = Observed(
        metric.name,
        *sizes,
        ours.mean(metric.name),
        others.mean(metric.name),
        plain["lift"],
        plain["lift_low"],
        plain["lift_high"],
        effective=overlap.effective[0],
        control_effective=overlap.effective[1],
        balance=balance,
        refused=refusal is not None,
        refused_because=refusal,
        notes=notes,
    )
    return found if refusal else replace(found, **_adjusted(metric, treated, values, overlap))


def e_value(ratio: float) -> float:
    """The risk ratio that an unseen reason needs on both sides to explain a ratio away.

    VanderWeele and Ding, Annals of Internal Medicine 167, 2017.
    """
    above = max(ratio, 1 / ratio)
    return above + sqrt(above * (above - 1))


def sentence(found: Observed) -> str:
    """What may be said of the adjusted difference."""
    if found.refused or found.adjusted is None:
        return f"nothing is adjusted: {found.refused_because}"
    text = (
        f"among those alike (worth {found.effective:,.0f} and {found.control_effective:,.0f} rows)"
        f" {found.adjusted_mean:.5g} against {found.adjusted_control_mean:.5g}, {found.adjusted:+.4g}"
    )
    if found.adjusted_low is None or found.adjusted_high is None:
        return text + "."
    text += f" ({found.adjusted_low:+.4g} to {found.adjusted_high:+.4g})"
    if found.adjusted_low <= 0 <= found.adjusted_high:
        return text + ": it may as well be nothing."
    if found.e_value is None or found.e_value_of_interval is None:
        return text + "."
    return text + (
        f". An unseen reason that makes both {found.e_value:.2f} times as likely would explain it away, one of"
        f" {found.e_value_of_interval:.2f} would let the interval reach zero."
    )


def _sums(metric: Metric, values: Numbers) -> Aggregates:
    return Aggregates(
        len(values), {metric.name: float(values.mean())}, {metric.name: float(values.var(ddof=1))}
    )


def _balance(treated: Numbers, before: Mapping[str, Numbers], weights: Numbers) -> list[Balance]:
    ours, others = weights * treated, weights * (1 - treated)
    found = []
    for name, column in before.items():
        first, second = column[treated == 1], column[treated == 0]
        # Where neither group varies in itself there is only the spread of both together.
        scale = sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2) or float(column.std()) or 1.0
        gap = float(first.mean() - second.mean())
        after = None
        if ours.any() and others.any():
            after = float(np.average(column, weights=ours) - np.average(column, weights=others)) / scale
        found.append(Balance(name, gap / scale, after))
    return sorted(found, key=lambda item: -abs(item.before))


def _why_refused(
    effective: tuple[float, float], sizes: tuple[int, int], balance: Sequence[Balance]
) -> str | None:
    if min(effective) < LEAST_EFFECTIVE:
        return (
            f"the groups overlap too little; among those alike, {sizes[0]:,} and {sizes[1]:,} rows are worth {effective[0]:,.0f}"
            f" and {effective[1]:,.0f}, and {LEAST_EFFECTIVE} of each are needed."
        )
    worst = max(balance, key=lambda item: abs(item.after or 0.0), default=None)
    if worst is not None and abs(worst.after or 0.0) > MOST_UNLIKE:
        return f"no weights make the groups alike; {worst.covariate} still differs by {worst.after:+.2f} standard deviations."
    return None


def _adjusted(metric: Metric, treated: Numbers, values: Numbers, overlap: Overlap) -> dict[str, Any]:
    """The weighted difference with its interval, and how strong a reason would explain it away.

    The standard error is the sandwich that knows that the propensities were estimated (Li, Thomas and Li, American
    Journal of Epidemiology 188, 2019). It comes down to the residuals of a weighted regression: what the covariates
    explain of the outcome widens nothing.
    """
    propensities, design, weights, effective, _ = overlap
    mean = float(np.average(values, weights=weights * treated))
    control_mean = float(np.average(values, weights=weights * (1 - treated)))
    difference = mean - control_mean
    residuals = values - np.where(treated == 1, mean, control_mean)
    doubt = propensities * (1 - propensities) * (weights > 0)
    root = np.sqrt(doubt)
    slopes = np.linalg.lstsq(design * root[:, None], residuals * root, rcond=None)[0]
    parts = (treated - propensities) * (weights > 0) * (residuals - design @ slopes)
    lost = len(values) / max(len(values) - design.shape[1], 1)
    error = sqrt(float((parts**2).sum()) * lost) / float(doubt.sum())
    spread = sqrt(float(np.average(residuals**2, weights=weights)))
    found: dict[str, float | None] = {
        "adjusted_mean": mean,
        "adjusted_control_mean": control_mean,
        "adjusted": difference,
    }
    if spread == 0:
        return found
    half = float(stats.t.ppf(0.975, min(effective) - 1)) * error
    nearest = difference - half if difference > 0 else difference + half
    found |= {"adjusted_low": difference - half, "adjusted_high": difference + half}
    return found | {
        "e_value": _explained_away(metric, difference, control_mean, spread),
        "e_value_of_interval": _explained_away(metric, nearest, control_mean, spread)
        if nearest * difference > 0
        else 1.0,
    }


def _explained_away(metric: Metric, difference: float, control_mean: float, spread: float) -> float | None:
    """The E-value of a difference; that of means by way of standard deviations, which is an approximation."""
    if metric.kind == "mean":
        return e_value(exp(0.91 * difference / spread))
    if control_mean <= 0 or control_mean + difference <= 0:
        return None
    return e_value((control_mean + difference) / control_mean)
