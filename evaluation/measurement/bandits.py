"""Campaigns whose messages have known worths, to try allotting on: what is lost to the best message, and what is learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from content_store.shares import PlaceKey
from evaluation.measurement.allocation import allocate
from evaluation.measurement.choices import Choices, Ints, Numbers

PLACE: PlaceKey = (1, "email", "en-US")


class Campaign(NamedTuple):
    """A brief in one place, sent round after round, each to other customers."""

    #: the share of customers who answer each message
    rates: Sequence[float]
    #: what an answer is worth on average; each is one without it
    basket: float | None = None
    rounds: int = 20
    customers: int = 500
    #: shares change after each round; else they stay equal
    learning: bool = True
    floor: float = 0.1


class Sent(NamedTuple):
    """What came of a campaign."""

    #: what the best message would have earned beyond what was earned, expected over all customers
    regret: float
    #: (rounds, messages)
    shares: Numbers
    choices: Choices


def send(random: np.random.Generator, campaign: Campaign) -> Sent:
    """A campaign as it goes; spend is as skewed as an exponential distribution."""
    rates = np.array(campaign.rates)
    arms = [chr(ord("A") + number) for number in range(len(rates))]
    shares, history, regret = np.full(len(rates), 1 / len(rates)), [], 0.0
    none, nothing = np.empty(0, dtype=np.int64), np.empty(0)
    choices = Choices([PLACE], arms, none, none, none, none, nothing, nothing)
    for number in range(campaign.rounds):
        history.append(shares)
        arm = random.choice(len(rates), campaign.customers, p=shares)
        reward = (random.random(campaign.customers) < rates[arm]).astype(float)
        if campaign.basket is not None:
            reward *= random.exponential(campaign.basket, campaign.customers)
        regret += float((rates.max() - rates[arm]).sum()) * (campaign.basket or 1.0)
        choices = _and(choices, number, arm, shares[arm], reward)
        if campaign.learning:
            (allocation,) = allocate(choices, {PLACE: dict(zip(arms, shares, strict=True))}, campaign.floor)
            shares = np.array([item.proposed for item in allocation.arms])
            shares /= shares.sum()
    return Sent(regret, np.array(history), choices)


def _and(before: Choices, number: int, arm: Ints, propensity: Numbers, reward: Numbers) -> Choices:
    size, more = len(before.arm), len(arm)
    return before._replace(
        place=np.zeros(size + more, dtype=np.int64),
        arm=np.concatenate([before.arm, arm]),
        customer=np.arange(size + more),
        at=np.concatenate([before.at, np.full(more, number)]),
        propensity=np.concatenate([before.propensity, propensity]),
        reward=np.concatenate([before.reward, reward]),
    )
