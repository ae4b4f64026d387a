"""What to do next, in plain sentences."""

from __future__ import annotations

from collections import Counter
from math import ceil

from scipy import stats

from evaluation.measurement.comparison import Comparison
from evaluation.measurement.customers import Customers
from evaluation.measurement.holdout import standard_error
from evaluation.measurement.numbers import Numbers
from evaluation.measurement.results import ArmResult, CampaignResults
from evaluation.measurement.splits import Split

#: A difference is called one when at most so many of those called one are none.
FALSE_DISCOVERIES = 0.05

#: Messages, or segments, that are named one by one.
MOST = 5

#: Standard errors between an effect and zero so that it is found 80 times in 100.
_FAR = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))


def next_steps(results: CampaignResults, customers: Customers, split: Split) -> list[str]:
    """A few sentences, the most pressing first."""
    if not results.trusted:
        return ["Find out why the groups are not what chance makes of them, then measure again."]
    found = []
    if customers.open_until is not None:
        found.append(f"Measure again after {customers.open_until:%Y-%m-%d}, when the next window is over.")
    found += _holdout(results, split)
    found += _arms(results)
    found += _segments(results)
    if not found:
        found.append("Nothing calls for a change; go on as before.")
    return found


def more_customers(line: Comparison, effect: float) -> int | None:
    """Customers in all so that a true effect of this size is found 80 times in 100, split as they are now."""
    error = standard_error(line)
    if error is None or not effect:
        return None
    return ceil((line.n + line.control_n) * (_FAR * error / effect) ** 2)


def _holdout(results: CampaignResults, split: Split) -> list[str]:
    if not split.share:
        return [
            "Set holdout_share in brand.yaml, such as 0.05: without a holdout nothing can be said of the effect."
        ]
    line = next((line for line in results.overall if line.metric == results.metric), None)
    if (
        results.why_not is not None
        or line is None
        or line.lift_low is None
        or line.lift_high is None
        or not line.lift
    ):
        return []
    if line.lift_high < 0:
        return ["Stop this campaign or change it: those who got it did less than those held out."]
    needed = more_customers(line, line.lift)
    if line.lift_low > 0 or needed is None:
        return []
    return [
        f"If the true effect is what was seen, about {needed:,} customers in all would show it; there were"
        f" {line.n + line.control_n:,}. A holdout larger than {split.share:.0%} shows it sooner."
    ]


def _arms(results: CampaignResults) -> list[str]:
    """A sentence for each message that is probably better or worse; of two in a place the better one says it all."""
    places = Counter(_place(arm) for arm in results.arms)
    found = []
    for arm in results.arms:
        line = arm.effect
        if line.q_value is None or line.lift is None or line.q_value > FALSE_DISCOVERIES:
            continue
        if line.lift < 0 and places[_place(arm)] == 2:
            continue
        q = "q < 0.0001" if line.q_value < 0.0001 else f"q = {line.q_value:.2g}"
        more, better = ("more", "better") if line.lift > 0 else ("less", "worse")
        numbers = Numbers("en", results.currency)
        points = " points" if numbers.is_share(results.metric) else ""
        found.append(
            f"Send {more} of message {arm.arm} of {arm.segment} by {arm.channel} ({arm.locale}): it is probably {better}"
            f" ({numbers.difference(line.lift, results.metric)}{points} against the others there, {q})."
        )
    if not found and any(arm.effect.q_value is not None for arm in results.arms):
        return ["No message is clearly better or worse than the others of its place; keep comparing them."]
    return _first(found, "messages")


def _place(arm: ArmResult) -> tuple[int, str, str]:
    return arm.segment_id, arm.channel, arm.locale


def _first(sentences: list[str], what: str) -> list[str]:
    more = len(sentences) - MOST
    return (
        sentences
        if more <= 0
        else [*sentences[:MOST], f"Something like this can be said of {more} more {what}; see their table."]
    )


def _segments(results: CampaignResults) -> list[str]:
    whole = next((line for line in results.overall if line.metric == results.metric), None)
    found: list[str] = []
    blank: list[str] = []
    for item in results.segments:
        low, high = item.shrunk_low, item.shrunk_high
        if item.effect.lift_low is None:
            blank.append(item.segment)
        elif low is not None and high is not None and high < 0:
            found.append(f"Leave {item.segment} out the next time: there it probably does harm.")
        elif whole is not None and whole.lift and item.effect.lift_low <= 0 <= (item.effect.lift_high or 0.0):
            needed = more_customers(item.effect, whole.lift)
            there = item.effect.n + item.effect.control_n
            if needed is not None and needed > there:
                found.append(
                    f"Of {item.segment} alone too little is known: {needed - there:,} more customers would show an effect as"
                    " large as that of all."
                )
    found = _first(found, "segments")
    if blank:
        found.append(
            f"Nothing is known yet of {', '.join(blank)}: too few conversions are to be expected in the holdout."
        )
    return found
