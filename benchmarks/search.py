"""Filtered block searches per second: ours beside 'search everything, filter afterwards'."""

from time import perf_counter
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from content_store.index import BlockIndex, use_threads

SHARES = (1.0, 0.5, 0.1, 0.01, 0.001)
K = 10
# The usual way fetches this many times more than the filter should need, and is too slow for whole batches.
USUAL_MARGIN = 2
USUAL_QUERIES = 100

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


class Timed(NamedTuple):
    """The ids found for each query, and how many queries a second took."""

    ids: list[Ids]
    queries_per_second: float


def measure(
    blocks: int = 100_000, dimension: int = 384, queries: int = 1_000, threads: int = 1
) -> dict[str, float]:
    """For each share that a filter keeps: queries per second of both ways, their ratio, and recall@10 of both."""
    use_threads(threads)
    vectors = _clustered(blocks + queries, dimension)
    asked = vectors[blocks:]
    start = perf_counter()
    index = BlockIndex.build(vectors[:blocks], np.arange(blocks), "benchmark")
    figures = {"build_seconds": perf_counter() - start}
    everything = faiss.IndexFlatIP(dimension)
    everything.add(index.vectors)
    chance = np.random.default_rng(11)
    for share in SHARES:
        allowed = np.sort(chance.choice(index.ids, int(share * blocks), replace=False))
        exact = _exact(index.vectors, asked, allowed)
        ours = _ours(index, asked, allowed)
        usual = _usual(everything, asked[:USUAL_QUERIES], allowed, share)
        name = f"keep_{share:g}_"
        figures[name + "queries_per_second"] = ours.queries_per_second
        figures[name + "usual_queries_per_second"] = usual.queries_per_second
        figures[name + "ratio"] = ours.queries_per_second / usual.queries_per_second
        figures[name + "recall"] = _recall(exact, ours.ids)
        figures[name + "usual_recall"] = _recall(exact[:USUAL_QUERIES], usual.ids)
    return figures


def _clustered(count: int, dimension: int) -> Vectors:
    chance = np.random.default_rng(1)
    centres = chance.normal(size=(500, dimension)).astype(np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    noise = chance.normal(size=(count, dimension)).astype(np.float32) / np.float32(dimension**0.5)
    vectors = centres[chance.integers(0, 500, count)] + noise
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _ours(index: BlockIndex, asked: Vectors, allowed: Ids) -> Timed:
    start = perf_counter()
    hits = index.search(asked, K, allowed)
    return Timed(hits.ids, len(asked) / (perf_counter() - start))


def _usual(everything: faiss.IndexFlatIP, asked: Vectors, allowed: Ids, share: float) -> Timed:
    start = perf_counter()
    _, found = everything.search(asked, min(int(USUAL_MARGIN * K / share), everything.ntotal))
    kept = [row[np.isin(row, allowed)][:K] for row in found]
    return Timed(kept, len(asked) / (perf_counter() - start))


def _exact(vectors: Vectors, asked: Vectors, allowed: Ids) -> Ids:
    _, places = faiss.knn(asked, vectors[allowed], K, metric=faiss.METRIC_INNER_PRODUCT)
    return allowed[places]


def _recall(exact: Ids, found: list[Ids]) -> float:
    return float(np.mean([np.isin(best, ids).mean() for best, ids in zip(exact, found, strict=True)]))


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.4g}")
