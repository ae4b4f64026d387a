"""Each message of a place against the others there, over all days, however often each was chosen on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from evaluation.measurement.analysis import NUMBERS, with_q_values
from evaluation.measurement.clusters import Squares, difference
from evaluation.measurement.comparison import Comparison

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
    """The rows of one arm on one day."""

    rows: int
    customers: int
    mean: float
    variance: float


class Part(NamedTuple):
    """A cell with its weight in a comparison."""

    place: Arm
    day: datetime
    own: bool
    weight: float
    cell: Cell


class Measured(NamedTuple):
    """An arm with the messages that it was, and what was found."""

    place: Arm
    message_ids: list[int]
    effect: Comparison


Places = dict[Arm, tuple[list[int], dict[datetime, Cell]]]


def compare_arms(connection: duckdb.DuckDBPyConnection, metric: str, srm_p_value: float) -> list[Measured]:
    """Every arm; the q-values of those that have others beside them hold over all of these together.

    On a day chance alone chose, with probabilities that were logged, so there an arm's mean less the average of the other
    arms' means is right, whatever was learned before; a row weighs one over its probability (Hájek 1971), in case that
    changed within the day. These differences are averaged with the days' numbers of rows, which no outcome of theirs can
    have moved. Means over all rows at once would not do: where earlier outcomes decide how often an arm is chosen, they
    are neither unbiased nor normal (Zhang, Janson and Murphy, NeurIPS 2020; Hadad and others, PNAS 118, 2021).

    Rows of one customer hang together, so the error is that of customers; see clusters.py.
    """
    places = _places(connection, metric)
    compared = [_parts(place, places) for place in places]
    lines = [
        _line(place.arm, metric, parts, found, srm_p_value)
        for place, parts, found in zip(places, compared, _squares(connection, compared), strict=True)
    ]
    return [
        Measured(place, messages, line)
        for (place, (messages, _)), line in zip(places.items(), with_q_values(lines), strict=True)
    ]


def expected_converted(n: int, control_n: int, converted: int) -> float:
    """Conversions of the smaller side if there were no difference."""
    return converted * min(n, control_n) / max(n + control_n, 1)


def too_few_sentence(expected: float) -> str:
    """Why a line has no interval."""
    return (
        f"{expected:.1f} conversions are to be expected of the smaller side; {FEWEST_CONVERTED} are needed."
    )


def _places(connection: duckdb.DuckDBPyConnection, metric: str) -> Places:
    """The arms with their messages and days; fills `arm_rows`, one for each row of the table of units that counts."""
    connection.execute(
        f"""
        create or replace temp table arm_rows as
        select segment_id, channel, locale, arm, date_trunc('day', occurrence) as day, customer_id, message_id,
               conversions > 0 as converted, coalesce({MADE_OF[metric]}, 0) as outcome,
               1 / coalesce(propensity, 1) as weight
        from units where closed and not held
        """
    )
    rows = connection.execute(
        """
        select segment_id, channel, locale, arm, day, list(distinct message_id order by message_id), count(*),
               count(distinct customer_id), sum(weight * outcome) / sum(weight), coalesce(var_samp(outcome), 0)
        from arm_rows group by segment_id, channel, locale, arm, day order by segment_id, channel, locale, arm, day
        """
    ).fetchall()
    found: Places = {}
    for segment_id, channel, locale, arm, day, messages, *cell in rows:
        ids, days = found.setdefault(Arm(segment_id, channel, locale, arm), ([], {}))
        ids += [message for message in messages if message not in ids]
        days[day] = Cell(*cell)
    return found


def _parts(place: Arm, places: Places) -> list[Part]:
    """The cells of the days on which the arm and others had two customers at least; only its own where there are none."""
    own = places[place][1]
    rivals = {arm: days for arm, (_, days) in places.items() if arm[:3] == place[:3] and arm != place}
    days = {
        day: [arm for arm, cells in rivals.items() if day in cells and cells[day].customers >= 2]
        for day, cell in own.items()
        if cell.customers >= 2
    }
    beside = {day: arms for day, arms in days.items() if arms} or {day: [] for day in own}
    sizes = {day: own[day].rows + sum(rivals[arm][day].rows for arm in arms) for day, arms in beside.items()}
    whole, parts = sum(sizes.values()), []
    for day, arms in beside.items():
        share = sizes[day] / whole
        parts.append(Part(place, day, True, share, own[day]))
        parts += [Part(arm, day, False, share / len(arms), rivals[arm][day]) for arm in arms]
    return parts


def _squares(connection: duckdb.DuckDBPyConnection, compared: Sequence[Sequence[Part]]) -> list[Squares]:
    """Of each comparison; a row adds its distance from its cell's mean, as large as Neyman's error has it."""
    rows = [(line, part) for line, parts in enumerate(compared) for part in parts]
    if not rows:
        return []
    table = pa.Table.from_pylist(
        [
            part.place._asdict()
            | {"line": line, "day": part.day, "own": part.own, "share": part.weight, "mean": part.cell.mean}
            for line, part in rows
        ]
    )
    connection.register("parts", table)
    found = connection.execute(
        """
        with added as (
            select segment_id, channel, locale, arm, day, customer_id, converted, outcome,
                   weight / sum(weight) over cell * sqrt(count(*) over cell / greatest(count(*) over cell - 1, 1)) as factor
            from arm_rows window cell as (partition by segment_id, channel, locale, arm, day)
        ),
        of_customers as (
            select line, own, customer_id, bool_or(converted) as converted, sum(share * factor * (outcome - mean)) as added
            from parts join added using (segment_id, channel, locale, arm, day) group by line, own, customer_id
        ),
        sides as (
            select line, customer_id, bool_or(own) as ours, bool_or(not own) as theirs,
                   coalesce(bool_or(converted) filter (own), false) as we, coalesce(bool_or(converted) filter (not own), false) as they,
                   coalesce(sum(added) filter (own), 0) as us, coalesce(sum(added) filter (not own), 0) as them
            from of_customers group by line, customer_id
        )
        select count(*) filter (ours), count(*) filter (theirs), count(*) filter (we), count(*) filter (they),
               sum(us * us), sum(them * them), sum(us * them)
        from sides group by line order by line
        """
    ).fetchall()
    connection.unregister("parts")
    return [Squares(*row) for row in found]


def _line(arm: str, metric: str, parts: Sequence[Part], squares: Squares, srm_p_value: float) -> Comparison:
    mean, control = (_mean(parts, own=own) for own in (True, False))
    nothing: dict[str, Any] = dict.fromkeys(NUMBERS)
    line = Comparison(
        arm=arm,
        metric=metric,
        n=squares.n,
        control_n=squares.control_n,
        control_mean=control if squares.control_n else None,
        mean=mean,
        **nothing,
        q_value=None,
        srm_p_value=srm_p_value,
    )
    if not squares.control_n:
        return replace(line, notes=["There is no other message of its place to compare it with."])
    fewest = expected_converted(line.n, line.control_n, squares.converted + squares.control_converted)
    if fewest < FEWEST_CONVERTED:
        return replace(line, lift=mean - control, notes=[too_few_sentence(fewest)])
    return replace(line, **difference(squares, mean, control, _freedom(parts, line.n + line.control_n)))


def _mean(parts: Sequence[Part], *, own: bool) -> float:
    return sum(part.weight * part.cell.mean for part in parts if part.own is own)


def _freedom(parts: Sequence[Part], customers: int) -> float:
    """Degrees of freedom (Welch and Satterthwaite), as many fewer as there are fewer customers than rows."""
    errors = [
        (part.weight**2 * part.cell.variance / part.cell.rows, part.cell.rows - 1)
        for part in parts
        if part.cell.variance
    ]
    whole = sum(error for error, _ in errors)
    if not whole:
        return 1.0
    freedom = whole**2 / sum(error**2 / free for error, free in errors)
    return max(1.0, freedom * customers / sum(part.cell.rows for part in parts))
