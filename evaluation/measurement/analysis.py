"""An experiment's arms against its control, metric by metric, with what a reader needs to believe it or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite, sqrt
from typing import Any

from scipy import stats
from tea_tasting.aggr import Aggregates
from tea_tasting.metrics import Proportion, RatioOfMeans
from tea_tasting.metrics.mean import MeanResult

from content_store.errors import BadInput
from evaluation.measurement.beforehand import Before, differences_before
from evaluation.measurement.comparison import BALANCE_ALARM, Comparison
from evaluation.measurement.sequences import PLANNED_UNITS, sequential_half_width
from evaluation.measurement.tables import Metric, Summed, Table, labels, named_arm, summed

#: Below so many units an interval of proportions is Newcombe's, and the test exact.
SMALL = 1_000

#: In so small an arm the spread of amounts is hardly known, and is smallest when its mean is.
SMALL_ARM = 200

_Z = float(stats.norm.ppf(0.975))


def analyze(
    table: Table,
    control: str,
    metrics: Sequence[Metric],
    *,
    covariate: str | None = None,
    shares: Mapping[str, float] | None = None,
    planned: int = PLANNED_UNITS,
) -> list[Comparison]:
    """Every other arm against the control. With a covariate, means and ratios are adjusted by it (CUPED; Deng, Xu,
    Kohavi and Walker, WSDM 2013). `shares` are those that the arms were meant to have; equal ones without it.
    """
    called = named_arm(control, table.sizes)
    if called is None:
        raise BadInput(f"{table.label}: no row has the arm {control!r}; there are {', '.join(table.sizes)}.")
    control = called
    if covariate in {name for metric in metrics for name in metric.columns}:
        raise BadInput(f"--covariate {covariate} is a metric too; a covariate is from before the experiment.")
    srm = sample_ratio(table.sizes, shares)
    before = differences_before(table, control, covariate)
    lines = []
    for label, metric in zip(labels(metrics), metrics, strict=True):
        found = summed(table, metric, covariate)
        for arm in table.sizes:
            if arm != control:
                line = _compare(arm, control, metric, found, covariate, srm, planned, table.notes)
                lines.append(_warned(replace(line, metric=label), before.get(arm)))
    return with_q_values(lines)


def sample_ratio(sizes: Mapping[str, int], shares: Mapping[str, float] | None = None) -> float:
    """The p-value of the arms' sizes under the shares they were meant to have (chi-squared)."""
    wanted = {
        named_arm(arm, sizes) or arm: share for arm, share in (shares or dict.fromkeys(sizes, 1.0)).items()
    }
    if wanted.keys() != sizes.keys() or any(not share > 0 for share in wanted.values()):
        raise BadInput(f"the shares must name each arm once, with a number above 0: {', '.join(sizes)}.")
    whole, units = sum(wanted.values()), sum(sizes.values())
    expected = [wanted[arm] / whole * units for arm in sizes]
    return float(stats.chisquare(list(sizes.values()), expected).pvalue)


def with_q_values(lines: Sequence[Comparison]) -> list[Comparison]:
    """The lines, each with its q-value among all of them that were tested."""
    tested = [line for line in lines if line.p_value is not None]
    if not tested:
        return list(lines)
    adjusted: Any = stats.false_discovery_control([line.p_value or 0.0 for line in tested])
    found = {id(line): float(value) for line, value in zip(tested, adjusted, strict=True)}
    return [replace(line, q_value=found.get(id(line))) for line in lines]


def _warned(line: Comparison, before: Before | None) -> Comparison:
    if before is None:
        return line
    notes = [*line.notes, before.sentence] if before.p_value < BALANCE_ALARM else line.notes
    return replace(line, covariate_p_value=before.p_value, notes=notes)


def _compare(
    arm: str,
    control: str,
    metric: Metric,
    found: Summed,
    covariate: str | None,
    srm: float,
    planned: int,
    notes: Sequence[str],
) -> Comparison:
    nothing = Aggregates(0, dict.fromkeys(metric.columns, float("nan")))
    first, second = found.arms.get(control, nothing), found.arms.get(arm, nothing)
    values: dict[str, float | None] = dict.fromkeys(NUMBERS)
    if min(first.count(), second.count()) >= 2 and _value(first, metric) is not None:
        values = compare(first, second, metric, covariate, planned)
    return Comparison(
        arm=arm,
        metric=metric.name,
        n=second.count(),
        control_n=first.count(),
        control_mean=_value(first, metric),
        mean=_value(second, metric),
        **values,
        q_value=None,
        srm_p_value=srm,
        notes=[*notes, *found.notes],
    )


