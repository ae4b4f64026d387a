"""Customers into segments."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content_store.errors import BadInput
from segments.clustering import Criterion, Floats, _largest_sound, assign, choose_k, cluster, merge_small
from segments.features import unit_rows


def _groups(count: int, each: int, spread: float, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    middles = np.repeat(np.eye(8, dtype=np.float32)[:count], each, axis=0)
    return unit_rows(middles + spread * rng.standard_normal(middles.shape).astype(np.float32))


def test_three_directions_become_three_clusters_with_the_largest_first() -> None:
    embeddings = np.repeat(np.eye(3, dtype=np.float32), [2, 5, 3], axis=0)
    found = cluster(embeddings, 3, seed=1)
    assert found.labels.tolist() == [2, 2, 0, 0, 0, 0, 0, 1, 1, 1]
    assert found.centroids.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_the_same_seed_gives_the_same_clusters() -> None:
    embeddings = _groups(5, 40, 0.6)
    first, second = (cluster(embeddings, 5, seed=3) for _ in range(2))
    assert first.labels.tolist() == second.labels.tolist()
    assert first.centroids.tolist() == second.centroids.tolist()


def test_there_are_never_more_clusters_than_customers() -> None:
    assert len(cluster(np.eye(2, dtype=np.float32), 9, seed=0).centroids) == 2


def test_no_customers_or_no_clusters_are_refused() -> None:
    with pytest.raises(BadInput, match="0 customers cannot form 3 segments"):
        cluster(np.empty((0, 4), np.float32), 3, seed=0)
    with pytest.raises(BadInput, match="0 segments"):
        cluster(np.eye(2, dtype=np.float32), 0, seed=0)


def test_new_customers_go_to_the_nearest_centroid_and_a_tie_to_the_first() -> None:
    centroids = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    assert assign(np.array([[0.6, 0.8], [0.8, 0.6], [0.5, 0.5]], np.float32), centroids).tolist() == [1, 0, 0]


def test_the_smallest_cluster_joins_its_nearest() -> None:
    embeddings = unit_rows(np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [0.3, 1]], np.float32))
    labels = np.array([0, 0, 0, 1, 1, 2], np.int32)
    found = merge_small(labels, np.eye(3, 2, dtype=np.float32), embeddings, 2)
    assert found.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.centroids[1] == pytest.approx([0.0967, 0.9953], abs=1e-4)


def test_fewer_customers_than_the_minimum_end_in_one_cluster() -> None:
    found = merge_small(
        np.arange(3, dtype=np.int32), np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32), 60
    )
    assert found.labels.tolist() == [0, 0, 0]


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 8), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_merging_never_leaves_a_small_cluster_and_only_joins(
    customers: int, k: int, minimum: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    embeddings = unit_rows(rng.standard_normal((customers, 4)).astype(np.float32))
    labels = rng.integers(0, k, customers).astype(np.int32)
    found = merge_small(labels, np.zeros((k, 4), np.float32), embeddings, minimum)
    sizes = np.bincount(found.labels)
    assert sizes.min() >= min(minimum, customers)
    assert list(sizes) == sorted(sizes, reverse=True)
    assert len({(before, after) for before, after in zip(labels, found.labels, strict=True)}) == len(
        set(labels.tolist())
    )


def test_clear_groups_decide_how_many_segments_there_are() -> None:
    choice = choose_k(_groups(5, 60, 0.1), range(3, 8), seed=0)
    assert choice.k == 5
    assert [criterion.k for criterion in choice.criteria] == [3, 4, 5, 6, 7]
    assert choice.criteria[2].stability == 1.0


def test_customers_without_any_structure_get_as_few_segments_as_allowed() -> None:
    scattered = unit_rows(np.random.default_rng(0).standard_normal((300, 16)).astype(np.float32))
    assert choose_k(scattered, [4, 6], seed=0).k == 4


def test_too_few_customers_for_any_candidate_make_one_segment() -> None:
    assert choose_k(_groups(2, 10, 0.1), [6, 8], seed=0).k == 1


@pytest.mark.parametrize(
    ("criteria", "k"),
    [
        ([(0.7, 0.060), (0.6, 0.055), (0.55, 0.053), (0.4, 0.060)], 7),
        ([(0.3, 0.2), (0.9, 0.9), (0.8, 0.7)], 7),
        ([(0.2, 0.01), (0.4, 0.02), (0.3, 0.03)], 6),
        ([], 1),
    ],
)
def test_the_largest_sound_and_well_separated_candidate_wins(
    criteria: list[tuple[float, float]], k: int
) -> None:
    assert _largest_sound([Criterion(6 + place, *values) for place, values in enumerate(criteria)]) == k
