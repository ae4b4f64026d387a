"""Intervals of shares and of paired differences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.intervals import Estimate, estimate_share, paired_difference


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        # Wilson's interval for 8 of 10, 0 of 10 and 10 of 10.
        ([1.0] * 8 + [0.0] * 2, Estimate(0.8, 0.4902, 0.9433)),
        ([0.0] * 10, Estimate(0.0, 0.0, 0.2775)),
        ([1.0] * 10, Estimate(1.0, 0.7225, 1.0)),
    ],
)
def test_a_share_of_cases_has_wilsons_interval(shares: list[float], expected: Estimate) -> None:
    assert estimate_share(shares) == expected


def test_candidates_that_stand_or_fall_with_their_case_count_as_one() -> None:
    assert estimate_share([1.0] * 8 + [0.0] * 2, each=8) == estimate_share([1.0] * 8 + [0.0] * 2)


def test_candidates_that_vary_inside_their_case_make_the_interval_narrower() -> None:
    # The shares' variance is 0.0357, so that 0.25 x 8 / 0.0357 = 56 would count, but there are only 8 x 4 candidates.
    found = estimate_share([0.25, 0.5, 0.75, 0.5, 0.25, 0.5, 0.75, 0.5], each=4)
    assert found == Estimate(0.5, 0.3363, 0.6637)


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=40))
def test_a_share_lies_in_its_interval_and_the_interval_in_0_to_1(shares: list[float]) -> None:
    found = estimate_share(shares, each=4)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_difference_is_paired_and_the_same_each_time() -> None:
    first, second = [0.0] * 30 + [1.0] * 10, [0.0] * 10 + [1.0] * 30
    found = paired_difference(first, second)
    assert found == paired_difference(first, second)
    assert (found.value, found.clear) == (0.5, True)
    assert found.low == pytest.approx(0.35, abs=0.03)
    assert found.high == pytest.approx(0.65, abs=0.03)


def test_a_difference_whose_interval_holds_0_is_not_clear() -> None:
    found = paired_difference([1.0, 0.0] * 10, [0.0, 1.0] * 9 + [1.0, 1.0])
    assert (found.value, found.clear) == (0.05, False)


def test_equal_models_differ_by_nothing() -> None:
    assert paired_difference([0.25, 1.0], [0.25, 1.0]) == Estimate(0.0, 0.0, 0.0)
