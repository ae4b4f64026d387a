"""Customers as vectors."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from content_store.errors import BadInput
from segments.features import (
    Space,
    customer_embeddings,
    customer_item_weights,
    damped,
    item_space,
    place,
    read_weights,
    unit_rows,
)

AS_OF = datetime(2018, 1, 1, tzinfo=UTC)


def _lake(folder: Path, rows: str) -> str:
    (folder / "part=0").mkdir(parents=True)
    duckdb.execute(
        f"""copy (select customer_id, "at"::timestamptz as "at", item, quantity::double as quantity, 'purchase' as kind
            from (values {rows}) as events(customer_id, "at", item, quantity)) to '{folder}/part=0/a.parquet'"""
    )
    return str(folder)


def test_an_event_counts_half_after_one_half_life() -> None:
    weights = customer_item_weights(
        np.array([0, 1]), np.array([0, 0]), np.array([0.0, 90.0]), np.array([1.0, 1.0]), 90, (2, 1)
    )
    rarity = np.log(3 / 2)
    assert weights.toarray() == pytest.approx(np.log1p([[1.0], [0.5]]) * rarity)


def test_three_pieces_count_two_and_an_unknown_quantity_counts_one() -> None:
    weights = customer_item_weights(
        np.array([0, 1, 1]), np.array([0, 0, 0]), np.zeros(3), np.array([3.0, np.nan, 1.0]), 90, (2, 1)
    )
    assert weights.toarray() == pytest.approx(np.log1p([[2.0], [2.0]]) * np.log(3 / 2))


def test_future_events_and_returned_pieces_leave_no_trace() -> None:
    weights = customer_item_weights(
        np.array([0, 0, 1]),
        np.array([0, 1, 1]),
        np.array([-1.0, 1.0, 0.0]),
        np.array([1.0, -2.0, 1.0]),
        90,
        (2, 2),
    )
    assert weights.nnz == 1
    assert weights[1, 1] > 0


def test_what_everybody_touches_says_little_but_never_nothing() -> None:
    sums = sparse.csr_matrix(np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 0.0]], dtype=np.float32))
    weights = damped(sums).toarray()
    assert weights[0] == pytest.approx([np.log(2) * np.log(4 / 3), np.log(2) * np.log(4)])
    assert weights[2, 0] == pytest.approx(0.199407, abs=1e-5)


@pytest.mark.parametrize("half_life", [0, -1, float("nan")])
def test_a_half_life_that_is_not_positive_is_refused(half_life: float) -> None:
    with pytest.raises(BadInput, match="half_life_days"):
        customer_item_weights(np.array([0]), np.array([0]), np.zeros(1), None, half_life, (1, 1))


def test_embeddings_are_the_weighted_means_less_the_mean_customer() -> None:
    weights = sparse.csr_matrix(np.array([[3.0, 1.0], [1.0, 3.0]], dtype=np.float32))
    items = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    found = customer_embeddings(
        weights, items, Space(np.array([0.5, 0.5], np.float32), np.eye(2, dtype=np.float32))
    )
    half = np.sqrt(0.5)
    assert found.vectors == pytest.approx(np.array([[half, -half], [-half, half]]))


def test_a_customer_without_events_is_marked_and_has_no_direction() -> None:
    weights = sparse.csr_matrix(np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]], dtype=np.float32))
    found = customer_embeddings(weights, np.eye(2, dtype=np.float32))
    assert found.missing.tolist() == [False, True, False]
    assert found.vectors[1].tolist() == [0.0, 0.0]


def test_a_text_is_placed_where_a_customer_of_that_text_alone_would_be() -> None:
    items = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
    weights = sparse.csr_matrix(np.vstack([np.eye(6), np.ones((1, 6))]).astype(np.float32))
    found = customer_embeddings(weights, items)
    assert place(items, found.space) == pytest.approx(found.vectors[:6], abs=1e-5)


def test_the_space_evens_out_what_dominates_the_item_vectors() -> None:
    spread = np.array([10.0, 1.0, 0.1], dtype=np.float32)
    items = np.random.default_rng(0).standard_normal((400, 3)).astype(np.float32) * spread
    space = item_space(sparse.csr_matrix(np.ones((1, 400), dtype=np.float32)), items)
    assert (items @ space.metric).std(axis=0) == pytest.approx([5.593, 2.702, 0.306], abs=1e-3)


def test_one_item_alone_gives_a_space_without_dividing_by_nothing() -> None:
    found = customer_embeddings(
        sparse.csr_matrix(np.ones((2, 1), np.float32)), np.array([[1.0, 0.0]], np.float32)
    )
    assert np.isfinite(found.vectors).all()
    assert found.space.metric.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_without_any_event_everybody_is_missing() -> None:
    found = customer_embeddings(sparse.csr_matrix(np.empty((3, 0), np.float32)), np.empty((0, 2), np.float32))
    assert found.missing.tolist() == [True, True, True]
    assert place(np.array([[3.0, 4.0]], np.float32), found.space) == pytest.approx(np.array([[0.6, 0.8]]))


def test_item_vectors_that_do_not_fit_the_items_are_refused() -> None:
    with pytest.raises(BadInput, match="2 items but 3 item vectors"):
        customer_embeddings(sparse.csr_matrix(np.ones((1, 2), np.float32)), np.eye(3, dtype=np.float32))


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_every_row_has_length_one_or_zero(customers: int, items: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    touched = rng.random((customers, items)) * (rng.random((customers, items)) < 0.5)
    weights = sparse.csr_matrix(touched.astype(np.float32))
    found = customer_embeddings(weights, rng.standard_normal((items, 5)).astype(np.float32))
    lengths = np.linalg.norm(found.vectors, axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-4) | (lengths == 0))
    assert np.all(lengths[found.missing] == 0)


def test_unit_rows_keeps_a_zero_row() -> None:
    assert unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)).tolist() == [
        [pytest.approx(0.6), pytest.approx(0.8)],
        [0.0, 0.0],
    ]


def test_reading_the_lake_gives_the_same_weights_as_the_arrays(tmp_path: Path) -> None:
    events = _lake(
        tmp_path / "events",
        """('a', '2018-01-01 00:00:00+00', 'dairy: milk', 1), ('a', '2017-10-03 00:00:00+00', 'dairy: milk', null),
           ('b', '2017-12-02 00:00:00+00', 'bakery: rye', 3), ('b', '2018-01-02 00:00:00+00', 'dairy: milk', 1),
           ('stranger', '2017-12-02 00:00:00+00', 'toys: kite', 1), ('b', '2017-12-02 00:00:00+00', null, 1)""",
    )
    found = read_weights(events, ["b", "nobody", "a"], AS_OF, 90)
    expected = customer_item_weights(
        np.array([2, 2, 0]),
        np.array([1, 1, 0]),
        np.array([0.0, 90.0, 30.0]),
        np.array([1, np.nan, 3]),
        90,
        (3, 2),
    )
    assert found.items == ["bakery: rye", "dairy: milk"]
    assert found.weights.toarray() == pytest.approx(expected.toarray(), abs=1e-6)


def test_a_lake_without_files_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="ingest events first"):
        read_weights(str(tmp_path), ["a"], AS_OF, 90)
