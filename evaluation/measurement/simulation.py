"""Outcomes and campaigns whose true effects are known, to try the statistics on; a campaign may learn as it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from tea_tasting.aggr import Aggregates

Numbers = NDArray[np.float64]


class Effects(NamedTuple):
    """What an arm truly adds to each outcome of a unit, on average."""

    spend: float = 0.0
    visit: float = 0.0
    clicks_per_view: float = 0.0


#: What a unit does without any message, on average.
SPEND, VISIT, CLICKS_PER_VIEW = 20.0, 0.10, 0.08


class Outcomes(NamedTuple):
    """One number per unit."""

    spend: Numbers
    visit: Numbers
    views: Numbers
    clicks: Numbers
    #: spend of the weeks before, which nothing that is sent can change
    past_spend: Numbers

    def aggregates(self, units: int | None = None) -> Aggregates:
        """The sums of the first `units` of them."""
        values = {name: array[:units] for name, array in self._asdict().items()}
        names = list(values)
        together = np.cov(np.stack([values[name] for name in names]))
        return Aggregates(
            len(values["spend"]),
            {name: float(array.mean()) for name, array in values.items()},
            {name: float(together[place, place]) for place, name in enumerate(names)},
            {
                (left, right): float(together[i, j])
                for i, left in enumerate(names)
                for j, right in enumerate(names)
                if i < j
            },
        )


def simulate(random: np.random.Generator, units: int, effects: Effects = Effects()) -> Outcomes:  # noqa: B008 - a value
    """Units of one arm. Spend is skewed and hangs together with that of the past; clicks hang together within a unit."""
    wealth = random.gamma(2.0, 0.5, units)
    past = SPEND * wealth * random.gamma(8.0, 1 / 8, units)
    spend = (SPEND + effects.spend) * wealth * random.gamma(4.0, 1 / 4, units)
    visit = (random.random(units) < VISIT + effects.visit).astype(float)
    views = 1.0 + random.poisson(4.0 * wealth).astype(float)
    taste = random.beta(8.0, 8.0 / CLICKS_PER_VIEW - 8.0, units)
    rate = taste * (CLICKS_PER_VIEW + effects.clicks_per_view) / CLICKS_PER_VIEW
    clicks = random.binomial(views.astype(int), rate).astype(float)
    return Outcomes(spend, visit, views, clicks, past)


#: What a customer buys in a window without any message, on average, and what a purchase is worth.
PURCHASES, WORTH = 0.25, 20.0

#: The first occurrence of a simulated campaign; the others follow week by week, and so long is the window.
START, WINDOW = datetime(2026, 3, 2, tzinfo=UTC), timedelta(days=7)


class Simulated(NamedTuple):
    """A campaign as units.py gives it: the tables `units` and `conversions`, with what those need who measure it."""

    units: pa.Table
    conversions: pa.Table


class Truth(NamedTuple):
    """What messages truly add to the purchases of a customer in a window, on average."""

    #: of each segment
    segments: Sequence[float] | Numbers = (0.0,)
    #: of each arm beyond that, in every segment or, as rows, in each
    arms: Sequence[float] | Sequence[Sequence[float]] | Numbers = (0.0,)

    def of_arms(self) -> Numbers:
        """What each arm adds in each segment: (segments, arms)."""
        arms = np.atleast_2d(np.asarray(self.arms, float))
        whole: Numbers = np.asarray(self.segments, float)[:, None] + arms
        return whole


def simulate_campaign(
    random: np.random.Generator,
    customers: int,
    truth: Truth,
    *,
    held_share: float = 0.1,
    seasons: Sequence[float] = (1.0,),
    floor: float | None = None,
    steady: bool = False,
) -> Simulated:
    """Customers in turn of each segment, with purchases that hang together with those of their past.

    There is an occurrence for each of `seasons`, which say how much more is bought then, message or not.

    With a `floor` the arms are chosen as a bandit would: by how probable it is that each is the best after what was seen,
    but each with at least this probability. Equal shares without. `steady` customers get the same arm every time, as they
    do who ask for it themselves; the others are dealt anew.
    """
    effects = truth.of_arms()
    segments, arms = effects.shape
    segment = np.arange(customers) % segments
    wealth = random.gamma(2.0, 0.5, customers)
    held = random.random(customers) < held_share
    before = WORTH * random.poisson(8 * PURCHASES * wealth).astype(float)
    shares = np.full((segments, arms), 1 / arms)
    seen = _Seen(np.zeros((3, segments, arms)))
    parts, bought = [], []
    for number, season in enumerate(seasons):
        if not (steady and number):
            position = random.random(customers)
        arm = (position[:, None] > shares.cumsum(axis=1)[segment]).sum(axis=1).clip(max=arms - 1)
        rate = wealth * (season * PURCHASES + np.where(held, 0.0, effects[segment, arm]))
        purchases = random.poisson(rate)
        who = np.repeat(np.arange(customers), purchases)
        value = WORTH * random.gamma(4.0, 1 / 4, len(who))
        spent = np.bincount(who, value, customers).astype(float)
        at = START + number * WINDOW
        parts.append(_units(at, segment, arm, held, shares[segment, arm], purchases, spent, before))
        bought.append(_conversions(at, who, value, random))
        if floor is not None:
            seen.add(segment[~held], arm[~held], spent[~held])
            shares = floor + (1 - arms * floor) * seen.best(random)
    return Simulated(pa.concat_tables(parts), pa.concat_tables(bought))


class _Seen(NamedTuple):
    """Number, sum and sum of squares of what each arm brought in each segment."""

    sums: Numbers

    def add(self, segment: NDArray[np.int64], arm: NDArray[np.int64], spent: Numbers) -> None:
        for place, values in enumerate((np.ones_like(spent), spent, spent**2)):
            np.add.at(self.sums[place], (segment, arm), values)

    def best(self, random: np.random.Generator) -> Numbers:
        """How probable it is that each arm is the best of its segment (Thompson, by 200 draws)."""
        number, total, squares = np.maximum(self.sums, 1e-9)
        mean = total / number
        error = np.sqrt(np.maximum(squares / number - mean**2, 1.0) / number)
        draws = random.normal(mean, error, (200, *mean.shape))
        return np.asarray((draws == draws.max(axis=2, keepdims=True)).mean(axis=0))


def _units(
    at: datetime,
    segment: NDArray[np.int64],
    arm: NDArray[np.int64],
    held: NDArray[np.bool_],
    propensity: Numbers,
    purchases: NDArray[np.int64],
    spent: Numbers,
    before: Numbers,
) -> pa.Table:
    customers = len(segment)
    return pa.table(
        {
            "customer_id": pa.array(np.arange(customers)).cast(pa.string()),
            "occurrence": pa.array([at] * customers, pa.timestamp("us", "UTC")),
            "channel": pa.array(["sms"] * customers),
            "locale": pa.array(["en-US"] * customers),
            "segment_id": pa.array(segment),
            "arm": pa.array(np.array(list("ABCDEFGH"))[arm]),
            "message_id": pa.array(100 * segment + arm),
            "held": pa.array(held),
            "propensity": pa.array(propensity),
            "conversions": pa.array(purchases),
            "value": pa.array(spent),
            "margin": pa.array(spent / 4),
            "before": pa.array(before),
            "closed": pa.array(np.ones(customers, bool)),
        }
    )


def _conversions(
    at: datetime, who: NDArray[np.int64], value: Numbers, random: np.random.Generator
) -> pa.Table:
    micros = int(at.timestamp() * 1e6) + random.integers(0, int(WINDOW / timedelta(microseconds=1)), len(who))
    return pa.table(
        {
            "customer_id": pa.array(who).cast(pa.string()),
            "at": pa.array(micros, pa.int64()).cast(pa.timestamp("us", "UTC")),
            "value": pa.array(value),
            "margin": pa.array(value / 4),
        }
    )
