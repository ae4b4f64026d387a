"""Whatever a campaign was like, its results are numbers with their intervals around them, or nothing with a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from math import isfinite
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.measurement.campaign import campaign_results
from evaluation.measurement.campaign_report import render
from evaluation.measurement.campaign_summary import summary
from evaluation.measurement.comparison import Comparison
from evaluation.measurement.kept import as_values
from evaluation.measurement.results import CampaignResults
from tests.evaluation.measurement.campaigns import AT, campaign, opened, units

WEEK = timedelta(days=7)

#: A customer: held out, what they spent before, and the value of what they buy at each date (None for nothing).
CUSTOMERS = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from([0.0, 3.0, 100.0]),
        st.lists(st.sampled_from([None, None, 0.0, 0.1, 10.0, -5.0, 1e9]), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=60,
)


def _results(customers: list[Any], segments: int, margins: bool, days: int, metric: str) -> CampaignResults:
    rows, bought = [], []
    for number, (held, before, values) in enumerate(customers):
        for date, value in enumerate(values):
            at, known = AT + date * WEEK, margins or number % 3 > 0
            rows.append(
                {
                    "customer_id": f"c{number}", "occurrence": at, "held": held, "before": before,
                    "segment_id": number % segments, "arm": "AB"[(number + date) % 2], "propensity": 0.5,
                    "conversions": int(value is not None), "value": value or 0.0,
                    "margin": (value or 0.0) / 4 if known else None, "closed": at + WEEK <= AT + timedelta(days=days),
                }
            )  # fmt: skip
            if value is not None:
                bought.append(
                    (f"c{number}", at + timedelta(hours=number % 160), value, value / 4 if known else None)
                )
    share = sum(held for held, *_ in customers) / len(customers)
    with opened(units(rows), bought) as connection:
        return campaign_results(
            connection, campaign(metric=metric, holdout_share=share, as_of=AT + timedelta(days=days))
        )


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers(item)


def _check_line(line: Comparison) -> None:
    for low, value, high in (
        (line.lift_low, line.lift, line.lift_high),
        (line.relative_lift_low, line.relative_lift, line.relative_lift_high),
        (line.sequential_low, line.lift, line.sequential_high),
    ):
        assert (low is None) == (high is None)
        if low is not None and high is not None:
            assert value is not None
            assert low <= value <= high
    assert line.p_value is None or 0 <= line.p_value <= 1


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    CUSTOMERS,
    st.sampled_from([1, 2, 6]),
    st.booleans(),
    st.sampled_from([1, 7, 10, 40]),
    st.sampled_from(["purchase_value", "purchase_margin", "purchase"]),
)
def test_no_campaign_gives_a_number_that_is_none(
    customers: list[Any], segments: int, margins: bool, days: int, metric: str
) -> None:
    results = _results(customers, segments, margins, days, metric)
    values = as_values(results)
    json.dumps(values, allow_nan=False)
    assert all(isfinite(number) for number in _numbers(values))
    segment_lines = [item.effect for item in results.segments]
    for line in [*results.overall, *segment_lines, *(arm.effect for arm in results.arms)]:
        _check_line(line)
    for item in results.segments:
        assert (item.shrunk is None) == (item.shrunk_low is None) == (item.shrunk_high is None)
        assert item.effect.lift_low is not None or item.effect.notes or item.effect.lift is not None
    for point in results.curve:
        assert point.sequential_low <= point.lift <= point.sequential_high
    words = " ".join([render(results), summary(results), results.headline, *results.next_steps])
    assert not re.search(r"\b(?:nan|inf|NaN|None)\b", words)


def test_a_holdout_of_one_customer_gets_a_sentence() -> None:
    customers = [(number == 0, 0.0, [10.0]) for number in range(400)]
    results = _results(customers, 1, True, 40, "purchase_value")
    assert results.why_not is not None
    assert results.why_not.startswith("No verdict yet: of 1 customers who were held out 1.0 conversions are")
    assert results.worth.earned is None


def test_where_nobody_bought_anything_or_all_bought_for_nothing_there_is_a_sentence() -> None:
    nothing = _results(
        [(number % 2 == 0, 0.0, [None]) for number in range(400)], 1, True, 40, "purchase_value"
    )
    assert nothing.headline.startswith("No verdict: none of 400 customers converted within 7 days.")
    for_nothing = _results(
        [(number % 2 == 0, 0.0, [0.0]) for number in range(400)], 1, True, 40, "purchase_value"
    )
    assert for_nothing.headline == (
        "No verdict: all customers did the same, so there is no telling how sure the difference is."
    )
    assert for_nothing.curve == []


def test_there_is_no_interval_of_a_relative_lift_over_a_mean_that_may_be_zero() -> None:
    # Returns are as large as purchases: the mean of those held out is anything around zero.
    balanced = [(number % 2 == 0, 0.0, [(number % 3 - 1) * 10.0]) for number in range(60)]
    value = _results(balanced, 1, True, 40, "purchase_value").overall[2]
    assert value.lift_low is not None
    assert (value.relative_lift_low, value.relative_lift_high) == (None, None)
