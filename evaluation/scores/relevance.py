"""Score: how near a copy is to its segment and to its brief."""

import numpy as np
from numpy.typing import NDArray

from evaluation.scores.vectors import unit

AUDIENCE_SHARE = 0.5


def relevance(
    copy_vectors: NDArray[np.floating],
    audience_vectors: NDArray[np.floating],
    brief_vectors: NDArray[np.floating],
) -> NDArray[np.float64]:
    """The mean of the cosine to the audience and the cosine to the brief; 0 means unrelated, 1 the same text.

    All arrays are (n, d), row i of each for copy i; a single row (1, d) of audience or brief serves all copies.
    Negative cosines count as 0. A row of zeros (no audience, or a brief without a goal) leaves its half out.
    The score is raw: it ranks copies of one brief and is no probability.
    """
    weights = np.stack([
        AUDIENCE_SHARE * _is_given(audience_vectors, len(copy_vectors)),
        (1 - AUDIENCE_SHARE) * _is_given(brief_vectors, len(copy_vectors)),
    ])  # fmt: skip
    cosines = np.stack([_cosines(copy_vectors, audience_vectors), _cosines(copy_vectors, brief_vectors)])
    total = weights.sum(axis=0)
    return np.asarray((weights * cosines).sum(axis=0) / np.where(total == 0, 1.0, total), dtype=np.float64)


def _is_given(vectors: NDArray[np.floating], rows: int) -> NDArray[np.float64]:
    given = np.any(np.atleast_2d(vectors) != 0, axis=1).astype(np.float64)
    return np.asarray(np.broadcast_to(given, (rows,)), dtype=np.float64)


def _cosines(left: NDArray[np.floating], right: NDArray[np.floating]) -> NDArray[np.float64]:
    cosines = np.sum(unit(left) * unit(right), axis=1)
    return np.asarray(np.clip(cosines, 0.0, 1.0), dtype=np.float64)
