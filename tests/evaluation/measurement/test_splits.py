"""The split into holdout and arms against what was meant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from scipy import stats

from evaluation.measurement.splits import Split, check_splits
from tests.evaluation.measurement.campaigns import AT, opened, units


def _checked(rows: list[dict[str, Any]], share: float = 0.0) -> Split:
    with opened(units(rows)) as connection:
        return check_splits(connection, share)


def _chosen(number: int, arm: str, propensity: float, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"customer_id": f"{arm}{place}", "arm": arm, "propensity": propensity, **fields}
        for place in range(number)
    ]


def test_arms_are_tested_place_by_place_against_their_propensities() -> None:
    rows = _chosen(130, "A", 0.5) + _chosen(70, "B", 0.5)
    rows += _chosen(90, "A", 0.9, segment_id=2) + _chosen(10, "B", 0.1, segment_id=2)
    # (30² / 100) twice, and nothing from the second segment: 18 with two degrees of freedom.
    assert _checked(rows).arms_p == pytest.approx(stats.chi2.sf(18, 2))


def test_an_arm_that_nobody_got_is_missed() -> None:
    assert _checked(_chosen(40, "A", 0.5)).arms_p == pytest.approx(stats.chi2.sf(40, 1))
    assert _checked(_chosen(40, "A", 1.0)).arms_p == 1.0


def test_channels_are_tested_apart_because_a_customer_gets_the_same_arm_by_each() -> None:
    rows = _chosen(120, "A", 0.5) + _chosen(80, "B", 0.5)
    mails = [row | {"channel": "email"} for row in rows]
    assert _checked(rows + mails).arms_p == pytest.approx(2 * stats.chi2.sf(8, 1))


def test_places_with_hardly_anybody_are_left_out() -> None:
    # The chi-squared test would call 1 of 3 with a probability of 0.01 impossible.
    assert _checked(_chosen(1, "A", 0.01) + _chosen(2, "B", 0.99)).arms_p == 1.0


def test_the_holdout_is_tested_exactly_by_customer() -> None:
    rows = [{"customer_id": f"c{number}", "held": number < 9} for number in range(100)]
    twice = rows + [row | {"channel": "email"} for row in rows]
    split = _checked(twice, 0.05)
    assert (split.held, split.customers) == (9, 100)
    assert split.holdout_p == pytest.approx(stats.binomtest(9, 100, 0.05).pvalue)
    assert split.p_value == pytest.approx(2 * split.holdout_p)
    assert split.trusted


def test_who_asks_for_a_message_counts_once_whenever_and_however_often_they_ask() -> None:
    rows = _chosen(130, "A", 0.5) + _chosen(70, "B", 0.5)
    asked = [
        row | {"occurrence": AT + timedelta(days=day, seconds=number)}
        for day in range(30)
        for number, row in enumerate(rows)
    ]
    assert _checked(asked).arms_p == pytest.approx(stats.chi2.sf(18, 1))
