"""The result of a campaign in one sentence, and why there is none where nothing can be said."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from evaluation.measurement.arms import FEWEST_CONVERTED, expected_converted
from evaluation.measurement.comparison import SRM_ALARM, Comparison
from evaluation.measurement.customers import Customers
from evaluation.measurement.numbers import Numbers
from evaluation.measurement.splits import Split


def why_no_verdict(customers: Customers, split: Split, window_days: int) -> str | None:
    """A sentence with what to do, or None where a verdict can be given."""
    if not split.customers:
        return "There is nothing to measure: nobody was planned for up to the moment that is measured."
    if not split.trusted:
        return _distrust(split)
    if not split.held:
        advice = (
            f"With holdout_share {split.share:g} in brand.yaml somebody will be once there are more customers."
            if split.share
            else "Set holdout_share in brand.yaml before the next campaign."
        )
        return (
            f"No verdict: of {split.customers:,} customers nobody was held out, so nobody knows what they would have done"
            f" without a message. {advice}"
        )
    if customers.closed_until is None and customers.open_until is not None:
        return (
            f"Too early for a verdict: the {window_days} days in which conversions count are over on"
            f" {customers.open_until:%Y-%m-%d}."
        )
    if not customers.held or not customers.written:
        return (
            f"No verdict: {customers.held:,} customers were held out and {customers.written:,} were not; a comparison needs"
            " both."
        )
    if not customers.converted:
        return (
            f"No verdict: none of {customers.held + customers.written:,} customers converted within {window_days} days."
            " Look whether conversions come in at all."
        )
    expected = expected_converted(customers.written, customers.held, customers.converted)
    if expected < FEWEST_CONVERTED:
        return (
            f"No verdict yet: of {customers.held:,} customers who were held out {expected:.1f} conversions are to be"
            f" expected, and {FEWEST_CONVERTED} are needed. About {customers_needed(customers):,} customers in all would do"
            " with this holdout."
        )
    return None


def unlike_before(lines: Sequence[Comparison]) -> str | None:
    """A sentence where those held out were others than chance would have made them, by what they spent before."""
    line = next((line for line in lines if not line.trusted), None)
    if line is None:
        return None
    seen = line.notes[-1] if line.notes else ""
    return (
        f"No verdict: those held out were not like the others before anything was sent. {seen} Find out who was held out by"
        " something else than chance before you believe any number here."
    )


def customers_needed(customers: Customers) -> int:
    """Customers of whom enough conversions are to be expected on the smaller side, at this rate and holdout."""
    expected = expected_converted(customers.written, customers.held, customers.converted)
    return ceil((customers.held + customers.written) * FEWEST_CONVERTED / expected)


def verdict(lines: Sequence[Comparison], metric: str, written: int, currency: str) -> str:
    """The effect per customer and in all, with its interval; says when it may as well be nothing."""
    line = next(line for line in lines if line.metric == metric)
    lift, low, high = line.lift, line.lift_low, line.lift_high
    if lift is None or low is None or high is None:
        return "No verdict: all customers did the same, so there is no telling how sure the difference is."
    all_of = (lift * written, low * written, high * written)
    if metric == "converted":
        each = f"{abs(lift):.2%} {'more' if lift >= 0 else 'fewer'} of the customers converted than of those held out"
        span = f"{low:+.2%} to {high:+.2%}"
        total, least, most = (f"{value:+,.0f}" for value in all_of)
        total += " conversions"
    else:
        numbers = Numbers("en", currency)
        more = "more" if lift >= 0 else "less"
        each = f"each customer brought {numbers.money(abs(lift), low, high)} {more} than those held out"
        span = (
            f"{numbers.difference(low, metric, lift, high)} to {numbers.difference(high, metric, lift, low)}"
        )
        total, least, most = (numbers.difference(value, metric, *all_of) for value in all_of)
    whole = f"{total} in all ({least} to {most}) from {written:,} customers"
    if low <= 0 <= high:
        return f"It may as well have changed nothing: {each}, but the 95 % interval ({span}) covers zero; {whole}."
    opening = "It worked" if lift > 0 else "It did harm"
    return f"{opening}: {each} (95 % interval {span}); {whole}."


def _distrust(split: Split) -> str:
    if split.holdout_p <= split.arms_p:
        return (
            f"No verdict: {split.held:,} of {split.customers:,} customers ({split.held / split.customers:.2%}) were held out"
            f" where {split.share:.2%} were meant to be, which is no chance ({_chance(split.holdout_p)}). Customers were lost, or"
            " held out by something else, or holdout_share was changed; find out which before you believe any number here."
        )
    return (
        "No verdict: how often the messages were chosen does not fit their logged probabilities, which is no chance"
        f" ({_chance(split.arms_p)}). Find out which customers were lost or chosen by something else before you believe any"
        " number here."
    )


def _chance(p_value: float) -> str:
    return f"p < {SRM_ALARM / 10:g}" if p_value < SRM_ALARM / 10 else f"p = {p_value:.2g}"
