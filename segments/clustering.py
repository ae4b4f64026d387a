"""Customers into segments: spherical k-means, a stated way to choose how many, and no segment too small to use."""

from collections.abc import Sequence
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt
from sklearn.metrics import adjusted_mutual_info_score, silhouette_score
from threadpoolctl import threadpool_limits

from content_store.errors import BadInput
from segments.features import unit_rows

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]

ITERATIONS = 25
RESTARTS = 5
POINTS_PER_CENTROID = 2_048
"""faiss trains on this many customers per segment; more changes the inertia by less than one part in a hundred."""
ASSIGN_ROWS = 65_536

CHOICE_SAMPLE = 6_000
CHOICE_SPLITS = 6
SILHOUETTE_SAMPLE = 2_000
LEAST_STABILITY = 0.5
"""Half way between what chance gives and the very same segments."""
SEPARATION_TOLERANCE = 0.9


class Clusters(NamedTuple):
    labels: Labels
    """(customers,) from 0, the largest cluster first."""
    centroids: Floats
    """(clusters, dimensions), unit length."""


class Criterion(NamedTuple):
    k: int
    stability: float
    """Mean adjusted mutual information of the clusterings of two disjoint halves: 1 the same, 0 chance."""
    silhouette: float
    """Mean cosine silhouette of the same clusterings, -1 to 1."""


class Choice(NamedTuple):
    k: int
    criteria: list[Criterion]


def choose_k(embeddings: Floats, candidates: Sequence[int], seed: int) -> Choice:
    """The largest candidate that is stable (at least 0.5) and keeps nine tenths of the best silhouette of those.

    A segment is worth writing for when other customers of the same kind would have led to it too (Ben-Hur 2002,
    von Luxburg 2010). So two disjoint halves of at most 6,000 customers are clustered apart, all are assigned by
    both, and the adjusted mutual information of the two is the stability. The silhouette (Rousseeuw 1987) keeps
    clear groups from being cut up, which two halves may well do alike. Where no candidate is stable, the smallest
    one is taken: then there is no structure that would justify more. Candidates with under ten customers a segment
    in a half are left out; with none left, k is 1.

    It runs on one thread: the halves are small, and pools that spin on a busy machine made it ten times slower.
    """
    sample = _sample(embeddings, CHOICE_SAMPLE, seed)
    possible = [k for k in sorted(set(candidates)) if k >= 2 and len(sample) >= 20 * k]
    with threadpool_limits(1):
        criteria = [_criterion(sample, k, seed) for k in possible]
    return Choice(_largest_sound(criteria), criteria)


def cluster(embeddings: Floats, k: int, seed: int, threads: int = 1) -> Clusters:
    """Spherical k-means (Dhillon & Modha 2001) of unit rows (customers, dimensions), at most one cluster a customer."""
    if k < 1 or not len(embeddings):
        raise BadInput(f"{len(embeddings)} customers cannot form {k} segments: both must be at least 1.")
    with threadpool_limits(threads):
        centroids = _train(embeddings, min(k, len(embeddings)), seed)
        return _largest_first(assign(embeddings, centroids), embeddings)


def assign(embeddings: Floats, centroids: Floats) -> Labels:
    """The nearest centroid (customers,) of each row by cosine; the lower label where two are equally near."""
    labels = np.empty(len(embeddings), dtype=np.int32)
    for start in range(0, len(embeddings), ASSIGN_ROWS):
        block = slice(start, start + ASSIGN_ROWS)
        labels[block] = np.argmax(embeddings[block] @ centroids.T, axis=1)
    return labels


def merge_small(labels: Labels, centroids: Floats, embeddings: Floats, minimum_size: int) -> Clusters:
    """Clusters of at least `minimum_size` customers: the smallest joins its nearest until all are large enough.

    Fewer customers than the minimum end up in one cluster. Of equally small clusters the higher label goes first.
    """
    sizes = np.bincount(labels, minlength=len(centroids))
    sums = _sums(labels, embeddings, len(centroids))
    home = np.arange(len(centroids))
    alive = [label for label in range(len(centroids)) if sizes[label] > 0]
    while len(alive) > 1 and min(sizes[label] for label in alive) < minimum_size:
        smallest = min(alive, key=lambda label: (sizes[label], -label))
        alive.remove(smallest)
        similarity = unit_rows(sums[alive]) @ unit_rows(sums[[smallest]])[0]
        nearest = alive[int(np.argmax(similarity))]
        home[home == smallest] = nearest
        sizes[nearest] += sizes[smallest]
        sums[nearest] += sums[smallest]
    return _largest_first(home[labels], embeddings)


def _largest_sound(criteria: Sequence[Criterion]) -> int:
    stable = [criterion for criterion in criteria if criterion.stability >= LEAST_STABILITY]
    if not stable:
        return criteria[0].k if criteria else 1
    apart = SEPARATION_TOLERANCE * max(criterion.silhouette for criterion in stable)
    return max(criterion.k for criterion in stable if criterion.silhouette >= apart)


def _largest_first(labels: npt.NDArray[np.integer], embeddings: Floats) -> Clusters:
    """Labels renumbered by falling size, then by the old number, with the mean direction of each."""
    sizes = np.bincount(labels)
    order = [label for label in np.argsort(-sizes, kind="stable") if sizes[label] > 0]
    renumbered = np.zeros(len(sizes), dtype=np.int32)
    renumbered[order] = np.arange(len(order))
    named = renumbered[labels]
    return Clusters(named, unit_rows(_sums(named, embeddings, len(order))))


def _sums(labels: npt.NDArray[np.integer], embeddings: Floats, count: int) -> Floats:
    sums = np.zeros((count, embeddings.shape[1]), dtype=np.float64)
    for start in range(0, len(labels), ASSIGN_ROWS):
        block = slice(start, start + ASSIGN_ROWS)
        members = labels[block] == np.arange(count)[:, None]
        sums += members.astype(np.float32) @ embeddings[block]
    return sums.astype(np.float32)


def _train(embeddings: Floats, k: int, seed: int) -> Floats:
    kmeans = faiss.Kmeans(
        embeddings.shape[1], k, niter=ITERATIONS, nredo=RESTARTS, spherical=True, seed=seed,
        min_points_per_centroid=1, max_points_per_centroid=POINTS_PER_CENTROID,
    )  # fmt: skip
    kmeans.train(np.ascontiguousarray(embeddings, dtype=np.float32))
    return unit_rows(np.asarray(kmeans.centroids, dtype=np.float32))


def _criterion(sample: Floats, k: int, seed: int) -> Criterion:
    few = slice(0, SILHOUETTE_SAMPLE)
    distances = np.clip(1 - sample[few] @ sample[few].T, 0, 2)
    np.fill_diagonal(distances, 0)
    agreements, silhouettes = [], []
    for split in range(CHOICE_SPLITS):
        order = np.random.default_rng([seed, split]).permutation(len(sample))
        halves = order[: len(order) // 2], order[len(order) // 2 :]
        one, other = (assign(sample, _train(sample[half], k, seed + split)) for half in halves)
        agreements.append(adjusted_mutual_info_score(one, other))
        silhouettes += [
            silhouette_score(distances, labels[few], metric="precomputed")
            if len(set(labels[few].tolist())) > 1
            else 0.0
            for labels in (one, other)
        ]
    return Criterion(k, round(float(np.mean(agreements)), 4), round(float(np.mean(silhouettes)), 4))


def _sample(embeddings: Floats, size: int, seed: int) -> Floats:
    """At most `size` rows in a random order, so that its first rows are a sample too."""
    return embeddings[np.random.default_rng(seed).permutation(len(embeddings))[:size]]
