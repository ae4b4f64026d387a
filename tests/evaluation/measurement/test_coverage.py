"""On outcomes whose effects are known the intervals say the truth as often as they claim: 2,000 experiments each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from evaluation.measurement.analysis import compare, sample_ratio
from evaluation.measurement.simulation import CLICKS_PER_VIEW, SPEND, VISIT, Effects, simulate
from evaluation.measurement.tables import Metric

EXPERIMENTS = 2_000
UNITS = 1_000

SPENT = Metric("spend", "mean")
VISITED = Metric("visit", "proportion")
CLICKED = Metric("clicks", "ratio", "views")

EFFECTS = Effects(spend=1.0, visit=0.02, clicks_per_view=0.01)


@pytest.mark.parametrize(
    ("metric", "covariate", "truth"),
    [
        (SPENT, None, EFFECTS.spend),
        (SPENT, "past_spend", EFFECTS.spend),
        (VISITED, None, EFFECTS.visit),
        (CLICKED, None, EFFECTS.clicks_per_view),
    ],
)
def test_95_percent_intervals_hold_the_truth_in_93_to_97_of_100_experiments(
    metric: Metric, covariate: str | None, truth: float
) -> None:
    random = np.random.default_rng(20260101)
    held = 0
    for _ in range(EXPERIMENTS):
        control, arm = simulate(random, UNITS), simulate(random, UNITS, EFFECTS)
        found = compare(control.aggregates(), arm.aggregates(), metric, covariate)
        assert found["lift_low"] is not None
        assert found["lift_high"] is not None
        held += found["lift_low"] <= truth <= found["lift_high"]
    assert 0.93 <= held / EXPERIMENTS <= 0.97


@pytest.mark.parametrize("experiments", [200, pytest.param(EXPERIMENTS, marks=pytest.mark.slow)])
def test_a_sequential_interval_holds_the_truth_at_every_look_of_one_who_peeks(experiments: int) -> None:
    random = np.random.default_rng(7)
    looks = [200, 400, 700, 1_000, 1_500, 2_000, 3_000, 4_000]
    always = fixed = 0
    for _ in range(experiments):
        control, arm = simulate(random, looks[-1]), simulate(random, looks[-1], EFFECTS)
        found = [compare(control.aggregates(n), arm.aggregates(n), SPENT) for n in looks]
        always += all(_holds(item, "sequential_low", "sequential_high") for item in found)
        fixed += all(_holds(item, "lift_low", "lift_high") for item in found)
    assert always / experiments >= 0.95
    # Who peeks at the ordinary interval is deceived far more often, which is why there is the other.
    assert fixed / experiments < 0.90


def test_of_what_is_called_a_difference_at_most_5_percent_is_none() -> None:
    # Ten arms, of which three differ; Benjamini and Hochberg promise 5 % of false discoveries, on average.
    random = np.random.default_rng(3)
    false = []
    for _ in range(EXPERIMENTS):
        truths = np.array([0.0] * 7 + [0.35] * 3)
        means = random.normal(truths, 0.1)
        p_values = 2 * stats.norm.sf(np.abs(means) / 0.1)
        found = stats.false_discovery_control(p_values) <= 0.05
        false.append((found & (truths == 0)).sum() / max(found.sum(), 1))
    assert np.mean(false) <= 0.05


def test_the_alarm_for_a_wrong_split_rings_as_seldom_as_it_says() -> None:
    random = np.random.default_rng(5)
    values = [
        sample_ratio({"a": int(first), "b": 4_000 - int(first)})
        for first in random.binomial(4_000, 0.5, 4_000)
    ]
    for level in (0.10, 0.05):
        assert np.mean([value < level for value in values]) == pytest.approx(level, rel=0.25)
    # 51 in 100 instead of 50, with 100,000 units, is always noticed.
    assert (
        max(sample_ratio({"a": int(n), "b": 100_000 - int(n)}) for n in random.binomial(100_000, 0.51, 200))
        < 0.01
    )


def test_the_simulated_outcomes_have_the_means_that_they_promise() -> None:
    random = np.random.default_rng(1)
    for effects in (Effects(), EFFECTS):
        found = simulate(random, 400_000, effects)
        assert found.spend.mean() == pytest.approx(SPEND + effects.spend, rel=0.01)
        assert found.visit.mean() == pytest.approx(VISIT + effects.visit, rel=0.02)
        rate = found.clicks.sum() / found.views.sum()
        assert rate == pytest.approx(CLICKS_PER_VIEW + effects.clicks_per_view, rel=0.02)
    assert 0.5 < np.corrcoef(found.spend, found.past_spend)[0, 1] < 0.9


def test_a_sequential_interval_narrows_as_units_come_in() -> None:
    from evaluation.measurement.sequences import sequential_half_width

    widths = [sequential_half_width(1 / n**0.5, n) for n in (100, 1_000, 10_000, 100_000)]
    assert all(later < earlier for earlier, later in pairwise(widths))
    # After 10,000 planned units it is half as wide again as 1.96 standard errors.
    assert widths[2] * 100 == pytest.approx(3.035, abs=0.001)


def _holds(found: dict[str, float | None], low: str, high: str) -> bool:
    return (found[low] or 0.0) <= EFFECTS.spend <= (found[high] or 0.0)
