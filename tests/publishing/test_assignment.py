"""Assignment is a matter of the salt and the customer alone."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    found = Counter(choose("ABC", "spring", customer) for customer in CUSTOMERS)
    assert {choice.propensity for choice in found} == {1 / 3}
    assert {choice.option: number for choice, number in found.items()} == {"A": 3411, "B": 3210, "C": 3379}


@pytest.mark.parametrize("salt", ["spring", "summer"])
def test_who_is_held_out_says_nothing_about_who_would_get_which_arm(salt: str) -> None:
    held = [customer for customer in CUSTOMERS if held_out("Fairlow", customer, 0.5)]
    share = sum(choose("AB", salt, customer).option == "A" for customer in held) / len(held)
    assert 0.48 < share < 0.52
