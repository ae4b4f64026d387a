"""Before anything is written: which differences an audience is big enough to show, and what the messages would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from content_store.errors import BadInput
from content_store.measuring_settings import MeasuringSettings
from evaluation.measurement.power import Variance, lift_found, of_mean, of_share

#: Messages of a place that a brief may compare.
ARMS = (1, 2, 3)


@dataclass(frozen=True)
class Past:
    """Customers whom a brief would reach, and what they did in a window of the same length just before."""

    segment: str
    customers: int
    mean: float
    deviation: float


@dataclass(frozen=True)
class Foreseen:
    """The smallest true differences that are found 80 times in 100; None where nothing can be found."""

    segment: str
    customers: int
    mean: float
    #: between those who are written to and those held out, per customer
    against_holdout: float | None
    #: messages -> between one of them and another
    between: dict[int, float | None]


@dataclass(frozen=True)
class Price:
    """What so many messages in each place would cost; None where the past does not tell."""

    arms: int
    messages: int
    model_seconds: float | None
    reviewer_minutes: float | None
    sends: dict[str, int]
    amount: float


def foresee(past: Past, *, share: bool, holdout_share: float) -> Foreseen:
    """What can be found among these customers; `share` says that the metric is a yes or no."""
    written = past.customers * (1 - holdout_share)
    held = past.customers - written
    # So many on either side would tell as much as these unequal groups.
    alike = 2 / (1 / held + 1 / written) if held >= 2 and written >= 2 else 0.0
    return Foreseen(
        past.segment,
        past.customers,
        past.mean,
        _found(past, alike, 2, share=share),
        {arms: _found(past, written / arms, arms, share=share) for arms in ARMS if arms > 1},
    )


def together(parts: Sequence[Past]) -> Past:
    """All segments as one."""
    customers = sum(part.customers for part in parts)
    if not customers:
        return Past("all", 0, 0.0, 0.0)
    mean = sum(part.customers * part.mean for part in parts) / customers
    spread = sum(part.customers * (part.deviation**2 + (part.mean - mean) ** 2) for part in parts) / customers
    return Past("all", customers, mean, sqrt(spread))


def price(
    arms: int,
    places: int,
    sends: dict[str, int],
    settings: MeasuringSettings,
    model_seconds: float | None,
    reviewer_minutes: float | None,
) -> Price:
    """What `arms` messages in each of `places` would cost; seconds and minutes are those of one message in the past."""
    messages = arms * places
    seconds = None if model_seconds is None else messages * model_seconds
    minutes = None if reviewer_minutes is None else messages * reviewer_minutes
    amount = (seconds or 0.0) * settings.model_second + (minutes or 0.0) * settings.reviewer_minute
    amount += sum(number * settings.send.get(channel, 0.0) for channel, number in sends.items())
    return Price(arms, messages, seconds, minutes, sends, amount)


def told_apart(foreseen: Foreseen, relative: float) -> int:
    """How many messages can be told apart that differ by this part of the mean; 1 where none can."""
    enough = [
        arms
        for arms, lift in foreseen.between.items()
        if lift is not None and lift <= relative * foreseen.mean
    ]
    return max(enough, default=1)


def _found(past: Past, units: float, arms: int, *, share: bool) -> float | None:
    variance: Variance = of_share
    if not share:
        if not past.deviation > 0:
            return None
        variance = of_mean(past.deviation)
    try:
        return lift_found(past.mean, variance, int(units), arms=arms).lift
    except BadInput:
        # Nobody did anything, or there are too few customers for any difference.
        return None
