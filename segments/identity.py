"""A segment stays itself from run to run: matched by centroid, with a number for how far it moved."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

Floats = npt.NDArray[np.float32]

LEAST_SHARE = 1e-4
"""An empty share counts as this in the population stability index, which divides by it."""


class Drift(NamedTuple):
    cosine_distance: float
    """How far the centroid turned: 0 not at all, 1 to something unrelated."""
    share_change: float
    """Share of all customers now less then: 0.02 is two points more."""


def match(
    previous_centroids: Floats, new_centroids: Floats, previous_ids: Sequence[str], minimum_similarity: float
) -> list[str | None]:
    """The id that each new centroid keeps, by optimal assignment on cosine (Kuhn 1955); None where a new id is due.

    Centroids are unit rows (segments, dimensions). No pair below `minimum_similarity` is matched, nor does it
    weigh on the others. Another number of dimensions means another encoder: then nothing matches.
    """
    kept: list[str | None] = [None] * len(new_centroids)
    if not len(previous_centroids) or previous_centroids.shape[1:] != new_centroids.shape[1:]:
        return kept
    similarity = new_centroids.astype(np.float64) @ previous_centroids.astype(np.float64).T
    # A forbidden pair costs as much as none, so that it cannot pull a good pair apart.
    worth = np.where(similarity >= minimum_similarity, similarity + 1.0, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    for new, previous in zip(rows.tolist(), columns.tolist(), strict=True):
        if worth[new, previous] > 0:
            kept[new] = previous_ids[previous]
    return kept


def drift(previous_centroid: Floats, centroid: Floats, previous_share: float, share: float) -> Drift:
    """How one matched segment changed since the last run."""
    distance = max(0.0, 1.0 - float(np.dot(previous_centroid, centroid)))
    return Drift(round(distance, 4), round(share - previous_share, 4))


def population_stability_index(previous_shares: Sequence[float], shares: Sequence[float]) -> float:
    """Σ (now - then) ln(now / then) over segments in the same order; under 0.1 is calm, over 0.25 a different crowd."""
    then = np.maximum(np.asarray(previous_shares, dtype=float), LEAST_SHARE)
    now = np.maximum(np.asarray(shares, dtype=float), LEAST_SHARE)
    return round(float(np.sum((now - then) * np.log(now / then))), 4)
