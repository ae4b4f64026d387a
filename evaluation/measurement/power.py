"""How many units an experiment needs, and what it can tell apart with those it has, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt

from scipy import optimize, stats

from content_store.errors import BadInput

#: Mean of a unit's value -> its variance.
Variance = Callable[[float], float]


@dataclass(frozen=True)
class Plan:
    """An experiment whose arms have one size and are compared with the control one by one."""

    arms: int
    units_per_arm: int
    #: the smallest true difference that is found with this power
    lift: float
    relative_lift: float | None
    power: float
    alpha: float


def of_mean(deviation: float) -> Variance:
    """The variance of values with this standard deviation, whatever their mean."""
    if not deviation > 0:
        raise BadInput("the standard deviation must be above 0.")
    return lambda _: deviation**2


def of_share(share: float) -> float:
    """The variance of a yes or no."""
    return share * (1 - share)


def units_needed(
    baseline: float,
    variance: Variance,
    lift: float,
    *,
    arms: int = 2,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Plan:
    """Units in each arm so that a true `lift` over `baseline` is found with this power; two-sided, Bonferroni over arms."""
    _check(arms, power, alpha)
    if lift == 0:
        raise BadInput("a lift of 0 cannot be told from none; give the smallest one that matters.")
    _check_reachable(variance, baseline, lift)
    units = _units(baseline, variance, lift, arms, power, alpha)
    return Plan(arms, max(ceil(units), 2), lift, _relative(lift, baseline), power, alpha)


def lift_found(
    baseline: float, variance: Variance, units: int, *, arms: int = 2, power: float = 0.8, alpha: float = 0.05
) -> Plan:
    """The smallest lift over `baseline` that so many units in each arm tell from none with this power."""
    _check(arms, power, alpha)
    _check_reachable(variance, baseline, 0.0)
    if units < 2:
        raise BadInput("an arm needs two units or more.")
    most = 1 - baseline if variance is of_share else 1e6 * sqrt(variance(baseline))
    if _units(baseline, variance, most * (1 - 1e-9), arms, power, alpha) > units:
        raise BadInput(f"{units:,} units in an arm are too few to tell any share from {baseline:g}.")

    def missing(lift: float) -> float:
        return _units(baseline, variance, lift, arms, power, alpha) - units

    lift = float(optimize.brentq(missing, most * 1e-9, most * (1 - 1e-9)))
    return Plan(arms, units, lift, _relative(lift, baseline), power, alpha)


def _units(baseline: float, variance: Variance, lift: float, arms: int, power: float, alpha: float) -> float:
    """Both arms' variances over the squared distance that is to be seen (Cohen 1988, 2.4 and 6.4, unpooled)."""
    quantiles = float(stats.norm.ppf(1 - alpha / (2 * (arms - 1))) + stats.norm.ppf(power))
    return (variance(baseline) + variance(baseline + lift)) * (quantiles / lift) ** 2


def _relative(lift: float, baseline: float) -> float | None:
    return lift / baseline if baseline else None


def _check_reachable(variance: Variance, baseline: float, lift: float) -> None:
    if variance is of_share and not (0 < baseline < 1 and 0 < baseline + lift < 1):
        raise BadInput(
            f"a share of {baseline:g} and one of {baseline + lift:g} must both lie between 0 and 1."
        )


def _check(arms: int, power: float, alpha: float) -> None:
    if arms < 2:
        raise BadInput("an experiment has two arms or more, the control among them.")
    if not 0 < alpha < power < 1:
        raise BadInput("alpha must be above 0, and power between alpha and 1.")
