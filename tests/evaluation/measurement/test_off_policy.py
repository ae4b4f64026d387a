"""What another policy would have earned: by hand, on simulated choices with a known truth, and refused where it cannot be told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from content_store.errors import BadInput
from evaluation.measurement.off_policy import Numbers, evaluate_policy, value_of


def _write(folder: Path, text: str) -> Path:
    file = folder / "log.csv"
    file.write_text(text)
    return file


def test_four_rows_by_hand(tmp_path: Path) -> None:
    file = _write(
        tmp_path,
        "r,p,q,made,expected\n1,0.5,1,0.6,0.7\n0,0.5,0,0.2,0.7\n1,0.25,0.5,0.6,0.4\n0,0.8,0.4,0.1,0.4\n",
    )
    value = evaluate_policy(file, "r", "p", "q", ["made", "expected"])
    # Weights 2, 0, 2, 0.5.
    assert value.ips == (2 + 0 + 2 + 0) / 4
    assert value.snips == pytest.approx(4 / 4.5)
    assert value.dm == pytest.approx(0.55)
    assert value.dr == pytest.approx(0.55 + (2 * 0.4 + 2 * 0.4 + 0.5 * -0.1) / 4)
    assert value.ess == pytest.approx(4.5**2 / 8.25)
    assert (value.refused, value.rows, value.logged) == (True, 4, 0.5)
    assert value.reason == "there are only 4 rows; 50 are needed."


def test_the_truth_lies_in_95_of_100_intervals_and_a_good_estimate_narrows_them() -> None:
    random = np.random.default_rng(9)
    held = {"ips": 0, "snips": 0, "dr": 0}
    widths = {"ips": 0.0, "dr": 0.0}
    for _ in range(1_000):
        rewards, propensities, targets, made, expected, truth = _logged(random, 2_000)
        value = value_of(rewards, propensities, targets, made, expected)
        assert not value.refused
        assert value.dr is not None
        assert value.dr_low is not None
        assert value.dr_high is not None
        held["ips"] += value.ips_low <= truth <= value.ips_high
        held["snips"] += value.snips_low <= truth <= value.snips_high
        held["dr"] += value.dr_low <= truth <= value.dr_high
        widths["ips"] += value.ips_high - value.ips_low
        widths["dr"] += value.dr_high - value.dr_low
    assert all(930 <= number <= 970 for number in held.values())
    assert widths["dr"] < 0.8 * widths["ips"]


def test_one_column_of_estimates_is_that_of_the_target_and_leaves_the_result_unbiased() -> None:
    random = np.random.default_rng(4)
    rewards, propensities, targets, _, expected, truth = _logged(random, 400_000)
    value = value_of(rewards, propensities, targets, expected)
    assert value.dm == pytest.approx(truth, abs=0.01)
    assert value.dr == pytest.approx(truth, abs=0.01)


def test_a_policy_that_shares_nothing_with_the_log_is_refused() -> None:
    ones = np.ones(100)
    value = value_of(ones, ones / 2, ones * 0)
    assert (value.refused, value.ess, value.ips) == (True, 0.0, 0.0)
    assert (
        value.reason
        == "the target policy would have made none of the logged choices, so they say nothing about it."
    )


def test_a_handful_of_rows_is_refused_for_what_it_is() -> None:
    value = value_of(np.ones(20), np.full(20, 0.5), np.full(20, 0.5))
    assert (value.refused, value.ess) == (True, 20.0)
    assert value.reason == "there are only 20 rows; 50 are needed."


def test_probabilities_that_do_not_fit_each_other_are_noticed() -> None:
    random = np.random.default_rng(2)
    rewards, propensities, targets, *_ = _logged(random, 20_000)
    wrong = value_of(rewards, propensities / 2, targets)
    assert wrong.refused
    assert wrong.reason is not None
    assert "either the logged probabilities are wrong" in wrong.reason


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("1,0,1", "row 2: p is no probability above 0"),
        ("1,1.2,1", "row 2: p is no probability above 0"),
        ("1,0.5,-0.1", "row 2: q is no probability"),
        (",0.5,0.1", "row 2: r is empty; every row needs a value"),
        ("much,0.5,0.1", "r holds 'much', which is no number"),
    ],
)
def test_a_row_that_cannot_be_is_refused(tmp_path: Path, row: str, sentence: str) -> None:
    file = _write(tmp_path, f"r,p,q\n1,0.5,1\n{row}\n")
    with pytest.raises(BadInput, match=sentence):
        evaluate_policy(file, "r", "p", "q")


def test_three_estimates_are_refused(tmp_path: Path) -> None:
    file = _write(tmp_path, "r,p,q\n1,0.5,1\n")
    with pytest.raises(BadInput, match="--estimate is given once"):
        evaluate_policy(file, "r", "p", "q", ["r", "p", "q"])


def _logged(
    random: np.random.Generator, rows: int
) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers, float]:
    """Choices among three arms in two contexts, and what the target policy truly earns."""
    rates = np.array([[0.1, 0.3, 0.6], [0.7, 0.4, 0.1]])
    logging = np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]])
    target = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]])
    context = random.integers(0, 2, rows)
    arm = (random.random(rows)[:, None] > logging[context].cumsum(axis=1)).sum(axis=1).clip(0, 2)
    rewards = (random.random(rows) < rates[context, arm]).astype(float)
    expected = (rates * target).sum(axis=1)[context]
    truth = float((rates * target).sum(axis=1).mean())
    return rewards, logging[context, arm], target[context, arm], rates[context, arm], expected, truth


def test_choices_of_one_customer_are_one_draw() -> None:
    random = np.random.default_rng(4)
    rewards, targets = random.random(500), random.choice([0.2, 0.8], 500)
    propensities = np.full(500, 0.5)
    once = value_of(rewards, propensities, targets)
    six = value_of(
        *(np.tile(x, 6) for x in (rewards, propensities, targets)), customers=np.tile(np.arange(500), 6)
    )
    assert six.ips == pytest.approx(once.ips)
    for low, high in ((six.ips_low, once.ips_low), (six.snips_low, once.snips_low)):
        assert low == pytest.approx(high, rel=1e-3)
