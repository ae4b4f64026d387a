"""What a campaign brought in beyond what would have come anyway, less what it cost."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.measurement.comparison import Comparison
from evaluation.measurement.numbers import Numbers
from evaluation.measurement.results import CostLine, Return


def worth(
    lines: Sequence[Comparison], written: int, costs: Sequence[CostLine], currency: str, why_not: str | None
) -> Return:
    """The effect on a customer times `written` customers, of the margin where all margins are known, else of the value.

    The costs are known, so the interval is that of the effect.
    """
    cost = sum(line.amount for line in costs)
    money = {line.metric: line for line in lines}
    basis = "margin" if "margin" in money else "value"
    line = money.get(basis)
    numbers = Numbers("en", currency)
    spent = f"It cost {numbers.money(cost)}"
    if (
        why_not is not None
        or line is None
        or line.lift is None
        or line.lift_low is None
        or line.lift_high is None
    ):
        return Return(cost, None, None, None, basis, f"{spent}; what it brought in is not known.")
    earned, low, high = (value * written for value in (line.lift, line.lift_low, line.lift_high))
    net = (earned - cost, low - cost, high - cost)
    returned, least, most = (numbers.difference(value, basis, *net) for value in net)
    came = f"{numbers.money(abs(earned), low, high)} of {basis} {'less came in' if earned < 0 else 'more came in'}"
    told = f"{spent}, and {came} than without it: a return of {returned} ({least} to {most})"
    if low <= cost <= high:
        return Return(
            cost, earned, low, high, basis, f"{told}; the interval covers zero, so it may have lost money."
        )
    return Return(cost, earned, low, high, basis, f"{told}{'' if low > cost else ', a loss'}.")
