"""Outcomes decide: on campaigns whose messages have known worths, by hand, and never where too little is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from evaluation.measurement.allocation import Allocation, allocate
from evaluation.measurement.bandits import PLACE, Campaign, send
from evaluation.measurement.choices import Choices
from evaluation.measurement.off_policy import value_of
from evaluation.measurement.proposal import worth_of_proposal

RATES = (0.05, 0.06, 0.10)
EQUAL = {PLACE: {"A": 1 / 3, "B": 1 / 3, "C": 1 / 3}}


@pytest.mark.parametrize("basket", [None, 40.0])
def test_far_less_is_lost_than_with_equal_shares_and_the_best_message_gets_the_most(
    basket: float | None,
) -> None:
    learning = [send(np.random.default_rng(seed), Campaign(RATES, basket)) for seed in range(20)]
    equal = [send(np.random.default_rng(seed), Campaign(RATES, basket, learning=False)) for seed in range(20)]
    assert sum(sent.regret for sent in learning) < 0.5 * sum(sent.regret for sent in equal)
    assert all(sent.shares[-1].argmax() == 2 for sent in learning)
    for sent in learning:
        assert sent.shares.min() >= 0.1 - 1e-9
        assert sent.shares.sum(axis=1) == pytest.approx(np.ones(20))


def test_between_equals_nobody_is_starved() -> None:
    shares = [
        send(np.random.default_rng(seed), Campaign((0.05, 0.05), rounds=10)).shares for seed in range(40)
    ]
    assert 0.4 < np.mean([found[-1][0] for found in shares]) < 0.6


def test_what_is_said_of_a_message_stays_right_though_its_share_followed_its_outcomes() -> None:
    held, estimates = 0, []
    for seed in range(200):
        found = send(np.random.default_rng(seed), Campaign(RATES, rounds=10)).choices
        value = value_of(found.reward, found.propensity, (found.arm == 0).astype(float))
        held += value.ips_low <= RATES[0] <= value.ips_high
        estimates.append(value.ips)
    assert 0.92 <= held / 200 <= 0.98
    assert np.mean(estimates) == pytest.approx(RATES[0], abs=3 * np.std(estimates) / 200**0.5)


def _choices(*arms: tuple[str, int, int], at: Sequence[int] = (), propensity: float = 0.5) -> Choices:
    """(arm, customers, how many of them answered) each; `at` is the day on which each arm's customers were written to."""
    names = sorted({name for name, _, _ in arms})
    arm = np.repeat([names.index(name) for name, _, _ in arms], [size for _, size, _ in arms])
    reward = np.concatenate([np.arange(size) < answers for _, size, answers in arms]).astype(float)
    days = np.repeat(at or [0] * len(arms), [size for _, size, _ in arms])
    rows = np.arange(len(arm))
    return Choices([PLACE], names, 0 * rows, arm, rows, days, np.full(len(arm), propensity), reward)


def _allocated(choices: Choices, arms: str, floor: float = 0.1) -> Allocation:
    (found,) = allocate(choices, {PLACE: dict.fromkeys(arms, 1 / len(arms))}, floor)
    return found


def test_a_share_is_the_probability_to_be_the_best_mixed_with_the_floor() -> None:
    found = _allocated(_choices(("A", 1000, 50), ("B", 1000, 60)), "AB")
    # By the normal approximation the difference of 0.01 is 0.98 standard errors: the best with a probability of 0.84.
    best = {item.arm: item.best for item in found.arms}
    assert best["B"] == pytest.approx(0.836, abs=0.01)
    assert [item.proposed for item in found.arms] == pytest.approx(
        [0.1 + 0.8 * (best["A"] or 0), 0.1 + 0.8 * (best["B"] or 0)]
    )
    assert [(item.customers, item.mean) for item in found.arms] == [(1000, 0.05), (1000, 0.06)]
    assert found.shares == pytest.approx({item.arm: item.proposed for item in found.arms})
    assert found == _allocated(_choices(("A", 1000, 50), ("B", 1000, 60)), "AB")


def test_days_on_which_a_message_was_chosen_seldom_count_as_much_as_others() -> None:
    """Everybody answers twice as often on the second day, when B is chosen nine times as often: Simpson's paradox."""
    arms = [("A", 500, 50), ("B", 500, 50), ("A", 100, 20), ("B", 900, 180)]
    choices = _choices(*arms, at=(1, 1, 2, 2))
    choices.propensity[1000:1100], choices.propensity[1100:] = 0.1, 0.9
    found = _allocated(choices, "AB")
    assert [item.mean for item in found.arms] == pytest.approx([0.15, 0.15])
    assert 0.4 < (found.arms[1].best or 0) < 0.6


def test_a_message_that_is_new_gets_the_floor_until_enough_customers_had_it() -> None:
    found = _allocated(_choices(("A", 1000, 50), ("B", 1000, 100), ("C", 49, 49)), "ABCD")
    assert [item.best is None for item in found.arms] == [False, False, True, True]
    assert [item.proposed for item in found.arms] == pytest.approx([0.1, 0.7, 0.1, 0.1], abs=0.001)
    assert set(found.shares) == {"A", "B"}


