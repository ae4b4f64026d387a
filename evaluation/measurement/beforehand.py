"""Whether the arms of an experiment were alike before it began, as chance makes them."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from scipy import stats
from tea_tasting.aggr import Aggregates

from evaluation.measurement.tables import Metric, Table, summed


class Before(NamedTuple):
    """What an arm's covariate was, and how likely chance makes it differ so much from the control's."""

    p_value: float
    sentence: str


def differences_before(table: Table, control: str, covariate: str | None) -> dict[str, Before]:
    """By arm; without a covariate, or where an arm has too few units to tell, there is none."""
    if covariate is None:
        return {}
    sums = summed(table, Metric(covariate, "mean")).arms
    first, found = sums.get(control), {}
    for arm, second in sums.items():
        p_value = None if first is None or arm == control else by_chance(first, second, covariate)
        if first is not None and p_value is not None:
            means = f"{covariate}: {second.mean(covariate):.5g} in {arm}, {first.mean(covariate):.5g} in {control}"
            sentence = f"The arms differed before the experiment ({means}); this is not chance."
            found[arm] = Before(p_value, sentence)
    return found


def by_chance(first: Aggregates, second: Aggregates, name: str) -> float | None:
    """How likely two means are as far apart when all units were dealt into the two arms by chance.

    A permutation test by its normal limit (Hoeffding, Annals of Mathematical Statistics 22, 1951). None below two units.
    """
    n, m = first.count(), second.count()
    if min(n, m) < 2:
        return None
    gap = second.mean(name) - first.mean(name)
    whole = (n - 1) * first.var(name) + (m - 1) * second.var(name) + n * m / (n + m) * gap**2
    error = sqrt(whole / (n + m - 1) * (1 / n + 1 / m))
    return float(2 * stats.norm.sf(abs(gap) / error)) if error else 1.0
