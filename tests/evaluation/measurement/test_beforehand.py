"""Arms that were not alike before the experiment do not pass in silence, and those that chance made do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tea_tasting.aggr import Aggregates

from evaluation.measurement.analysis import analyze
from evaluation.measurement.beforehand import by_chance
from evaluation.measurement.comparison import BALANCE_ALARM, Comparison
from evaluation.measurement.simulation import simulate
from evaluation.measurement.tables import metric_of, open_table


def _sums(count: int, mean: float, variance: float) -> Aggregates:
    return Aggregates(count, {"before": mean}, {"before": variance})


def _table(folder: Path, better: float) -> Path:
    """Arms a, b and c of 300 units, of which c spent `better` more before."""
    random = np.random.default_rng(1)
    file = folder / "arms.csv"
    rows = [
        f"{arm},{simulated:.4f},{simulated / 2 + random.normal():.4f}"
        for place, arm in enumerate("abc")
        for simulated in random.normal(20 + better * (place == 2), 5, 300)
    ]
    file.write_text("arm,before,spend\n" + "\n".join(rows) + "\n")
    return file


def _analyze(file: Path, covariate: str | None) -> list[Comparison]:
    metrics = [metric_of("spend:mean")]
    with open_table(file, "arm", metrics, covariate) as table:
        return analyze(table, "a", metrics, covariate=covariate)


def test_two_means_by_hand() -> None:
    # All 200 units together: 99 * 4 + 99 * 4 + 50 * 1 = 842; 1 / sqrt(842 / 199 * 0.02) = 3.4376.
    assert by_chance(_sums(100, 5, 4), _sums(100, 6, 4), "before") == pytest.approx(0.000587, abs=1e-6)
    # Nobody varies in his arm, and the arms differ: no chance at all. Everybody alike: nothing to tell.
    assert by_chance(_sums(100, 1, 0), _sums(100, 2, 0), "before") == pytest.approx(3.6e-45, rel=0.1)
    assert by_chance(_sums(100, 1, 0), _sums(100, 1, 0), "before") == 1.0
    assert by_chance(_sums(1, 1, 0), _sums(100, 2, 0), "before") is None


def test_an_arm_that_spent_more_before_is_told_and_not_trusted(tmp_path: Path) -> None:
    fine, wrong = _analyze(_table(tmp_path, better=3), "before")
    assert (fine.arm, fine.trusted, fine.notes) == ("b", True, [])
    assert fine.covariate_p_value == pytest.approx(0.688, abs=0.001)
    assert (wrong.arm, wrong.trusted) == ("c", False)
    assert wrong.covariate_p_value is not None
    assert wrong.covariate_p_value < BALANCE_ALARM
    assert wrong.notes == [
        "The arms differed before the experiment (before: 22.903 in c, 19.486 in a); this is not chance."
    ]


def test_nothing_is_said_of_what_was_before_without_a_column_of_it(tmp_path: Path) -> None:
    for line in _analyze(_table(tmp_path, better=3), None):
        assert (line.covariate_p_value, line.notes, line.trusted) == (None, [], True)


def test_the_alarm_rings_as_seldom_as_it_says_on_arms_made_by_chance() -> None:
    random = np.random.default_rng(4)
    values = []
    for _ in range(2_000):
        first, second = (simulate(random, 400).aggregates() for _ in range(2))
        values.append(by_chance(first, second, "past_spend"))
    for level in (0.10, 0.05):
        assert np.mean([value < level for value in values if value is not None]) == pytest.approx(
            level, rel=0.25
        )
    assert min(value for value in values if value is not None) > BALANCE_ALARM