def test_messages_are_compared_from_the_day_on_which_the_last_of_them_began() -> None:
    """A was alone on a bad day, and is as good as B on the days of both."""
    arms = [("A", 900, 0), ("A", 300, 60), ("B", 300, 60)]
    found = _allocated(_choices(*arms, at=(1, 2, 2)), "AB")
    assert found.arms[0].customers == 1200
    assert 0.45 < (found.arms[0].best or 0) < 0.55


@pytest.mark.parametrize(
    ("arms", "there", "note"),
    [
        ([("A", 500, 50)], "A", "there is one message only"),
        (
            [("A", 500, 50), ("B", 49, 9)],
            "AB",
            "fewer than two messages have 50 customers whose window is over",
        ),
        (
            [("A", 500, 50), ("C", 500, 9)],
            "AB",
            "fewer than two messages have 50 customers whose window is over",
        ),
        ([("A", 500, 5), ("B", 500, 4)], "AB", "fewer than 10 customers answered"),
    ],
)
def test_where_too_little_is_known_shares_stay_equal_and_a_sentence_says_why(
    arms: list[tuple[str, int, int]], there: str, note: str
) -> None:
    found = _allocated(_choices(*arms), there)
    assert found.note is not None
    assert found.note.startswith(note)
    assert [item.proposed for item in found.arms] == [1 / len(there)] * len(there)
    assert found.shares == {}


def test_a_place_of_which_nothing_is_known_yet_stays_equal() -> None:
    other = (2, "sms", "en-US")
    (found,) = allocate(_choices(("A", 500, 50)), {other: {"A": 0.5, "B": 0.5}}, 0.1)
    assert found.note == "fewer than two messages have 50 customers whose window is over, side by side"
    assert [(item.customers, item.mean) for item in found.arms] == [(0, None), (0, None)]


def test_the_worth_of_a_proposal_is_told_without_the_luck_that_made_it() -> None:
    """Three equal messages: there is nothing to gain, and the intervals say so as often as they claim."""
    gains, held = [], 0
    for seed in range(100):
        choices = send(
            np.random.default_rng(seed), Campaign((0.1, 0.1, 0.1), rounds=3, learning=False)
        ).choices
        worth = worth_of_proposal(choices, EQUAL, allocate(choices, EQUAL, 0.1), 0.1)
        assert worth is not None
        gains.append(worth.gain)
        held += worth.gain_low <= 0 <= worth.gain_high
    assert np.mean(gains) == pytest.approx(0, abs=3 * float(np.std(gains)) / 10)
    assert held >= 92


def test_a_better_way_of_choosing_is_worth_what_it_truly_earns() -> None:
    gains = []
    for seed in range(20):
        choices = send(np.random.default_rng(seed), Campaign(RATES, rounds=10, learning=False)).choices
        allocations = allocate(choices, EQUAL, 0.1)
        worth = worth_of_proposal(choices, EQUAL, allocations, 0.1)
        assert worth is not None
        assert worth.refused is None
        assert worth.gain_low > 0
        gains.append(worth.gain)
    # 0.8 of the customers get the best and 0.1 each of the others, instead of a third each.
    truth = 0.1 * 0.05 + 0.1 * 0.06 + 0.8 * 0.10 - sum(RATES) / 3
    assert 0.85 * truth < np.mean(gains) < truth


def test_equal_shares_after_learning_are_worth_less() -> None:
    choices = send(np.random.default_rng(5), Campaign(RATES)).choices
    worth = worth_of_proposal(choices, EQUAL, allocate(choices, EQUAL, 0.1), 0.1, equal=True)
    assert worth is not None
    assert worth.gain_high < 0
    assert worth.refused == "they would have earned less than what was chosen."


def test_probabilities_that_were_not_those_of_the_choice_are_noticed() -> None:
    choices = send(np.random.default_rng(5), Campaign(RATES, learning=False)).choices
    wrong = choices._replace(propensity=np.full(len(choices.arm), 0.6))
    worth = worth_of_proposal(wrong, EQUAL, allocate(wrong, EQUAL, 0.1), 0.1)
    assert worth is not None
    assert worth.refused is not None
    assert worth.refused.startswith("what they would earn cannot be told: the weights have a mean of 0.5")


def test_a_customer_with_many_rows_does_not_make_anybody_surer() -> None:
    choices = send(np.random.default_rng(5), Campaign(RATES, rounds=4, learning=False)).choices
    again = choices.where(np.tile(np.arange(len(choices.arm)), 4))
    once, often = (
        worth_of_proposal(found, EQUAL, allocate(found, EQUAL, 0.1), 0.1, equal=True)
        for found in (choices, again)
    )
    assert once is not None
    assert often is not None
    assert often.gain_high - often.gain_low == pytest.approx(once.gain_high - once.gain_low, rel=0.01)


def test_where_nothing_is_proposed_there_is_nothing_to_judge() -> None:
    choices = _choices(("A", 500, 50), ("B", 20, 2))
    present = {PLACE: {"A": 0.5, "B": 0.5}}
    assert worth_of_proposal(choices, present, allocate(choices, present, 0.1), 0.1) is None
