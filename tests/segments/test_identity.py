"""A segment stays itself from run to run."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segments.features import unit_rows
from segments.identity import Drift, drift, match, population_stability_index


def test_segments_keep_their_ids_when_they_come_in_another_order() -> None:
    previous = np.eye(3, dtype=np.float32)
    assert match(previous, previous[[2, 0, 1]], ["a", "b", "c"], 0.5) == ["c", "a", "b"]


def test_the_assignment_is_the_best_as_a_whole_not_the_first_come() -> None:
    previous = unit_rows(np.array([[1.0, 0.0], [0.8, 0.6]], np.float32))
    new = unit_rows(np.array([[0.95, 0.31], [0.2, 0.98]], np.float32))
    # Greedily the first would take b (0.946 with b, 0.951 with a) and leave nothing good to the second.
    assert match(previous, new, ["a", "b"], 0.5) == ["a", "b"]


def test_a_segment_unlike_any_before_gets_no_id() -> None:
    previous = np.array([[1.0, 0.0, 0.0]], np.float32)
    new = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], np.float32)
    assert match(previous, new, ["a"], 0.7) == [None, "a"]


def test_a_forbidden_pair_does_not_pull_a_good_pair_apart() -> None:
    previous = unit_rows(np.array([[1.0, 0.0], [0.75, 0.6614]], np.float32))
    new = unit_rows(np.array([[0.75, 0.6614], [0.0, 1.0]], np.float32))
    assert match(previous, new, ["a", "b"], 0.7) == ["b", None]


def test_a_first_run_and_another_encoder_match_nothing() -> None:
    new = np.eye(2, dtype=np.float32)
    assert match(np.empty((0, 2), np.float32), new, [], 0.5) == [None, None]
    assert match(np.eye(3, dtype=np.float32), new, ["a", "b", "c"], 0.5) == [None, None]


@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_no_id_is_given_twice_and_the_order_of_segments_does_not_matter(
    before: int, after: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    previous, new = (unit_rows(rng.standard_normal((n, 4)).astype(np.float32)) for n in (before, after))
    ids = [f"s{number}" for number in range(before)]
    kept = match(previous, new, ids, 0.0)
    given_ids = [name for name in kept if name is not None]
    assert len(set(given_ids)) == len(given_ids)
    old_order, new_order = rng.permutation(before), rng.permutation(after)
    again = match(previous[old_order], new[new_order], [ids[place] for place in old_order], 0.0)
    assert again == [kept[place] for place in new_order]


def test_drift_says_how_far_a_segment_turned_and_grew() -> None:
    found = drift(np.array([1.0, 0.0], np.float32), np.array([0.8, 0.6], np.float32), 0.10, 0.125)
    assert found == Drift(0.2, 0.025)


def test_the_population_stability_index_is_zero_when_nothing_moved() -> None:
    assert population_stability_index([0.5, 0.5], [0.5, 0.5]) == 0.0
    assert population_stability_index([0.5, 0.5], [0.6, 0.4]) == 0.0405
    assert population_stability_index([1.0, 0.0], [0.5, 0.5]) > 0.25
