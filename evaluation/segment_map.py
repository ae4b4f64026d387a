"""The segments on a flat map: where marks, numbers and names go, so that the template only writes them down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

WIDTH, HEIGHT, MARGIN = 960, 600, 36

#: Size of a name on the map, in its units, and the most letters on one of its two lines.
LETTER, LINE, LONGEST = 8.6, 18, 22

#: Radius of a number's disc on a wide screen, and where the whole map is a phone's width.
WIDE_DISC, NARROW_DISC = 14, 36

#: Colour and shape together tell 32 segments apart; colours alone are no more than eight.
COLOURS = 8

#: A circle, a square, a triangle and a diamond of about the same area around the origin.
SHAPES = (
    "M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0z",
    "M-2.9-2.9h5.8v5.8h-5.8z",
    "M0-4.2L4 2.8H-4z",
    "M0-4.2L4.2 0 0 4.2-4.2 0z",
)

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Marks(NamedTuple):
    """The customers of one segment: the line through them carries one marker at each."""

    number: int
    line: str


class Label(NamedTuple):
    """A segment's number at its centre, on wide and narrow screens, and its name beside it."""

    number: int
    wide: tuple[int, int]
    narrow: tuple[int, int]
    lines: tuple[str, ...]
    text: tuple[int, int]
    anchor: Literal["start", "middle", "end"]
    #: where a thin line from the number ends; None when the name stands right beside it
    leader: tuple[int, int] | None


class SegmentMap(NamedTuple):
    """Everything drawn, in a space of WIDTH × HEIGHT units."""

    marks: list[Marks]
    labels: list[Label]
    drawn: int


def colour(number: int) -> int:
    """Which of the colours a segment has: 0 to COLOURS - 1."""
    return (number - 1) % COLOURS


def shape(number: int) -> str:
    """The path of a segment's mark; two segments of one colour have different shapes."""
    return SHAPES[(number - 1 + (number - 1) // COLOURS) % len(SHAPES)]


def draw_map(points: Sequence[tuple[float, float, int]], names: Sequence[tuple[int, str]]) -> SegmentMap:
    """Lay out points (x, y, segment id) and the segments' (id, name), which are numbered from 1 in their order.

    Points of other segments and those that are not finite are left out. Each axis is stretched to the frame by
    its 0.5 and 99.5 percentiles, and what lies beyond is drawn on the edge.
    """
    numbers = {segment_id: number for number, (segment_id, _) in enumerate(names, 1)}
    known = [
        (x, y, numbers[segment]) for x, y, segment in points if segment in numbers and np.isfinite(x + y)
    ]
    if not known:
        return SegmentMap([], [], 0)
    places = _fit(np.array([(x, y) for x, y, _ in known], dtype=np.float64))
    owners = np.array([number for _, _, number in known])
    shown = sorted(set(owners.tolist()))
    marks = [
        Marks(number, "M" + " ".join(f"{x:.0f},{y:.0f}" for x, y in places[owners == number]))
        for number in shown
    ]
    centres = np.array([np.median(places[owners == number], axis=0) for number in shown])
    wide, narrow = _apart(centres, 2 * WIDE_DISC + 4), _apart(centres, 2 * NARROW_DISC + 4)
    texts = [_two_lines(names[number - 1][1]) for number in shown]
    return SegmentMap(marks, _label(shown, texts, wide, narrow, places), len(known))


def _fit(points: Floats) -> Floats:
    low, high = np.percentile(points, [0.5, 99.5], axis=0)
    unit = (points - low) / np.where(high > low, high - low, 1)
    x, y = np.clip(unit, 0, 1).T
    return np.stack([MARGIN + x * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - y * (HEIGHT - 2 * MARGIN)], axis=1)


def _apart(centres: Floats, gap: float) -> Floats:
    """The centres, pushed from one another until the discs no longer touch."""
    places = centres.copy()
    for _ in range(200):
        ways = places[:, None] - places[None]
        far = np.linalg.norm(ways, axis=2)
        np.fill_diagonal(far, np.inf)
        if far.min() >= gap:
            break
        # Two centres in one place leave each other sideways, the earlier one to the left.
        order = np.sign(np.arange(len(places))[:, None] - np.arange(len(places))[None])
        ways[far == 0] = np.stack([order, 0 * order], axis=2)[far == 0]
        push = np.clip(gap - far, 0, None)[:, :, None] * ways / np.maximum(far, 1)[:, :, None]
        places = np.clip(places + 0.55 * push.sum(axis=1), gap / 2, [WIDTH - gap / 2, HEIGHT - gap / 2])
    return places


def _two_lines(name: str) -> tuple[str, ...]:
    """The name on at most two lines; what does not fit ends in an ellipsis."""
    lines = [""]
    for word in name.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= LONGEST or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    if len(lines) > 2:
        lines = [lines[0], f"{lines[1]} …"]
    return tuple(line if len(line) <= LONGEST + 2 else f"{line[:LONGEST]}…" for line in lines)


def _label(
    numbers: Sequence[int], texts: Sequence[tuple[str, ...]], wide: Floats, narrow: Floats, points: Floats
) -> list[Label]:
    """Each name where it covers no disc, no other name and few customers, as near to its number as can be."""
    taken = [(x - WIDE_DISC, y - WIDE_DISC, x + WIDE_DISC, y + WIDE_DISC) for x, y in wide]
    labels = []
    for row, number in enumerate(numbers):
        x, y = wide[row]
        half = LETTER * max(len(line) for line in texts[row]) / 2, LINE * len(texts[row]) / 2
        _, distance, left, top = min(_places(x, y, half, taken, points))
        box = (left, top, left + 2 * half[0], top + 2 * half[1])
        taken.append(box)
        leader = (int(np.clip(x, box[0], box[2])), int(np.clip(y, box[1], box[3]))) if distance else None
        # The side that faces the number is the one whose place is sure: letters are as wide as the reader's font.
        anchor, across = _anchor(x, box[0], box[2])
        places = (int(x), int(y)), (int(narrow[row][0]), int(narrow[row][1]))
        labels.append(Label(number, *places, texts[row], (int(across), int(top)), anchor, leader))
    return labels


def _anchor(x: float, left: float, right: float) -> tuple[Literal["start", "middle", "end"], float]:
    if left >= x:
        return "start", left
    return ("end", right) if right <= x else ("middle", (left + right) / 2)


def _places(
    x: float,
    y: float,
    half: tuple[float, float],
    taken: Sequence[tuple[float, float, float, float]],
    points: Floats,
) -> list[tuple[float, float, float, float]]:
    """(cost, distance, left, top) of every place tried around a number."""
    places = []
    for distance in (0.0, 24.0, 56.0, 96.0, 150.0):
        for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
            across = (half[0] + WIDE_DISC + 4 + distance) * np.cos(angle)
            down = (half[1] + WIDE_DISC + 4 + distance) * np.sin(angle)
            left = float(np.clip(x + across - half[0], 4, WIDTH - 4 - 2 * half[0]))
            top = float(np.clip(y + down - half[1], 4, HEIGHT - 4 - 2 * half[1]))
            right, bottom = left + 2 * half[0], top + 2 * half[1]
            overlap = sum(
                max(0.0, min(right, box[2]) - max(left, box[0]))
                * max(0.0, min(bottom, box[3]) - max(top, box[1]))
                for box in taken
            )
            inside = (points > [left, top]).all(axis=1) & (points < [right, bottom]).all(axis=1)
            cost = 5 * overlap + 0.35 * distance + 60 * float(inside.mean()) * len(taken)
            places.append((round(cost, 3), distance, round(left, 1), round(top, 1)))
    return places
