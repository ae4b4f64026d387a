"""Outcomes whose true effects are known, to try the statistics on: skewed spend, visits, views and clicks, and the past."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
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
