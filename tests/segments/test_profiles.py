"""What a segment is."""

import numpy as np
import pytest
from scipy import sparse

from segments.profiles import (
    DistinctiveItem,
    class_sums,
    class_tf_idf,
    distinctive_items,
    exemplars,
    lifts,
    projection,
    reach,
)

WEIGHTS = sparse.csr_matrix(np.array([[2, 0, 1], [2, 0, 0], [0, 3, 1], [0, 0, 0]], dtype=np.float32))
LABELS = np.array([0, 0, 1, -1], np.int32)
ITEMS = ["dairy: yogurt", "pets: cat food", "dairy: milk"]


def test_sums_and_reach_leave_out_customers_of_no_segment() -> None:
    assert class_sums(WEIGHTS, LABELS).tolist() == [[4, 0, 1], [0, 3, 1]]
    assert reach(WEIGHTS, LABELS).tolist() == [[1, 0, 0.5], [0, 1, 1]]


def test_class_tf_idf_follows_the_formula() -> None:
    found = class_tf_idf(np.array([[4.0, 0.0, 1.0], [0.0, 3.0, 1.0]]))
    assert found == pytest.approx(
        np.array(
            [
                [0.8 * np.log(1 + 4.5 / 4), 0, 0.2 * np.log(1 + 4.5 / 2)],
                [0, 0.75 * np.log(1 + 4.5 / 3), 0.25 * np.log(1 + 4.5 / 2)],
            ]
        )
    )


def test_lift_compares_shares() -> None:
    assert lifts(np.array([[4.0, 0.0], [1.0, 5.0]])) == pytest.approx(np.array([[2, 0], [1 / 3, 5 / 3]]))


def test_distinctive_items_are_those_a_segment_has_more_of_than_others() -> None:
    first, second = distinctive_items(WEIGHTS, LABELS, ITEMS, 2)
    assert [found.item for found in first] == ["dairy: yogurt"]
    assert [found.item for found in second] == ["pets: cat food", "dairy: milk"]
    # 0.8 × ln(1 + 4.5 / 4) × log2(1.8): four fifths of the segment's weight, against four ninths of all.
    assert first[0] == DistinctiveItem("dairy: yogurt", 0.511357, 1.8, 1.0)


def test_exemplars_are_the_members_nearest_to_their_centroid() -> None:
    embeddings = np.array([[0.6, 0.8], [1, 0], [0.8, 0.6], [0, 1], [1, 0]], np.float32)
    found = exemplars(
        embeddings, np.eye(2, dtype=np.float32), np.array([0, 0, 0, 1, 1], np.int32), list("abcde"), 2
    )
    assert found == [["b", "c"], ["d", "e"]]


def test_the_map_shows_the_two_widest_directions_in_a_fixed_orientation() -> None:
    points = np.array([[0, 5, 0], [0, -5, 0], [2, 0, 0], [-2, 0, 0], [0, 0, 0.1], [0, 0, -0.1]], np.float32)
    expected = np.array([[5, 0], [-5, 0], [0, 2], [0, -2], [0, 0], [0, 0]])
    assert projection(points) == pytest.approx(expected, abs=1e-5)
    assert projection(points + 7) == pytest.approx(expected, abs=1e-4)
