"""How many units are needed, as in textbooks, and what is found with those there are."""

from __future__ import annotations

import numpy as np
import pytest

from content_store.errors import BadInput
from evaluation.measurement.power import lift_found, of_mean, of_share, units_needed


def test_units_for_two_shares_are_those_of_the_textbook() -> None:
    # (1.95996 + 0.84162)^2 * (0.1 * 0.9 + 0.11 * 0.89) / 0.01^2 = 14,748.3
    plan = units_needed(0.10, of_share, 0.01)
    assert (plan.units_per_arm, round(plan.relative_lift or 0, 4)) == (14_749, 0.1)


def test_units_for_two_means_are_those_of_the_textbook() -> None:
    # 2 * (1.95996 + 0.84162)^2 * (10 / 5)^2 = 62.8: Cohen's d of a half.
    assert units_needed(100, of_mean(10), 5).units_per_arm == 63


def test_more_arms_need_more_units_each() -> None:
    # Bonferroni over three comparisons: (2.39398 + 0.84162)^2 * 2 * 4 = 83.8
    assert units_needed(100, of_mean(10), 5, arms=4).units_per_arm == 84


def test_what_is_found_is_the_way_back() -> None:
    for variance, baseline in ((of_share, 0.1), (of_mean(50), 20)):
        found = lift_found(baseline, variance, 10_000)
        assert units_needed(baseline, variance, found.lift).units_per_arm in (10_000, 10_001)


def test_a_planned_experiment_finds_the_difference_as_often_as_promised() -> None:
    units = units_needed(0.10, of_share, 0.03).units_per_arm
    random = np.random.default_rng(6)
    first, second = (random.binomial(units, share, 20_000) / units for share in (0.10, 0.13))
    error = np.sqrt((first * (1 - first) + second * (1 - second)) / units)
    assert np.mean((second - first) / error > 1.96) == pytest.approx(0.8, abs=0.015)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: units_needed(0.1, of_share, 0.0), "a lift of 0 cannot be told from none"),
        (lambda: units_needed(0.1, of_share, 0.95), "must both lie between 0 and 1"),
        (lambda: units_needed(1.5, of_share, 0.1), "must both lie between 0 and 1"),
        (lambda: units_needed(1, of_mean(0), 0.1), "the standard deviation must be above 0"),
        (lambda: units_needed(1, of_mean(1), 0.1, arms=1), "two arms or more"),
        (lambda: units_needed(1, of_mean(1), 0.1, power=1), "power between alpha and 1"),
        (lambda: lift_found(1, of_mean(1), 1), "an arm needs two units or more"),
        (lambda: lift_found(0.5, of_share, 5), "too few to tell any share from 0.5"),
    ],
)
def test_what_cannot_be_planned_is_refused(call: object, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        call()  # type: ignore[operator]
