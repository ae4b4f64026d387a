"""A limit keeps its direction in whatever words, and a span its side of the event; no offer is put before all others."""

import pytest

from evaluation.gates import GATES, judge
from evaluation.gates.gate import Copy, Policy

_POLICY = Policy()
_TWINS = [
    (
        "Orrery trailers carry up to 750 kg.",
        "Orrery trailers carry 750 kg and less.",
        "Orrery trailers carry 750 kg and above.",
    ),
    (
        "Guests of the Halle Inn may cancel until 48 hours before arrival.",
        "Guests of the Halle Inn may cancel as late as 48 hours before arrival.",
        "Guests of the Halle Inn may cancel in the final 48 hours before arrival.",
    ),
    (
        "Leave at Fenwood must be requested at least 10 days before it begins.",
        "Leave at Fenwood must be requested no later than 10 days before it begins.",
        "Leave at Fenwood must be requested no later than 10 days after it begins.",
    ),
    (
        "Skelby Post takes parcels of at least 2 kg.",
        "Skelby Post takes parcels from 2 kg upwards.",
        "Skelby Post takes parcels of 2 kg downwards.",
    ),
    (
        "The Cobb oven needs at least 20 minutes.",
        "The Cobb oven needs no fewer than 20 minutes.",
        "The Cobb oven needs no more than 20 minutes.",
    ),
    (
        "Repairs at Stroud Cycles take no more than 2 days.",
        "Repairs at Stroud Cycles take 2 days at the most.",
        "Repairs at Stroud Cycles take 2 days at the least.",
    ),
    (
        "Payments to the Loftus fund are possible until the end of May.",
        "Payments to the Loftus fund: until the end of May.",
        "Payments to the Loftus fund: from the end of May.",
    ),
]


@pytest.mark.parametrize(("fact", "right"), [(twin[0], twin[1]) for twin in _TWINS])
def test_a_limit_may_be_worded_otherwise(fact: str, right: str) -> None:
    assert GATES["conditions"](Copy(text=right, facts=(fact,)), _POLICY).passed


@pytest.mark.parametrize(("fact", "wrong"), [(twin[0], twin[2]) for twin in _TWINS])
def test_a_limit_may_not_be_turned(fact: str, wrong: str) -> None:
    assert not all(verdict.passed for verdict in judge(Copy(text=wrong, facts=(fact,)), _POLICY))


def test_not_even_a_button_turns_a_limit() -> None:
    fact = "The Orrery trailer carries up to 750 kg."
    assert not GATES["conditions"](
        Copy(text="Load 750 kg and more", slot="cta", facts=(fact,)), _POLICY
    ).passed


@pytest.mark.parametrize(
    "text",
    [
        "The Ocelot kettle: 90 seconds. Nothing on the market heats up sooner.",
        "The Ocelot kettle: 90 seconds, and nowhere in town is it done as well.",
        "The Ocelot kettle: 90 seconds, the country's favourite.",
        "The Ocelot kettle: 90 seconds. Other kettles can only watch.",
        "The Ocelot kettle: 90 seconds, on power from wind and rivers.",
        "The Ocelot kettle: 90 seconds. No more stiff neck.",
        "The Ocelot kettle: 90 seconds, in cast iron.",
        "The Ocelot kettle: 90 seconds, with honey from the valley.",
    ],
)
def test_a_claim_that_no_fact_makes_is_refused(text: str) -> None:
    assert not GATES["claims"](
        Copy(text=text, facts=("The Ocelot kettle boils in 90 seconds.",)), _POLICY
    ).passed


@pytest.mark.parametrize(
    "text",
    [
        "Nobody is up yet. The Ocelot kettle boils in 90 seconds.",
        "The other cups can wait. The Ocelot kettle boils in 90 seconds.",
        "A walk in the wind and back: the Ocelot kettle boils in 90 seconds.",
    ],
)
def test_a_scene_puts_no_offer_before_others(text: str) -> None:
    assert GATES["claims"](Copy(text=text, facts=("The Ocelot kettle boils in 90 seconds.",)), _POLICY).passed
