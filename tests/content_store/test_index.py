"""The index finds what an exact search finds, under any filter, and refuses what it cannot trust."""

import json
import random
from pathlib import Path
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt
import pytest

from content_store import inverted_lists
from content_store.durable_files import read_generation, write_generation
from content_store.errors import BadInput, WorkFailed
from content_store.index import BlockIndex, IndexUnusable, Search, choose_search, load_or_rebuild, use_threads

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


class Store(NamedTuple):
    blocks: BlockIndex
    queries: Vectors


def table(*rows: tuple[float, ...]) -> Vectors:
    return np.array(rows, np.float32)


def clustered(count: int, dimension: int, clusters: int, noise: float, seed: int) -> Vectors:
    """Unit vectors around random centres; with a noise above 2 the clusters can hardly be told apart."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(clusters, dimension))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    vectors = centres[chance.integers(0, clusters, count)]
    vectors = vectors + noise * chance.normal(size=(count, dimension)) / dimension**0.5
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def recall_at_10(store: Store, allowed: Ids | None) -> float:
    index, queries = store
    found = index.search(queries, 10, allowed)
    rows = np.arange(len(index)) if allowed is None else np.searchsorted(index.ids, allowed)
    _, places = faiss.knn(queries, index.vectors[rows], 10, metric=faiss.METRIC_INNER_PRODUCT)
    expected = index.ids[rows][places]
    return float(np.mean([np.isin(row, hits).mean() for row, hits in zip(expected, found.ids, strict=True)]))


@pytest.fixture(scope="module")
def large() -> Store:
    """60,000 clustered vectors; ids are odd, so that none equals its row."""
    use_threads(1)
    vectors = clustered(60_300, 64, clusters=500, noise=0.8, seed=1)
    return Store(BlockIndex.build(vectors[:60_000], np.arange(60_000) * 2 + 1, "model"), vectors[60_000:])


@pytest.fixture(scope="module")
def shapeless() -> Store:
    """60,000 vectors without clusters: a few lists hold few of the answers."""
    vectors = clustered(60_300, 64, clusters=500, noise=3.0, seed=2)
    return Store(BlockIndex.build(vectors[:60_000], np.arange(60_000), "model"), vectors[60_000:])


@pytest.fixture
def three() -> BlockIndex:
    return BlockIndex.build(table((0.6, 0.8), (1, 0), (0.8, 0.6)), np.array([20, 10, 30]), "model")


@pytest.fixture
def listed() -> BlockIndex:
    """A small index with lists, so that all files of a saved index are small."""
    vectors = clustered(300, 8, clusters=10, noise=0.5, seed=3)
    ids = np.arange(300) + 1_000
    return BlockIndex(vectors, ids, "model", inverted_lists.train(vectors, ids))


@pytest.mark.parametrize(
    ("total", "kept", "queries", "way"),
    [
        (1_000, 999, 1_000, Search.EXACT_GATHERED),
        (50_000, 50_000, 1_000, Search.EXACT_GATHERED),
        (100_000, 100_000, 1_000, Search.IVF_SELECTED),
        (100_000, 50_000, 1_000, Search.IVF_SELECTED),
        (100_000, 10_001, 200, Search.IVF_SELECTED),
        (100_000, 10_001, 199, Search.EXACT_GATHERED),
        (100_000, 100_000, 1, Search.EXACT_GATHERED),
        (100_000, 10_000, 1_000, Search.EXACT_GATHERED),
        (100_000, 100, 1_000, Search.EXACT_GATHERED),
        (100_000, 0, 1_000, Search.EXACT_GATHERED),
    ],
)
def test_the_way_follows_from_the_selectivity(total: int, kept: int, queries: int, way: Search) -> None:
    assert choose_search(total, kept, queries) is way


def test_hits_come_best_first_with_their_cosines(three: BlockIndex) -> None:
    hits = three.search(table((1, 0), (0, 1)), 2)
    assert [ids.tolist() for ids in hits.ids] == [[10, 30], [20, 30]]
    assert [scores.tolist() for scores in hits.scores] == [[1.0, 0.8], [0.8, 0.6]]


def test_only_allowed_versions_are_found(three: BlockIndex) -> None:
    assert three.search(table((1, 0)), 3, np.array([30, 20, 20])).ids[0].tolist() == [30, 20]
    assert three.search(table((1, 0)), 3, np.array([20, 999, -1])).ids[0].tolist() == [20]
    assert three.search(table((1, 0)), 3, np.array([], np.int64)).ids[0].tolist() == []


def test_fewer_versions_than_k_give_fewer_hits(three: BlockIndex) -> None:
    hits = three.search(table((1, 0)), 10)
    assert hits.ids[0].tolist() == [10, 30, 20]
    assert hits.scores[0].tolist() == [1.0, 0.8, 0.6]


def test_an_empty_index_answers_with_nothing() -> None:
    empty = BlockIndex.build(np.empty((0, 2), np.float32), np.empty(0, np.int64), "model")
    hits = empty.search(table((1, 0), (0, 1)), 5)
    assert [ids.tolist() for ids in hits.ids] == [[], []]


def test_equal_scores_are_ordered_by_id_even_beyond_what_was_fetched() -> None:
    vectors = table(*[(0.6, 0.8)] * 40, (1, 0))
    index = BlockIndex.build(vectors, np.arange(41)[::-1] + 100, "model")
    hits = index.search(table((0.6, 0.8), (1, 0)), 3)
    assert hits.ids[0].tolist() == [101, 102, 103]
    assert hits.ids[1].tolist() == [100, 101, 102]


@pytest.mark.parametrize(
    ("vectors", "ids", "message"),
    [
        (table((1, 0), (float("nan"), 0)), [1, 2], "Vector 2 has length nan, must be 1"),
        (table((1, 0), (float("inf"), 0)), [1, 2], "Vector 2 has length inf, must be 1"),
        (table((0, 0)), [1], "Vector 1 has length 0, must be 1"),
        (table((3, 4)), [1], "Vector 1 has length 5, must be 1"),
        (table((1, 0), (0, 1)), [7, 7], "Block version 7 comes twice"),
        (table((1, 0)), [-1], "id -1 is negative"),
        (table((1, 0)), [1, 2], "1 vectors for 2 ids"),
    ],
)
def test_vectors_that_would_lie_are_refused(vectors: Vectors, ids: list[int], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        BlockIndex.build(vectors, np.array(ids), "model")
    index = BlockIndex.build(table((1, 0)), np.array([99]), "model")
    with pytest.raises(BadInput, match=message):
        index.add(vectors, np.array(ids))
    assert index.ids.tolist() == [99]


def test_wrong_questions_are_refused(three: BlockIndex) -> None:
    with pytest.raises(BadInput, match="k is 0"):
        three.search(table((1, 0)), 0)
    with pytest.raises(BadInput, match="have 3 numbers, the index's have 2"):
        three.search(table((1, 0, 0)), 1)
    with pytest.raises(BadInput, match="Query 1 has length nan"):
        three.search(table((float("nan"), 0)), 1)
    with pytest.raises(BadInput, match="Block version 20 is in the index already"):
        three.add(table((1, 0)), np.array([20]))


@pytest.mark.parametrize("share", [1.0, 0.5, 0.11, 0.1, 0.01, 0.001])
def test_recall_at_10_is_at_least_99_percent_at_every_selectivity(large: Store, share: float) -> None:
    chance = np.random.default_rng(5)
    allowed = np.sort(chance.choice(large.blocks.ids, int(share * 60_000), replace=False))
    assert recall_at_10(large, None if share == 1 else allowed) >= 0.99


@pytest.mark.parametrize("nearest_first", [True, False])
def test_recall_holds_when_the_filter_follows_a_topic(large: Store, nearest_first: bool) -> None:
    likeness = large.blocks.vectors @ large.queries[0]
    order = np.argsort(-likeness if nearest_first else likeness)
    assert recall_at_10(large, np.sort(large.blocks.ids[order[:12_000]])) >= 0.99


def test_recall_holds_where_lists_would_lose_half_of_the_answers(shapeless: Store) -> None:
    index, queries = shapeless
    _, exact = faiss.knn(queries, index.vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)
    rows = np.arange(60_000)
    _, listed = inverted_lists.search(
        index._lists, queries, 10, index.ids, inverted_lists.list_of_each(index._lists, index.ids), probes=32
    )
    assert np.mean([np.isin(rows[e], f).mean() for e, f in zip(exact, listed, strict=True)]) < 0.5
    assert recall_at_10(shapeless, None) >= 0.99


def test_lists_stay_in_step_with_additions_and_withdrawals(large: Store, tmp_path: Path) -> None:
    index = BlockIndex.build(large.blocks.vectors, large.blocks.ids, "model")
    every_third = index.ids[::3]
    assert index.withdraw(every_third) == 20_000
    assert len(index) == 40_000
    index.add(large.blocks.vectors[::3][:15_000], every_third[:15_000])
    index.save(tmp_path)
    loaded = BlockIndex.load(tmp_path, "model", 64)
    gone = every_third[15_000:]
    for each in (index, loaded):
        assert not np.isin(np.concatenate(each.search(large.queries, 10).ids), gone).any()
        assert recall_at_10(Store(each, large.queries), None) >= 0.99


def test_sparse_ids_are_selected_as_well(large: Store) -> None:
    index = BlockIndex.build(large.blocks.vectors, large.blocks.ids * 2**40, "model")
    assert recall_at_10(Store(index, large.queries), index.ids[::2]) >= 0.99


def test_a_saved_index_answers_like_the_one_in_memory(three: BlockIndex, tmp_path: Path) -> None:
    three.save(tmp_path)
    loaded = BlockIndex.load(tmp_path, "model", 2)
    assert loaded.search(table((1, 0)), 3).ids[0].tolist() == [10, 30, 20]
    loaded.add(table((0, 1)), np.array([15]))
    assert loaded.ids.tolist() == [10, 15, 20, 30]


def test_an_index_of_another_encoder_or_dimension_is_not_used(three: BlockIndex, tmp_path: Path) -> None:
    three.save(tmp_path)
    with pytest.raises(IndexUnusable, match="another encoder"):
        BlockIndex.load(tmp_path, "other", 2)
    with pytest.raises(IndexUnusable, match="vectors have 2 numbers, the encoder's 384"):
        BlockIndex.load(tmp_path, "model", 384)


@pytest.mark.parametrize("change", [{"count": 4}, {"ids": "0" * 64}, {"count": None}])
def test_ids_out_of_step_are_not_used(three: BlockIndex, tmp_path: Path, change: dict[str, object]) -> None:
    three.save(tmp_path)
    files, notes = read_generation(tmp_path)
    write_generation(tmp_path, files, notes | change)
    with pytest.raises(IndexUnusable, match="ids are out of step"):
        BlockIndex.load(tmp_path, "model", 2)


def test_lists_out_of_step_are_not_used(listed: BlockIndex, tmp_path: Path) -> None:
    listed.save(tmp_path)
    files, notes = read_generation(tmp_path)
    others = faiss.serialize_index(inverted_lists.train(listed.vectors, listed.ids + 1)).tobytes()
    write_generation(tmp_path, files | {"blocks_ivf.faiss": others}, notes)
    with pytest.raises(IndexUnusable, match="lists are out of step"):
        BlockIndex.load(tmp_path, "model", 8)


def test_a_file_that_faiss_cannot_read_is_not_used(three: BlockIndex, tmp_path: Path) -> None:
    three.save(tmp_path)
    _, notes = read_generation(tmp_path)
    write_generation(tmp_path, {"blocks.faiss": b"no index at all"}, notes)
    with pytest.raises(IndexUnusable, match="is not a FAISS index"):
        BlockIndex.load(tmp_path, "model", 2)
    write_generation(tmp_path, {}, notes)
    with pytest.raises(IndexUnusable, match=r"blocks\.faiss is missing"):
        BlockIndex.load(tmp_path, "model", 2)


def test_no_damaged_file_is_ever_loaded(listed: BlockIndex, tmp_path: Path) -> None:
    listed.save(tmp_path)
    generation = json.loads((tmp_path / "manifest.json").read_text())["generation"]
    files = [tmp_path / "manifest.json", *sorted((tmp_path / generation).iterdir())]
    assert [file.name for file in files] == ["manifest.json", "blocks.faiss", "blocks_ivf.faiss"]
    chance = random.Random(56)
    for step in range(200):
        file = files[step % 3]
        good = file.read_bytes()
        damaged = bytearray(good)
        damaged[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        file.write_bytes(good[: chance.randrange(len(good))] if step % 4 == 0 else damaged)
        with pytest.raises(IndexUnusable):
            BlockIndex.load(tmp_path, "model", 8)
        file.write_bytes(good)
    assert len(BlockIndex.load(tmp_path, "model", 8)) == 300


def test_a_crash_before_the_swap_leaves_the_old_index(three: BlockIndex, tmp_path: Path) -> None:
    three.save(tmp_path)
    half_written = tmp_path / "generation-crashed"
    half_written.mkdir()
    (half_written / "blocks.faiss").write_bytes(b"half")
    (tmp_path / "manifest.json-x.tmp").write_bytes(b"{")
    assert BlockIndex.load(tmp_path, "model", 2).ids.tolist() == [10, 20, 30]


def test_a_missing_or_damaged_index_is_rebuilt_and_the_reason_told(tmp_path: Path) -> None:
    def rebuild() -> tuple[Vectors, Ids]:
        return table((1, 0), (0, 1)), np.array([1, 2])

    index, reason = load_or_rebuild(tmp_path / "index", "model", 2, rebuild)
    assert reason == "none was saved yet"
    assert index.ids.tolist() == [1, 2]
    assert load_or_rebuild(tmp_path / "index", "model", 2, rebuild)[1] is None
    file = next((tmp_path / "index").glob("generation-*/blocks.faiss"))
    file.write_bytes(file.read_bytes()[:-1])
    assert load_or_rebuild(tmp_path / "index", "model", 2, rebuild)[1] == (
        "blocks.faiss is cut short or changed: its checksum differs"
    )
    assert load_or_rebuild(tmp_path / "index", "model", 2, rebuild)[1] is None


def test_a_disk_that_refuses_is_said_in_one_sentence(three: BlockIndex, tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("")
    with pytest.raises(WorkFailed, match=r"The index was not saved in .*occupied"):
        three.save(tmp_path / "occupied")
