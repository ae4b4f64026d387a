"""Intervals that hold at every look: whoever peeks and stops when he likes what he sees is still right 95 times in 100."""

from __future__ import annotations

from math import log, sqrt

#: Units at which the interval is narrowest, unless somebody planned for another number. It must not depend on the data.
PLANNED_UNITS = 10_000


def sequential_half_width(
    standard_error: float, units: int, *, alpha: float = 0.05, planned: int = PLANNED_UNITS
) -> float:
    """Half of an interval around an estimate with this standard error, after so many units.

    Asymptotic confidence sequence with Robbins' normal mixture (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Annals
    of Statistics 52, 2024, theorem 2.2); its scale is that which is best after `planned` units.
    """
    scale = (-2 * log(alpha) + log(-2 * log(alpha)) + 1) / planned
    grown = units * scale + 1
    return standard_error * sqrt(2 * grown / (units * scale) * log(sqrt(grown) / alpha))