NUMBERS = (
    "lift", "lift_low", "lift_high", "relative_lift", "relative_lift_low", "relative_lift_high", "p_value",
    "sequential_low", "sequential_high",
)  # fmt: skip


def compare(
    first: Aggregates,
    second: Aggregates,
    metric: Metric,
    covariate: str | None = None,
    planned: int = PLANNED_UNITS,
) -> dict[str, float | None]:
    """The second arm against the first, from their sums: the numbers of a Comparison that a test gives.

    Amounts are skewed: a small arm without a large one has a small mean and a small spread, and Welch's interval is then too
    narrow. With 5 % held out of 1,000 to 2,500 customers it called 5 to 8 of 100 campaigns without effect a success instead of
    2.5. So a small arm gets the wider of Welch's interval and Student's, which takes the spread from both arms.
    """
    if all(side.var(name) == 0 for side in (first, second) for name in metric.columns):
        # Every unit is like every other: there is a difference, and no telling how sure it is.
        lift = (_value(second, metric) or 0.0) - (_value(first, metric) or 0.0)
        return dict.fromkeys(NUMBERS) | {"lift": lift}
    usual = _t_test(first, second, metric, covariate, equal_var=False)
    if min(first.count(), second.count()) < SMALL_ARM:
        student = _t_test(first, second, metric, covariate, equal_var=True)
        usual = max(usual, student, key=lambda found: float(found.effect_size_ci_upper - found.effect_size))
    lift, p_value = float(usual.effect_size), float(usual.pvalue)
    low, high = float(usual.effect_size_ci_lower), float(usual.effect_size_ci_upper)
    if metric.kind == "proportion" and covariate is None:
        p_value = float(_share_test(metric.name).analyze_aggregates(first, second).pvalue)
        if first.count() + second.count() < SMALL or min(first.count(), second.count()) < SMALL_ARM:
            low, high = _newcombe(first, second, metric.name)
    error = abs(lift / usual.statistic) if usual.statistic else (high - low) / (2 * _Z)
    half = sequential_half_width(error, first.count() + second.count(), planned=planned)
    relative = float(usual.rel_effect_size), *_relative_interval(usual, first, second, metric)
    numbers = (lift, low, high, *relative, p_value, lift - half, lift + half)
    return {name: _known(number) for name, number in zip(NUMBERS, numbers, strict=True)}


def _t_test(
    first: Aggregates, second: Aggregates, metric: Metric, covariate: str | None, *, equal_var: bool
) -> MeanResult:
    return RatioOfMeans(
        metric.name,
        metric.denominator,
        numer_covariate=covariate,
        alternative="two-sided",
        confidence_level=0.95,
        equal_var=equal_var,
        use_t=True,
    ).analyze_aggregates(first, second)


def _relative_interval(
    usual: MeanResult, first: Aggregates, second: Aggregates, metric: Metric
) -> tuple[float, float]:
    if _above_zero(usual.control, first, metric) and _above_zero(usual.treatment, second, metric):
        return float(usual.rel_effect_size_ci_lower), float(usual.rel_effect_size_ci_upper)
    return float("nan"), float("nan")


def _above_zero(mean: float, side: Aggregates, metric: Metric) -> bool:
    """Whether a mean is clearly above zero; else a quotient with it may be anything, and its interval has no end."""
    variance = float(side.ratio_var(metric.name, metric.denominator))
    return mean > _Z * sqrt(max(0.0, variance) / side.count())


def _share_test(name: str) -> Proportion:
    """Barnard's exact test below a thousand units, the pooled z-test above."""
    return Proportion(name, method="auto", alternative="two-sided", correction=False)


def _newcombe(first: Aggregates, second: Aggregates, name: str) -> tuple[float, float]:
    """The hybrid score interval of a difference of two proportions (Newcombe, Statistics in Medicine 17, 1998, method 10)."""
    (p, low, high), (q, below, above) = (_wilson(side.mean(name), side.count()) for side in (second, first))
    gap = p - q
    return gap - sqrt((p - low) ** 2 + (above - q) ** 2), gap + sqrt((high - p) ** 2 + (q - below) ** 2)


def _wilson(share: float, number: int) -> tuple[float, float, float]:
    middle = (share + _Z**2 / (2 * number)) / (1 + _Z**2 / number)
    half = _Z * sqrt(share * (1 - share) / number + _Z**2 / (4 * number**2)) / (1 + _Z**2 / number)
    return share, middle - half, middle + half


def _value(side: Aggregates, metric: Metric) -> float | None:
    below = side.mean(metric.denominator) if metric.denominator else 1.0
    return _known(side.mean(metric.name) / below) if below else None


def _known(number: float) -> float | None:
    return number if isfinite(number) else None
