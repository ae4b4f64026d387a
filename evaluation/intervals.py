"""How far a measured share, or a difference of two, may be off: 95 % intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

#: The normal quantile of a two-sided 95 % interval.
Z95 = 1.959964

DRAWS = 2_000


@dataclass(frozen=True)
class Estimate:
    """A share, or a difference of shares, with its 95 % interval; rounded to four digits."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Of a difference: the interval does not hold 0."""
        return self.low > 0 or self.high < 0


def estimate_share(shares: Sequence[float], each: int = 1) -> Estimate:
    """The mean of one share per case, each out of `each` draws, with Wilson's interval (JASA 22, 1927).

    Draws of one case resemble one another, so they count for less than independent ones: the interval is that of the
    effective number of draws (Korn and Graubard, Survey Methodology 24, 1998), never fewer than the cases.
    """
    share = float(np.mean(shares))
    low, high = _wilson(share, _effective_number(shares, each))
    return Estimate(round(share, 4), round(low, 4), round(high, 4))


def paired_difference(first: Sequence[float], second: Sequence[float], seed: int = 0) -> Estimate:
    """Mean of second minus first over the same cases; percentile bootstrap over cases, 2,000 draws."""
    differences = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    drawn = np.random.default_rng(seed).integers(0, len(differences), (DRAWS, len(differences)))
    low, high = np.quantile(differences[drawn].mean(axis=1), [0.025, 0.975])
    return Estimate(round(float(differences.mean()), 4), round(float(low), 4), round(float(high), 4))


def _effective_number(shares: Sequence[float], each: int) -> float:
    cases, share = len(shares), float(np.mean(shares))
    spread = float(np.var(shares, ddof=1)) if cases > 1 else 0.0
    if spread == 0:
        return float(cases)
    return min(max(share * (1 - share) * cases / spread, float(cases)), float(cases * each))


def _wilson(share: float, number: float) -> tuple[float, float]:
    scale = 1 + Z95**2 / number
    centre = (share + Z95**2 / (2 * number)) / scale
    half = Z95 * sqrt(share * (1 - share) / number + Z95**2 / (4 * number**2)) / scale
    return max(0.0, centre - half), min(1.0, centre + half)
