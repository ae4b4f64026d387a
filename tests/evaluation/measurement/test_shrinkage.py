"""Effects drawn towards their common mean, as published."""

from __future__ import annotations

import pytest

from evaluation.measurement.shrinkage import shrink


def test_batting_averages_are_shrunk_as_efron_and_morris_did() -> None:
    # Efron and Morris, Scientific American 236, 1977: 18 players after 45 times at bat; c = 0.212, the mean is 0.265.
    averages = [.400, .378, .356, .333, .311, .311, .289, .267, .244, .244, .222, .222, .222, .222, .222, .200, .178, .156]  # fmt: skip
    mean = sum(averages) / 18
    error = (mean * (1 - mean) / 45) ** 0.5
    drawn = shrink(averages, [error] * 18, (mean, error / 18**0.5))
    assert drawn is not None
    assert drawn[0].effect == pytest.approx(0.294, abs=5e-4)  # Clemente
    assert drawn[-1].effect == pytest.approx(0.242, abs=5e-4)  # Munson
    assert drawn[0].effect - mean == pytest.approx(0.212 * (averages[0] - mean), abs=5e-4)


def test_what_is_surer_is_drawn_less() -> None:
    drawn = shrink([10.0, 10.0, 0.0, -1.0, 1.0], [1.0, 5.0, 1.0, 1.0, 1.0], (2.0, 0.5))
    assert drawn is not None
    sure, doubtful = drawn[:2]
    assert sure.effect > 9 > doubtful.effect > 2
    assert sure.low < 10.0 < sure.high
    assert sure.high - sure.low < doubtful.high - doubtful.low < 2 * 1.96 * 5


def test_fewer_than_four_effects_are_left_as_they_are() -> None:
    assert shrink([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], (2.0, 0.6)) is None
    assert shrink([], [], (0.0, 1.0)) is None
