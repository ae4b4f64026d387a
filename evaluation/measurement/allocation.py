"""How often each message is chosen from now on: as often as it is likely to be the best of its place (Thompson sampling)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from content_store.shares import PlaceKey, shares_of
from evaluation.measurement.choices import Choices, Numbers, Truths

#: Customers of a message whose window is over, and customers of a place who answered at all; with fewer, shares stay equal.
LEAST_CUSTOMERS = 50
LEAST_ANSWERS = 10

DRAWS = 10_000
SEED = 7

#: What is believed of a message before anybody got it counts as much as so many customers with the place's mean.
PRIOR = 2.0
#: The spread of a message's own values counts as its customers do against so many of the whole place.
PRIOR_OF_SPREAD = 100.0


@dataclass(frozen=True)
class ArmShare:
    """One message of a place, and how often it is chosen."""

    arm: str
    #: whose window is over
    customers: int
    #: of the metric, per customer; None before anybody got it
    mean: float | None
    #: how likely it is the best of its place; None where nobody can say yet
    best: float | None
    present: float
    proposed: float


@dataclass(frozen=True)
class Allocation:
    """What is proposed for a place."""

    place: PlaceKey
    arms: list[ArmShare]
    #: the shares of the messages that were compared; empty for equal ones
    shares: dict[str, float]
    #: why shares are equal
    note: str | None


class _Arm(NamedTuple):
    rewards: Numbers
    #: one by the propensity, so that times at which it was chosen seldom count as much as others
    weights: Numbers

    @property
    def mean(self) -> float:
        return float(np.average(self.rewards, weights=self.weights))

    @property
    def size(self) -> float:
        """Customers that would tell as much if all weights were equal (Kish 1965)."""
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())

    @property
    def variance(self) -> float:
        return float(np.average((self.rewards - self.mean) ** 2, weights=self.weights))


def allocate(
    choices: Choices, present: Mapping[PlaceKey, Mapping[str, float]], floor: float
) -> list[Allocation]:
    """What is proposed for each place with messages that may go out (`present`: place -> message -> its share now).

    A message's share is the probability that it is the best of its place (Thompson, Biometrika 25, 1933), mixed with the
    floor: of k messages each gets floor + (1 - k floor) times that.
    """
    numbers = {place: number for number, place in enumerate(choices.places)}
    return [
        _allot(choices.where(choices.place == numbers.get(place, -1)), place, arms, floor)
        for place, arms in present.items()
    ]


def comparable(choices: Choices, arms: Sequence[str]) -> Truths:
    """The rows of a place from when on all of these messages were chosen from; before, they had no chance to be compared."""
    mine = [choices.arm == number for number, arm in enumerate(choices.arms) if arm in arms]
    if len(mine) < len(arms) or not all(rows.any() for rows in mine):
        return np.zeros(len(choices.arm), dtype=np.bool_)
    since = max(int(choices.at[rows].min()) for rows in mine)
    found: Truths = choices.at >= since
    return found


def _allot(choices: Choices, place: PlaceKey, present: Mapping[str, float], floor: float) -> Allocation:
    names = sorted(present)
    rows = {arm: choices.arm == number for number, arm in enumerate(choices.arms)}
    counts = {arm: int(rows[arm].sum()) if arm in rows else 0 for arm in names}
    compared = [arm for arm in names if counts[arm] >= LEAST_CUSTOMERS]
    alike = choices.where(comparable(choices, compared)) if compared else choices
    arms = {arm: _arm(alike, arm) for arm in compared}
    note = _why_equal(names, arms, alike)
    best = {} if note else dict(zip(compared, best_of(list(arms.values())), strict=True))
    least = min(floor, 1 / len(compared)) if compared else 0.0
    shares = {arm: least + (1 - len(compared) * least) * chance for arm, chance in best.items()}
    proposed = shares_of(shares, floor, names)
    return Allocation(
        place,
        [
            ArmShare(
                arm,
                counts[arm],
                _arm(choices, arm).mean if counts[arm] else None,
                best.get(arm),
                present[arm],
                share,
            )
            for arm, share in zip(names, proposed, strict=True)
        ],
        shares,
        note,
    )


def _arm(choices: Choices, name: str) -> _Arm:
    rows = choices.arm == choices.arms.index(name)
    return _Arm(choices.reward[rows], 1 / choices.propensity[rows])


def _why_equal(names: Sequence[str], arms: Mapping[str, _Arm], alike: Choices) -> str | None:
    if len(names) < 2:
        return "there is one message only"
    # Since the last of them began, too.
    enough = [arm for arm in arms.values() if len(arm.rewards) >= LEAST_CUSTOMERS]
    if len(enough) < max(len(arms), 2):
        return f"fewer than two messages have {LEAST_CUSTOMERS} customers whose window is over, side by side"
    if np.count_nonzero(alike.reward) < LEAST_ANSWERS:
        return f"fewer than {LEAST_ANSWERS} customers answered"
    return None


def best_of(arms: Sequence[_Arm]) -> list[float]:
    """The probability of each message that its mean is the highest, by draws from what is believed of the means."""
    random = np.random.default_rng(SEED)
    rewards = np.concatenate([arm.rewards for arm in arms])
    shares = bool(np.isin(rewards, (0.0, 1.0)).all())
    drawn = _drawn_shares(random, arms, rewards) if shares else _drawn_means(random, arms, rewards)
    return [float(share) for share in np.bincount(drawn.argmax(axis=0), minlength=len(arms)) / DRAWS]


def _drawn_shares(random: np.random.Generator, arms: Sequence[_Arm], rewards: Numbers) -> Numbers:
    """(arms, draws): Beta and binomial, from the share of the whole place."""
    usual = (rewards.sum() + 0.5) / (len(rewards) + 1)
    return np.stack(
        [
            random.beta(
                PRIOR * usual + arm.size * arm.mean, PRIOR * (1 - usual) + arm.size * (1 - arm.mean), DRAWS
            )
            for arm in arms
        ]
    )


def _drawn_means(random: np.random.Generator, arms: Sequence[_Arm], rewards: Numbers) -> Numbers:
    """(arms, draws): normal, from the mean of the whole place; few large baskets alone make nobody sure."""
    usual, spread = float(rewards.mean()), float(rewards.var())
    within = float(np.average([arm.variance for arm in arms], weights=[arm.size for arm in arms]))
    drawn = []
    for arm in arms:
        variance = (PRIOR_OF_SPREAD * within + arm.size * arm.variance) / (PRIOR_OF_SPREAD + arm.size)
        before, seen = PRIOR / spread, arm.size / variance
        mean = (before * usual + seen * arm.mean) / (before + seen)
        drawn.append(random.normal(mean, (before + seen) ** -0.5, DRAWS))
    return np.stack(drawn)
