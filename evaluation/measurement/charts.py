"""The two charts of a measurement as numbers for SVG: across in percent of the width, so that they fit any screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil, floor, log10
from typing import NamedTuple

from evaluation.measurement.comparison import Comparison
from evaluation.measurement.results import CurvePoint, SegmentEffect

#: A chart shows so many segments; the table beside it has all.
MOST_ROWS = 40

#: Dates below the curve.
MOST_DATES = 5


class Scale(NamedTuple):
    """From values to percent of the chart's length."""

    low: float
    high: float
    ticks: list[float]

    def at(self, value: float) -> float:
        """Where a value stands, 0 to 100; outside of the scale at its end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(100 * share, 2)

    def cut(self, value: float) -> bool:
        """Whether a value lies outside."""
        return not self.low <= value <= self.high


class Bar(NamedTuple):
    """A point with its interval."""

    value: float
    low: float
    high: float


class ForestRow(NamedTuple):
    """One line of the forest plot: as measured, and after it was drawn towards all."""

    name: str
    measured: Bar | None
    shrunk: Bar | None


class Forest(NamedTuple):
    """The forest plot; the first row is that of all segments together."""

    rows: list[ForestRow]
    scale: Scale
    #: segments that found no place
    left_out: int


class Curve(NamedTuple):
    """The effect over time, in a box of 100 by 100 with its origin at the top."""

    line: str
    band: str
    sequential: str
    scale: Scale
    #: (percent across, moment)
    dates: list[tuple[float, datetime]]


def scale_of(values: Iterable[float], ticks: int = 5) -> Scale:
    """A scale that holds the values and zero, with round ticks."""
    found = [0.0, *values]
    low, high = min(found), max(found)
    if high == low:
        high = low + 1
    step = _round_step((high - low) / ticks)
    first, last = floor(low / step), ceil(high / step)
    return Scale(first * step, last * step, [round(number * step, 12) for number in range(first, last + 1)])


def forest(overall: Comparison | None, segments: Sequence[SegmentEffect]) -> Forest | None:
    """The forest plot of a campaign; None where no segment has an interval.

    The scale is that of the shrunk intervals, so that a tiny segment does not flatten all others: what reaches
    further is cut.
    """
    rows = [ForestRow(item.segment, _measured(item.effect), _shrunk(item)) for item in segments]
    rows = [row for row in rows if row.measured is not None or row.shrunk is not None]
    if not rows:
        return None
    whole = [ForestRow("", _measured(overall), None)] if overall and _measured(overall) else []
    shown = [*whole, *rows[:MOST_ROWS]]
    return Forest(shown, scale_of(_bounds(shown)), len(rows) - len(rows[:MOST_ROWS]))


def curve(points: Sequence[CurvePoint]) -> Curve | None:
    """The effect so far, day by day; None for fewer than two days.

    The first days may be uncertain beyond any use: the scale reaches no further than the last day's sequential interval,
    three times as wide; what does is cut.
    """
    if len(points) < 2:
        return None
    last = points[-1]
    half = 1.5 * (last.sequential_high - last.sequential_low)
    low = max(last.lift - half, min(point.sequential_low for point in points))
    high = min(last.lift + half, max(point.sequential_high for point in points))
    scale = scale_of([low, high])
    start, whole = points[0].at, (last.at - points[0].at).total_seconds()
    across = [round(100 * (point.at - start).total_seconds() / whole, 2) for point in points]

    def path(values: Iterable[float]) -> list[str]:
        return [f"{x} {round(100 - scale.at(value), 2)}" for x, value in zip(across, values, strict=True)]

    def band(lows: Iterable[float], highs: Iterable[float]) -> str:
        return "M" + "L".join([*path(highs), *reversed(path(lows))]) + "Z"

    return Curve(
        "M" + "L".join(path(point.lift for point in points)),
        band((point.low for point in points), (point.high for point in points)),
        band((point.sequential_low for point in points), (point.sequential_high for point in points)),
        scale,
        _dates(across, points),
    )


def _bounds(rows: Sequence[ForestRow]) -> list[float]:
    narrow = [row.shrunk or row.measured for row in rows]
    return [end for bar in narrow if bar for end in (bar.low, bar.high)]


def _measured(effect: Comparison) -> Bar | None:
    if effect.lift is None or effect.lift_low is None or effect.lift_high is None:
        return None
    return Bar(effect.lift, effect.lift_low, effect.lift_high)


def _shrunk(item: SegmentEffect) -> Bar | None:
    if item.shrunk is None or item.shrunk_low is None or item.shrunk_high is None:
        return None
    return Bar(item.shrunk, item.shrunk_low, item.shrunk_high)


def _round_step(rough: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** floor(log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * (1 - 1e-9))


def _dates(across: Sequence[float], points: Sequence[CurvePoint]) -> list[tuple[float, datetime]]:
    """Some of the days, the first and the last among them, evenly spread where their number allows it."""
    days = len(points) - 1
    even = (number for number in range(MOST_DATES, 2, -1) if days % (number - 1) == 0)
    number = next(even, min(MOST_DATES, len(points)))
    chosen = sorted({round(i * days / (number - 1)) for i in range(number)})
    return [(across[i], points[i].at) for i in chosen]
