"""The segment map: numbers and names stay apart and inside the frame, whatever the points."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.segment_map import COLOURS, HEIGHT, NARROW_DISC, WIDE_DISC, WIDTH, colour, draw_map, shape

CSS = Path(__file__).parents[2] / "evaluation" / "templates" / "run_report.css"

Floats = np.ndarray[Any, np.dtype[np.float64]]

#: Normal sight, then protanopia, deuteranopia and tritanopia on linear RGB (Machado, Oliveira & Fernandes 2009).
SIGHTS = (
    np.eye(3),
    np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
)
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def test_a_mark_is_drawn_for_each_finite_point_of_a_known_segment() -> None:
    drawn = draw_map(
        [(0, 0, 7), (1, 1, 7), (2, 0, 9), (float("nan"), 0, 9), (1, 0, 3)], [(7, "Coffee"), (9, "Pets")]
    )

    assert drawn.drawn == 3
    assert [(marks.number, marks.line.count(",")) for marks in drawn.marks] == [(1, 2), (2, 1)]
    assert [(label.number, label.lines) for label in drawn.labels] == [(1, ("Coffee",)), (2, ("Pets",))]


def test_no_points_give_an_empty_map() -> None:
    assert draw_map([], [(1, "Coffee")]) == ([], [], 0)


def test_segments_in_one_place_get_numbers_that_do_not_cover_each_other() -> None:
    drawn = draw_map(
        [(0.0, 0.0, segment) for segment in range(1, 7)], [(n, f"Segment {n}") for n in range(1, 7)]
    )

    for one, other in itertools.combinations(drawn.labels, 2):
        assert np.hypot(*np.subtract(one.wide, other.wide)) >= 2 * WIDE_DISC
        assert np.hypot(*np.subtract(one.narrow, other.narrow)) >= 2 * NARROW_DISC


def test_a_long_name_ends_in_an_ellipsis_on_the_second_line() -> None:
    [label] = draw_map([(0, 0, 1)], [(1, "Ground beef, canned vegetables and pasta sauce")]).labels

    assert label.lines == ("Ground beef, canned", "vegetables and pasta …")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(1, 16)), min_size=1, max_size=60
    )
)
def test_everything_lies_inside_the_frame(points: list[tuple[float, float, int]]) -> None:
    drawn = draw_map(points, [(n, f"Segment number {n} of many") for n in range(1, 17)])

    assert drawn.drawn == len(points)
    for label in drawn.labels:
        for x, y in (label.wide, label.narrow, label.text):
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT


def test_thirty_two_segments_have_pairs_of_colour_and_shape_of_their_own() -> None:
    assert len({(colour(number), shape(number)) for number in range(1, 33)}) == 32


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_differ_for_every_kind_of_sight_and_from_the_paper(theme: int) -> None:
    colours = np.array([_palette(f"c{number}", theme) for number in range(COLOURS)])

    assert min(_contrast(one, _palette("paper", theme)) for one in colours) >= 3
    for sight in SIGHTS:
        seen = _lab(_linear(colours) @ sight.T)
        assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) >= 20


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *itertools.product(("ink", "quiet", "accent", "warm"), ("paper", "page")),
        *zip(("accent", "warm", "plain", "ink"), ("soft", "warm-soft", "plain-soft", "track"), strict=True),
    ],
)
def test_text_stands_out_from_its_ground(ink: str, ground: str, theme: int) -> None:
    assert _contrast(_palette(ink, theme), _palette(ground, theme)) >= 4.5


def _palette(name: str, theme: int) -> Floats:
    found = re.findall(rf"--{name}: #([0-9a-f]{{6}});", CSS.read_text(encoding="utf-8"))
    return np.array([int(found[theme][place : place + 2], 16) for place in (0, 2, 4)], dtype=float)


def _linear(colours: Floats) -> Floats:
    parts = colours / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _contrast(one: Floats, other: Floats) -> float:
    """WCAG 2.2: 1 to 21."""
    low, high = sorted(float(_linear(value) @ TO_XYZ[1]) for value in (one, other))
    return (high + 0.05) / (low + 0.05)


def _lab(linear: Floats) -> Floats:
    xyz = np.clip(linear, 0, 1) @ TO_XYZ.T / [0.95047, 1, 1.08883]
    roots = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = roots.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
