"""Each message of a place against the others there, over all occurrences, however often each was chosen in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from typing import Any, NamedTuple

import duckdb
from scipy import stats

from evaluation.measurement.analysis import NUMBERS, with_q_values
from evaluation.measurement.comparison import Comparison
from evaluation.measurement.sequences import sequential_half_width

#: Metric -> what it is made of in the table of units.
MADE_OF = {"converted": "(conversions > 0)::double", "value": "value", "margin": "coalesce(margin, 0)"}

#: With fewer conversions to be expected in an arm its mean is no normal one, and nothing is said.
FEWEST_CONVERTED = 10


class Arm(NamedTuple):
    """A message of a place, as planned."""

    segment_id: int
    channel: str
    locale: str
    arm: str


class Cell(NamedTuple):
    """The customers of one arm in one occurrence."""

    customers: int
    mean: float
    variance: float
    converted: int


class Measured(NamedTuple):
    """An arm with the messages that it was, and what was found."""

    place: Arm
    message_ids: list[int]
    effect: Comparison


def compare_arms(connection: duckdb.DuckDBPyConnection, metric: str, srm_p_value: float) -> list[Measured]:
    """Every arm; the q-values of those that have others beside them hold over all of these together.

    Within an occurrence chance alone chose, with probabilities that stood still, so there an arm's mean less the average
    of the other arms' means is right, whatever was learned before. These differences are averaged with the occurrences'
    numbers of customers, which no outcome can have moved. Means over all rows at once would not do: where earlier
    outcomes decide how often an arm is chosen, they are neither unbiased nor normal (Zhang, Janson and Murphy, NeurIPS
    2020; Hadad and others, PNAS 118, 2021). The error is Neyman's, occurrence by occurrence, with Welch and
    Satterthwaite's degrees of freedom.
    """
    places = _cells(connection, metric)
    found = []
    for place, (messages, occurrences) in places.items():
        others = [cells for other, (_, cells) in places.items() if other[:3] == place[:3] and other != place]
        line = _against_others(place.arm, metric, occurrences, others, srm_p_value)
        found.append((place, messages, line))
    lines = with_q_values([line for _, _, line in found])
    return [Measured(place, messages, line) for (place, messages, _), line in zip(found, lines, strict=True)]


def _cells(
    connection: duckdb.DuckDBPyConnection, metric: str
) -> dict[Arm, tuple[list[int], dict[Any, Cell]]]:
    rows = connection.execute(
        f"""
        select segment_id, channel, locale, arm, occurrence, count(*), avg(outcome), coalesce(var_samp(outcome), 0),
               count(*) filter (conversions > 0), list(distinct message_id order by message_id)
        from (select *, coalesce({MADE_OF[metric]}, 0) as outcome from units where closed and not held)
        group by all order by all
        """
    ).fetchall()
    found: dict[Arm, tuple[list[int], dict[Any, Cell]]] = {}
    for segment_id, channel, locale, arm, occurrence, *numbers, messages in rows:
        ids, cells = found.setdefault(Arm(segment_id, channel, locale, arm), ([], {}))
        ids += [message for message in messages if message not in ids]
        cells[occurrence] = Cell(*numbers)
    return found


def _against_others(
    arm: str, metric: str, own: dict[Any, Cell], others: Sequence[dict[Any, Cell]], srm_p_value: float
) -> Comparison:
    """The arm's mean and that of the others, over the occurrences in which both were chosen twice at least."""
    strata = []
    for occurrence, cell in own.items():
        beside = [cells[occurrence] for cells in others if occurrence in cells]
        beside = [other for other in beside if other.customers >= 2]
        if cell.customers >= 2 and beside:
            strata.append((cell, beside))
    strata = strata or [(cell, []) for cell in own.values()]
    sizes = [cell.customers + sum(other.customers for other in beside) for cell, beside in strata]
    ours, theirs = [], []
    for (cell, beside), size in zip(strata, sizes, strict=True):
        share = size / sum(sizes)
        ours.append((share, cell))
        theirs += [(share / len(beside), other) for other in beside]
    nothing: dict[str, Any] = dict.fromkeys(NUMBERS)
    line = Comparison(
        arm=arm,
        metric=metric,
        n=sum(cell.customers for _, cell in ours),
        control_n=sum(cell.customers for _, cell in theirs),
        control_mean=_mean(theirs) if theirs else None,
        mean=_mean(ours),
        **nothing,
        q_value=None,
        srm_p_value=srm_p_value,
    )
    if not theirs:
        return replace(line, notes=["There is no other message of its place to compare it with."])
    fewest = expected_converted(line.n, line.control_n, sum(cell.converted for _, cell in ours + theirs))
    if fewest < FEWEST_CONVERTED:
        return replace(line, lift=_mean(ours) - _mean(theirs), notes=[too_few_sentence(fewest)])
    return replace(line, **_numbers(ours, theirs, line.n + line.control_n))


def expected_converted(n: int, control_n: int, converted: int) -> float:
    """Conversions of the smaller side if there were no difference."""
    return converted * min(n, control_n) / max(n + control_n, 1)


def too_few_sentence(expected: float) -> str:
    """Why a line has no interval."""
    return (
        f"{expected:.1f} conversions are to be expected of the smaller side; {FEWEST_CONVERTED} are needed."
    )


Weighted = Sequence[tuple[float, Cell]]


def _mean(cells: Weighted) -> float:
    return sum(weight * cell.mean for weight, cell in cells)


def _variance(cells: Weighted) -> float:
    return sum(weight**2 * cell.variance / cell.customers for weight, cell in cells)


def _numbers(ours: Weighted, theirs: Weighted, units: int) -> dict[str, Any]:
    mean, control, lift = _mean(ours), _mean(theirs), _mean(ours) - _mean(theirs)
    variance = _variance(ours) + _variance(theirs)
    if not variance:
        return {"lift": lift}
    error = sqrt(variance)
    parts = [
        (weight**2 * cell.variance / cell.customers, cell.customers - 1) for weight, cell in [*ours, *theirs]
    ]
    freedom = variance**2 / sum(part**2 / free for part, free in parts)
    quantile = float(stats.t.ppf(0.975, freedom))
    sequential = sequential_half_width(error, units, planned=units)
    found = {
        "lift": lift, "lift_low": lift - quantile * error, "lift_high": lift + quantile * error,
        "p_value": float(2 * stats.t.sf(abs(lift) / error, freedom)),
        "sequential_low": lift - sequential, "sequential_high": lift + sequential,
    }  # fmt: skip
    if control:
        # The error of a quotient of two means (delta method).
        relative = sqrt(_variance(ours) + (mean / control) ** 2 * _variance(theirs)) / abs(control) * quantile
        found |= {
            "relative_lift": lift / control,
            "relative_lift_low": lift / control - relative, "relative_lift_high": lift / control + relative,
        }  # fmt: skip
    return found
