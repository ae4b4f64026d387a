"""What a campaign earned against its holdout, and what is said where nothing can be said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evaluation.measurement.campaign import campaign_results
from evaluation.measurement.results import CampaignResults
from tests.evaluation.measurement.campaigns import AT, campaign, opened, units


def _small(held: int = 200, written: int = 800, **fields: Any) -> CampaignResults:
    """Of those written to every fifth buys for 10, 20 or 30 in turn, of those held out every tenth."""
    rows, bought = [], []
    for number in range(held + written):
        customer = f"c{number:04}"
        rows.append({"customer_id": customer, "held": number < held, **fields.get("row", {})})
        if number % (10 if number < held else 5) == 0:
            bought.append((customer, AT + timedelta(days=number % 6, hours=1), 10.0 * (1 + number % 3), 4.0))
    with opened(units(rows), bought) as connection:
        return campaign_results(connection, campaign(**fields.get("campaign", {})))


def test_everybody_who_was_planned_is_compared_with_those_held_out() -> None:
    results = _small()
    converted, conversions, value, margin = results.overall
    assert (converted.n, converted.control_n, converted.mean, converted.control_mean) == (800, 200, 0.2, 0.1)
    assert (conversions.metric, value.metric, margin.metric) == ("conversions", "value", "margin")
    assert margin.lift == pytest.approx(0.4)
    assert results.trusted
    assert results.experiment
