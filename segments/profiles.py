"""What a segment is: the items that set it apart, customers who stand for it, and its place on a map."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]

BLOCK_ROWS = 65_536
LEAST_REACH = 0.05
"""An item that fewer of a segment's customers touched is somebody's fancy."""


class DistinctiveItem(NamedTuple):
    item: str
    score: float
    """Class-based TF-IDF × log2(lift)."""
    lift: float
    """Share of the segment's weight on the item over its share among all customers: 3.2 is 3.2 times as much."""
    reach: float
    """Share of the segment's customers who touched it."""


def distinctive_items(
    weights: sparse.csr_matrix, labels: Labels, items: Sequence[str], top: int
) -> list[list[DistinctiveItem]]:
    """For each segment the `top` items that set it apart, the first one most; ties in the items' order.

    `weights` (customers, items); a row labelled -1 belongs to no segment and counts nowhere.
    """
    sums = class_sums(weights, labels)
    reached, lifted = reach(weights, labels), lifts(sums)
    ranked = []
    for segment, scores in enumerate(np.where(reached >= LEAST_REACH, distinctiveness(sums), 0.0)):
        best = [item for item in np.argsort(-scores, kind="stable")[:top] if scores[item] > 0]
        ranked.append([
            DistinctiveItem(
                items[item],
                round(float(scores[item]), 6),
                round(float(lifted[segment, item]), 2),
                round(float(reached[segment, item]), 4),
            )
            for item in best
        ])  # fmt: skip
    return ranked


def class_sums(weights: sparse.csr_matrix, labels: Labels) -> npt.NDArray[np.float64]:
    """The weight (segments, items) of each segment's customers together."""
    members = np.flatnonzero(labels >= 0)
    ones = np.ones(len(members), dtype=np.float32)
    shape = (int(labels.max(initial=-1)) + 1, len(labels))
    summed = sparse.csr_matrix((ones, (labels[members], members)), shape=shape) @ weights
    return np.asarray(summed.todense(), dtype=np.float64)


def reach(weights: sparse.csr_matrix, labels: Labels) -> npt.NDArray[np.float64]:
    """Share (segments, items) of each segment's customers who touched an item."""
    touched = sparse.csr_matrix(
        (np.ones_like(weights.data), weights.indices, weights.indptr), shape=weights.shape
    )
    sums = class_sums(touched, labels)
    sizes = np.bincount(labels[labels >= 0], minlength=len(sums))
    return sums / np.maximum(sizes, 1)[:, None]


def class_tf_idf(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """tf × log(1 + A / f) of Grootendorst 2022 (BERTopic) for `sums` (segments, items).

    tf is the item's share of its segment, f its sum over all segments, A the mean sum of a segment.
    """
    frequency = np.maximum(sums.sum(axis=0), np.finfo(float).tiny)
    average = sums.sum() / max(len(sums), 1)
    scores: npt.NDArray[np.float64] = _shares(sums) * np.log1p(average / frequency)
    return scores


def lifts(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share in the segment over share in all; 0 where nobody touched the item."""
    overall = _shares(sums.sum(axis=0, keepdims=True))
    ratios: npt.NDArray[np.float64] = np.divide(
        _shares(sums), overall, out=np.zeros_like(sums), where=overall > 0
    )
    return ratios


def distinctiveness(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Class-based TF-IDF × log2(lift), 0 for what a segment has less of than others.

    By the formula alone the same staples head every segment: its second factor does not see how an item spreads.
    """
    scores: npt.NDArray[np.float64] = class_tf_idf(sums) * np.log2(np.maximum(lifts(sums), 1.0))
    return scores


def exemplars(
    embeddings: Floats, centroids: Floats, labels: Labels, customer_ids: Sequence[str], n: int
) -> list[list[str]]:
    """The `n` customers nearest to each centroid among its own, the nearest first, then by place in the list."""
    similarity = np.empty(len(labels), dtype=np.float32)
    for block in _blocks(len(labels)):
        similarity[block] = np.einsum("ij,ij->i", embeddings[block], centroids[labels[block]])
    nearest = []
    for label in range(len(centroids)):
        members = np.flatnonzero(labels == label)
        order = np.argsort(-np.round(similarity[members], 6), kind="stable")[:n]
        nearest.append([customer_ids[row] for row in members[order]])
    return nearest


def projection(embeddings: Floats) -> Floats:
    """Two coordinates (n, 2) for a map: the two directions in which customers differ most (PCA).

    The larger end of each axis points right or up, so the same customers always give the same map.
    """
    products = np.zeros((embeddings.shape[1],) * 2)
    for block in _blocks(len(embeddings)):
        products += embeddings[block].T @ embeddings[block]
    mean = embeddings.mean(axis=0, dtype=np.float64)
    _, directions = np.linalg.eigh(products - len(embeddings) * np.outer(mean, mean))
    axes = directions[:, ::-1][:, :2]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])])
    return np.asarray(embeddings @ axes.astype(np.float32) - mean @ axes, dtype=np.float32)


def _blocks(rows: int) -> Iterator[slice]:
    """Slices that keep what is computed on them near 100 MB."""
    return (slice(start, start + BLOCK_ROWS) for start in range(0, rows, BLOCK_ROWS))


def _shares(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    totals = sums.sum(axis=1, keepdims=True)
    shares: npt.NDArray[np.float64] = np.divide(sums, totals, out=np.zeros_like(sums), where=totals > 0)
    return shares
