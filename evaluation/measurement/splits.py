"""Whether customers came to the holdout and to the arms by chance alone, as they were meant to."""

from __future__ import annotations

from typing import NamedTuple

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


def arms_p_value(connection: duckdb.DuckDBPyConnection) -> float:
    """The arms of each place and occurrence against their logged propensities (chi-squared, summed over these).

    One customer may get the same arm by two channels, so each channel is tested by itself.
    """
    rows = connection.execute(
        """
        with chosen as (
            select channel, segment_id, locale, occurrence, arm, count(*) as number, avg(propensity) as propensity
            from units group by all
        ),
        places as (
            select channel, sum(number) as customers, greatest(sum(propensity), 1) as whole,
                   -- What is left of the propensities belongs to arms that nobody got.
                   customers * (1 - sum(propensity)) as nobody, min(propensity) * customers / whole as least,
                   sum(number * number / propensity) * whole / customers - customers as distance, count(*) - 1 as free
            from chosen group by channel, segment_id, locale, occurrence
        )
        select sum(distance), sum(free + (nobody > $rounding * customers)::int)
        from places
        where least >= $fewest and (nobody >= $fewest or nobody <= $rounding * customers)
        group by channel
        """,
        {"fewest": FEWEST_EXPECTED, "rounding": _ROUNDING},
    ).fetchall()
    values = [float(stats.chi2.sf(distance, free)) for distance, free in rows if free]
    return min(1.0, len(values) * min(values)) if values else 1.0
