"""Whether a result can be believed: the one word that a report and a list of campaigns begin with."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

from evaluation.measurement.comparison import Comparison
from evaluation.measurement.results import CampaignResults


class Standing(enum.StrEnum):
    """What a reader may take a result for; the first that applies."""

    NO_EXPERIMENT = "no_experiment"  #: nobody was held out by chance: no causal claim
    NO_VERDICT = "no_verdict"  #: chance alone cannot have made the groups
    UNKNOWN = "unknown"  #: no date is over yet, or there are too few outcomes to give an interval
    UNCLEAR = "unclear"  #: the interval covers zero
    CLEAR = "clear"  #: the interval leaves zero out


def standing_of(results: CampaignResults) -> Standing:
    """What the campaign's main metric allows to say."""
    if not results.experiment:
        return Standing.NO_EXPERIMENT
    if not results.trusted:
        return Standing.NO_VERDICT
    main = main_effect(results)
    if results.why_not is not None or main is None or main.lift_low is None:
        return Standing.UNKNOWN
    return Standing.CLEAR if is_clear(main) else Standing.UNCLEAR


def shows_effects(results: CampaignResults) -> bool:
    """Whether differences to the holdout may be shown: a number that nobody should use is better not read."""
    return results.experiment and results.trusted and results.why_not is None


def main_effect(results: CampaignResults) -> Comparison | None:
    """The line of the brief's own metric, else the first one; None where there is none."""
    named = [line for line in results.overall if line.metric == results.metric]
    return next(iter([*named, *results.overall]), None)


def is_clear(effect: Comparison) -> bool:
    """Whether the interval leaves zero out."""
    low, high = effect.lift_low, effect.lift_high
    return low is not None and high is not None and (low > 0 or high < 0)


def still_open(results: CampaignResults) -> list[datetime]:
    """When outcomes stop counting, for each date of the campaign for which they still do; the earliest first."""
    ends = [moment + timedelta(days=results.window_days) for moment in results.occurrences]
    return sorted(end for end in ends if end > results.as_of)
