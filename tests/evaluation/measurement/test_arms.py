"""Messages of a place against the others there, by hand and under a bandit that learns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluation.measurement.arms import Measured, compare_arms
from tests.evaluation.measurement.campaigns import AT, opened, units


def _compared(rows: list[dict[str, Any]], metric: str = "value") -> list[Measured]:
    with opened(units(rows)) as connection:
        return compare_arms(connection, metric, 1.0)


def _cell(arm: str, customers: int, bought: int, value: float = 1.0, **fields: Any) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": f"{arm}{number}{fields}",
            "arm": arm,
            "message_id": ord(arm),
            "conversions": int(number < bought),
            "value": value * (number < bought),
            **fields,
        }
        for number in range(customers)
    ]


def test_an_arm_is_compared_within_each_occurrence_whatever_its_share_there() -> None:
    # In the first week everybody buys more, and then A is chosen nine times as often: taken together A would look better.
    later = AT + timedelta(days=7)
    rows = _cell("A", 900, 450) + _cell("B", 100, 50)
    rows += _cell("A", 300, 30, occurrence=later) + _cell("B", 2_700, 270, occurrence=later)
    a, b = _compared(rows)
    assert (a.place.arm, a.message_ids, a.effect.n, a.effect.control_n) == ("A", [65], 1_200, 2_800)
    assert a.effect.lift == pytest.approx(0.0)
    # A quarter of the first week's half, and three quarters of the second's tenth.
    assert a.effect.mean == pytest.approx(0.2)
    # sqrt(0.25² (0.25/900 + 0.25/100) + 0.75² (0.09/300 + 0.09/2,700)) = 0.0190, and 1.96 of them.
    assert b.effect.lift_high == pytest.approx(0.0373, abs=3e-4)


def test_an_arm_is_compared_with_the_average_of_the_others_of_its_place_only() -> None:
    rows = (
        _cell("A", 400, 80) + _cell("B", 400, 120) + _cell("C", 100, 40) + _cell("D", 500, 100, segment_id=2)
    )
    a, b, c, d = _compared(rows, "converted")
    assert a.effect.lift == pytest.approx(0.2 - (0.3 + 0.4) / 2)
    assert b.effect.lift == pytest.approx(0.3 - (0.2 + 0.4) / 2)
    assert c.effect.lift == pytest.approx(0.4 - 0.25)
    assert (d.effect.lift, d.effect.mean, d.effect.q_value) == (None, 0.2, None)
    assert d.effect.notes == ["There is no other message of its place to compare it with."]


def test_nothing_is_said_of_an_arm_of_which_hardly_a_conversion_is_to_be_expected() -> None:
    # Fisher's test gives p = 0.59; the normal one would give 0.02.
    a, b = _compared(_cell("A", 100, 0) + _cell("B", 500, 5), "converted")
    assert (a.effect.lift, a.effect.lift_low, a.effect.p_value) == (-0.01, None, None)
    assert b.effect.notes == ["0.8 conversions are to be expected of the smaller side; 10 are needed."]


def test_those_held_out_and_open_windows_are_not_in_it() -> None:
    rows = _cell("A", 200, 40) + _cell("B", 200, 60)
    rows += _cell("A", 200, 200, held=True) + _cell(
        "B", 200, 0, closed=False, occurrence=AT + timedelta(days=7)
    )
    a, _ = _compared(rows)
    assert a.effect.n == 200
    assert a.effect.lift == pytest.approx(-0.1)


def test_q_values_hold_over_the_arms_of_all_places() -> None:
    rows = [row for segment in range(1, 11) for row in _cell("A", 200, 40, segment_id=segment)]
    rows += [
        row
        for segment in range(1, 11)
        for row in _cell("B", 200, 90 if segment == 10 else 41, segment_id=segment)
    ]
    found = _compared(rows)
    last = found[-1].effect
    assert len(found) == 20
    assert last.p_value is not None
    # The smallest of 20, and that of its counterpart is the same.
    assert last.q_value == pytest.approx(20 / 2 * last.p_value)


def test_a_customer_is_one_draw_however_often_they_were_written_to() -> None:
    rows = _cell("A", 200, 40) + _cell("B", 200, 70)
    again = [row | {"occurrence": AT + timedelta(days=7 * week)} for week in range(6) for row in rows]
    once, often = _compared(rows)[0].effect, _compared(again)[0].effect
    assert (often.n, often.control_n) == (200, 200)
    assert often.lift == pytest.approx(once.lift)
    # Six times the same says no more than once; the errors of six weeks added up apart are 2.4 times too small.
    assert (often.lift_low, often.lift_high) == pytest.approx((once.lift_low, once.lift_high), rel=1e-3)
    assert often.relative_lift_low == pytest.approx(once.relative_lift_low, rel=1e-3)


def test_six_conversions_of_one_customer_are_not_those_of_six() -> None:
    rows = _cell("A", 100, 3) + _cell("B", 100, 4)
    again = [row | {"occurrence": AT + timedelta(days=7 * week)} for week in range(6) for row in rows]
    assert _compared(again)[0].effect.notes == [
        "3.5 conversions are to be expected of the smaller side; 10 are needed."
    ]


def test_who_asks_for_a_message_is_compared_with_who_asked_on_the_same_day() -> None:
    # Every request has a moment of its own; on the second day twice as much is bought, and nine of ten get B.
    rows = _cell("A", 500, 100) + _cell("B", 500, 100)
    rows += _cell("A", 100, 40, propensity=0.1) + _cell("B", 900, 360, propensity=0.9)
    asked = [
        row | {"occurrence": AT + timedelta(days=int(number >= 1_000), seconds=number)}
        for number, row in enumerate(rows)
    ]
    a, b = _compared(asked)
    assert (a.effect.n, b.effect.n) == (600, 1_400)
    assert a.effect.lift == pytest.approx(0.0)
    assert a.effect.mean == pytest.approx(0.3)


def test_a_probability_that_changed_within_a_day_makes_no_message_better() -> None:
    # As above, but all on one day.
    rows = _cell("A", 500, 100, propensity=0.5) + _cell("B", 500, 100, propensity=0.5)
    rows += _cell("A", 100, 40, propensity=0.1) + _cell("B", 900, 360, propensity=0.9)
    a, _ = _compared(rows)
    assert a.effect.lift == pytest.approx(0.0)


def test_messages_whose_customers_all_did_the_same_have_a_difference_and_no_interval() -> None:
    a, _ = _compared(_cell("A", 300, 300, 0.1) + _cell("B", 300, 300, 0.3))
    assert a.effect.lift == pytest.approx(-0.2)
    assert (a.effect.lift_low, a.effect.p_value, a.effect.q_value) == (None, None, None)


def test_there_is_no_relative_lift_where_the_others_may_have_brought_nothing() -> None:
    rows = _cell("A", 200, 100, 10.0) + _cell("B", 200, 100, 10.0)
    for number, row in enumerate(row for row in rows if row["arm"] == "B" and row["value"]):
        row["value"] = 10.0 * (-1) ** number
    a, _ = _compared(rows)
    assert a.effect.lift == pytest.approx(5.0)
    assert a.effect.lift_low is not None
    assert (a.effect.relative_lift, a.effect.relative_lift_low) == (None, None)
