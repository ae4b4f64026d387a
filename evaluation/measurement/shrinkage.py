"""Effects of many segments, each drawn towards that of all of them by as much as chance alone could have moved it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

#: With fewer effects Morris' formulas have no meaning.
FEWEST = 4


class Shrunk(NamedTuple):
    """An effect with its 95 % interval."""

    effect: float
    low: float
    high: float


def shrink(
    effects: Sequence[float], errors: Sequence[float], whole: tuple[float, float]
) -> list[Shrunk] | None:
    """Each effect after shrinkage towards that of the whole, all with their standard errors (above 0); None for fewer than four.

    Empirical Bayes for normal effects with unequal errors (Morris, JASA 78, 1983, section 4), but for the common mean: that of
    amounts, weighted by how sure each is, is drawn to segments in which nobody spent much, so the effect on everybody is
    given. The spread of the true effects is found by repeated weighting; the intervals count that it and the mean are not known.
    """
    y, variances = np.asarray(effects, float), np.asarray(errors, float) ** 2
    number = len(y)
    if number < FEWEST:
        return None
    mean, error = whole
    spread = _spread(y, variances, mean)
    weights = 1 / (variances + spread)
    drawn = (number - 3) / (number - 1) * variances * weights
    effect = (1 - drawn) * y + drawn * mean
    typical = float((weights * variances).sum() / weights.sum())
    doubt = 2 / (number - 3) * drawn**2 * (typical + spread) * weights
    posterior = variances * (1 - drawn) + drawn**2 * error**2 + doubt * (y - mean) ** 2
    half = float(stats.norm.ppf(0.975)) * np.sqrt(posterior)
    return [Shrunk(float(e), float(e - h), float(e + h)) for e, h in zip(effect, half, strict=True)]


def _spread(y: np.ndarray, variances: np.ndarray, mean: float) -> float:
    """The variance of the true effects, at least 0, as Morris estimates it."""
    spread = float(variances.mean())
    for _ in range(200):
        weights = 1 / (variances + spread)
        found = (weights * (len(y) / (len(y) - 1) * (y - mean) ** 2 - variances)).sum() / weights.sum()
        found = max(0.0, float(found))
        if abs(found - spread) <= 1e-10 * (variances.mean() + spread):
            return found
        spread = found
    return spread
