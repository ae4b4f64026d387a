"""Assignment is a matter of the salt and the customer alone."""

from __future__ import annotations

from collections import Counter
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from publishing.assignment import choose, held_out, position

CUSTOMERS = [f"c{number}" for number in range(10_000)]


def test_a_customer_s_place_is_the_same_on_every_machine() -> None:
    assert position("salt", "c1") == 0x6BB29FC1AFB2E800 / 2**64
    assert position("salt", "c2") == 0x637A48041F404800 / 2**64


@given(st.text(), st.text())
def test_a_place_is_between_0_and_1(salt: str, customer: str) -> None:
    assert 0 <= position(salt, customer) < 1


def test_a_holdout_of_5_percent_holds_out_about_that_many_and_the_same_ones_each_time() -> None:
    first = {customer for customer in CUSTOMERS if held_out("Fairlow", customer, 0.05)}
    assert len(first) == 478
    assert first == {customer for customer in CUSTOMERS if held_out("Fairlow", customer, 0.05)}


def test_a_larger_holdout_keeps_everybody_of_a_smaller_one() -> None:
    small = {customer for customer in CUSTOMERS if held_out("Fairlow", customer, 0.05)}
    large = {customer for customer in CUSTOMERS if held_out("Fairlow", customer, 0.10)}
    assert small < large


def test_arms_share_the_customers_evenly_and_say_how_probable_each_was() -> None:
    found = Counter(choose("ABC", [1 / 3] * 3, "spring", customer) for customer in CUSTOMERS)
    assert {choice.propensity for choice in found} == {1 / 3}
    assert {choice.option: number for choice, number in found.items()} == {"A": 3411, "B": 3210, "C": 3379}


@pytest.mark.parametrize("salt", ["spring", "summer"])
def test_who_is_held_out_says_nothing_about_who_would_get_which_arm(salt: str) -> None:
    held = [customer for customer in CUSTOMERS if held_out("Fairlow", customer, 0.5)]
    share = sum(choose("AB", [0.5, 0.5], salt, customer).option == "A" for customer in held) / len(held)
    assert 0.48 < share < 0.52


SHARES = [0.1, 0.6, 0.3]


@pytest.mark.parametrize("shares", [SHARES, [0.9, 0.05, 0.05], [0.05, 0.05, 0.9]])
def test_arms_share_the_customers_as_the_shares_say(shares: list[float]) -> None:
    found = Counter(choose("ABC", shares, "spring 7", customer) for customer in CUSTOMERS)
    assert {choice.option: choice.propensity for choice in found} == pytest.approx(
        dict(zip("ABC", shares, strict=True))
    )
    numbers = {choice.option: number for choice, number in found.items()}
    expected = [share * len(CUSTOMERS) for share in shares]
    assert stats.chisquare([numbers[arm] for arm in "ABC"], expected).pvalue > 0.01


def test_an_arm_that_was_withdrawn_leaves_its_customers_to_the_others_in_proportion() -> None:
    found = Counter(choose("AC", [0.1, 0.3], "spring 7", customer) for customer in CUSTOMERS)
    assert {choice.option: choice.propensity for choice in found} == pytest.approx({"A": 0.25, "C": 0.75})
    assert stats.chisquare(list(found.values()), [c.propensity * len(CUSTOMERS) for c in found]).pvalue > 0.01


@given(
    st.lists(st.floats(0.001, 1), min_size=1, max_size=6).map(lambda found: [x / fsum(found) for x in found]),
    st.text(),
    st.text(),
)
def test_the_same_customer_gets_the_same_option_and_its_own_share(
    shares: list[float], salt: str, customer: str
) -> None:
    options = list(range(len(shares)))
    choice = choose(options, shares, salt, customer)
    assert choice == choose(options, shares, salt, customer)
    assert choice.propensity == pytest.approx(shares[choice.option])
