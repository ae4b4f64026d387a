"""A campaign without a holdout: those who were sent it beside those who were not, in the table of units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from evaluation.measurement.observed_units import observe_units
from evaluation.measurement.tables import Metric

START = datetime(2026, 3, 1, tzinfo=UTC)


def _units(customers: int) -> pa.Table:
    """Two segments, of which the second was sent more and buys more; nobody buys for having been sent it.

    Everybody stands in the table twice for the first occurrence (two channels), and once for a later one.
    """
    rows = []
    for i in range(customers):
        segment = i % 2
        sent = (i // 2) % 10 < (8 if segment else 3)
        for occurrence, channel in ((0, "email"), (0, "sms"), (7, "email")):
            rows.append(
                {
                    "customer_id": f"C{i:04}",
                    "occurrence": START + timedelta(days=occurrence),
                    "locale": "en-US",
                    "segment_id": segment,
                    "channel": channel,
                    "sent_at": START if sent and channel == "email" and not occurrence else None,
                    "value": 10.0 * segment + i // 20 % 4 + (500 if occurrence and sent else 0),
                    "conversions": int(i // 20 % 4 == 0),
                    "before": float(i // 20 % 3),
                    "closed": i < customers - 20,
                }
            )
    return pa.Table.from_pylist(rows)


def test_customers_are_compared_once_within_their_segment() -> None:
    found = observe_units(_units(820), Metric("value", "mean"))
    # 800 whose window is over: 8 of 10 and 3 of 10.
    assert (found.n, found.control_n) == (440, 360)
    assert found.difference == pytest.approx(10 * (320 / 440 - 80 / 360))
    assert found.adjusted == pytest.approx(0.0, abs=1e-6)
    assert found.causal is False


def test_a_conversion_counts_as_one_or_none() -> None:
    found = observe_units(_units(820), Metric("conversions", "proportion"))
    assert found.mean == pytest.approx(0.25)
    assert found.adjusted == pytest.approx(0.0, abs=1e-6)


def test_where_everybody_was_sent_it_nothing_can_be_said() -> None:
    units = _units(120)
    sent = pa.array(np.full(len(units), np.datetime64("2026-03-01", "us")))
    units = units.set_column(units.schema.get_field_index("sent_at"), "sent_at", sent)
    found = observe_units(units, Metric("value", "mean"))
    assert (found.refused, found.mean, found.adjusted) == (True, None, None)
    assert found.refused_because == "value has 100 and 0 values, which are too few."
