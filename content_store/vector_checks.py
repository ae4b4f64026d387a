"""What must hold of vectors before they are searched or searched for."""

import numpy as np
import numpy.typing as npt

from content_store.errors import BadInput

UNIT_TOLERANCE = 1e-3

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


def in_order(vectors: Vectors, ids: Ids) -> tuple[Vectors, Ids]:
    """Both sorted by id; raises BadInput for negative or repeated ids and for vectors not of unit length."""
    ids = np.asarray(ids, np.int64)
    if ids.shape != vectors.shape[:1]:
        raise BadInput(
            f"There are {len(vectors)} vectors for {len(ids)} ids; give each block version one vector."
        )
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    if ids.size and ids[0] < 0:
        raise BadInput(f"The block version id {ids[0]} is negative.")
    twice = ids[1:][ids[1:] == ids[:-1]]
    if twice.size:
        raise BadInput(f"Block version {twice[0]} comes twice; add each version once.")
    return unit_vectors(vectors, "Vector")[order], ids


def unit_vectors(vectors: Vectors, name: str) -> Vectors:
    """The vectors (n, d) as float32; raises BadInput, with `name` for what they are, where a length is not 1."""
    checked = np.ascontiguousarray(vectors, np.float32)
    if checked.ndim != 2:
        raise BadInput(f"{name}s come as a table, one row each; these have {checked.ndim} dimensions.")
    lengths = np.linalg.norm(checked, axis=1)
    # Written so that a length that is not a number counts as wrong too.
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= UNIT_TOLERANCE))
    if wrong.size:
        raise BadInput(
            f"{name} {wrong[0] + 1} has length {lengths[wrong[0]]:.4g}, must be 1; encode its text again."
        )
    return checked
