"""Whether customers came to the holdout and to the arms by chance alone, as they were meant to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
from scipy import stats

from evaluation.measurement.comparison import SRM_ALARM

#: Places in which an arm expects fewer customers are left out of the chi-squared test (Cochran, Annals 23, 1952).
FEWEST_EXPECTED = 5

#: A propensity is a share; sums may be off by rounding.
_ROUNDING = 1e-6


class Split(NamedTuple):
    """How many were meant to be where, how many are, and how likely that is."""

    held: int
    customers: int
    share: float
    holdout_p: float
    #: of the channel whose arms fit worst, made fit for the number of channels; 1 where there is nothing to choose
    arms_p: float

    @property
    def p_value(self) -> float:
        """Of both tests together (Bonferroni), so that the alarm rings as seldom as it says."""
        return min(1.0, 2 * min(self.holdout_p, self.arms_p))

    @property
    def trusted(self) -> bool:
        return self.p_value >= SRM_ALARM


def check_splits(connection: duckdb.DuckDBPyConnection, share: float) -> Split:
    """The split of everybody in the table of units. Where the holdout's share changed meanwhile, only the last occurrence counts."""
    held, customers = connection.execute(
        """
        with whole as (
            select customer_id, max(held) as held, min(held) <> max(held) as mixed,
                   bool_or(held) filter (occurrence = (select max(occurrence) from units)) as last
            from units group by customer_id
        )
        select case when bool_or(mixed) then count(*) filter (last) else count(*) filter (held) end,
               case when bool_or(mixed) then count(last) else count(*) end from whole
        """
    ).fetchall()[0]
    holdout = float(stats.binomtest(held, customers, share).pvalue) if customers and share else 1.0
    return Split(held, customers, share, holdout, arms_p_value(connection))


class Cell(NamedTuple):
    """Customers of one arm, in one place and occurrence."""

    channel: str
    place: tuple[int, str, datetime]
    customers: int
    propensity: float


def arms_p_value(connection: duckdb.DuckDBPyConnection) -> float:
    """The arms of each place and occurrence against their logged propensities.

    Who asks for a message has an occurrence of their own and the same arm every time, so they count once, on their first day.
    """
    rows = connection.execute(
        """
        with dealt as (
            select *, date_trunc('day', occurrence) as day,
                   count(distinct customer_id) over (partition by occurrence) = 1 as asked,
                   row_number() over (partition by channel, customer_id order by occurrence) as number
            from units
        )
        select channel, (segment_id, locale, case when asked then day else occurrence end) as place, count(*), avg(propensity)
        from dealt where not asked or number = 1 group by channel, place, arm order by channel, place, arm
        """
    ).fetchall()
    return fit(
        Cell(channel, tuple(place), customers, propensity) for channel, place, customers, propensity in rows
    )


def fit(cells: Iterable[Cell]) -> float:
    """The p-value of arms' sizes: chi-squared, summed over the places and occurrences of a channel.

    One customer may get the same arm by two channels, so each channel is tested by itself; the smallest p-value counts,
    times their number.
    """
    places: dict[tuple[str, Any], list[Cell]] = {}
    for cell in cells:
        places.setdefault((cell.channel, cell.place), []).append(cell)
    distances: dict[str, tuple[float, int]] = {}
    for (channel, _), arms in places.items():
        distance, free = _distance(arms)
        before = distances.get(channel, (0.0, 0))
        distances[channel] = (before[0] + distance, before[1] + free)
    values = [float(stats.chi2.sf(distance, free)) for distance, free in distances.values() if free]
    return min(1.0, len(values) * min(values)) if values else 1.0


def _distance(arms: Sequence[Cell]) -> tuple[float, int]:
    """Chi-squared of one place with its degrees of freedom; nothing where an arm expects too few customers."""
    customers = sum(arm.customers for arm in arms)
    shares = [arm.propensity for arm in arms]
    counts = [arm.customers for arm in arms]
    # What is left of the propensities belongs to arms that nobody got.
    if (left := 1 - sum(shares)) > _ROUNDING:
        shares, counts = [*shares, left], [*counts, 0]
    expected = [customers * share / sum(shares) for share in shares]
    if min(expected) < FEWEST_EXPECTED:
        return 0.0, 0
    return sum((n - e) ** 2 / e for n, e in zip(counts, expected, strict=True)), len(counts) - 1
