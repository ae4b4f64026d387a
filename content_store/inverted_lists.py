"""Search in FAISS's inverted lists (IVF), for filters that keep much of a large store.

Classes of FAISS are typed Any where its stubs know only their C++ signatures.
"""

from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

# The lists are this many per square root of the number of vectors.
LISTS_PER_ROOT = 4
# More rounds of k-means cost seconds and find hardly more.
TRAINING_ROUNDS = 5
# Where ids are sparser than this, a bitmap over them would be larger than a set of them.
BITS_PER_ID = 1_000

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
ListNumbers = npt.NDArray[np.int64]


def train(vectors: Vectors, ids: Ids) -> Any:
    """An IndexIVFFlat by inner product that holds vectors (n, d) under ids (n,)."""
    count = int(LISTS_PER_ROOT * len(ids) ** 0.5)
    lists: Any = faiss.index_factory(vectors.shape[1], f"IVF{count},Flat", faiss.METRIC_INNER_PRODUCT)
    lists.cp.niter = TRAINING_ROUNDS
    lists.train(vectors)
    lists.add_with_ids(vectors, ids)
    return lists


def trained_for(lists: Any) -> int:
    """About how many vectors these lists were trained with."""
    return int((lists.nlist / LISTS_PER_ROOT) ** 2)


def list_of_each(lists: Any, ids: Ids) -> ListNumbers:
    """The list that holds each of the sorted ids; raises ValueError when the lists hold other ids than these."""
    invlists = lists.invlists
    sizes = [invlists.list_size(number) for number in range(lists.nlist)]
    held = [faiss.rev_swig_ptr(invlists.get_ids(number), size) for number, size in enumerate(sizes) if size]
    held_ids = np.concatenate([np.empty(0, np.int64), *held])
    order = np.argsort(held_ids)
    if not np.array_equal(held_ids[order], ids):
        raise ValueError("its lists are out of step with its ids")
    numbers: ListNumbers = np.repeat(np.arange(lists.nlist), sizes)[order]
    return numbers


def search(
    lists: Any, queries: Vectors, k: int, allowed: Ids, list_of: ListNumbers, probes: int
) -> tuple[Vectors, Ids]:
    """Scores and ids (q, k) of the nearest allowed ids in `probes` lists; -1 where these hold too few.

    `allowed` is sorted, and `list_of` says which list holds each. Only lists that hold an allowed id are
    visited: when a filter follows a topic, the lists nearest to a query may hold none.
    """
    useful = np.unique(list_of)
    ivf_way: Any = faiss.SearchParametersIVF
    flat_way: Any = faiss.SearchParameters
    way = ivf_way(
        nprobe=min(probes, len(useful)),
        sel=_selector(allowed) if len(allowed) < lists.ntotal else None,
        quantizer_params=flat_way(sel=_selector(useful)) if len(useful) < lists.nlist else None,
    )
    scores, found = lists.search(queries, k, params=way)
    return scores, found


def _selector(ids: Ids) -> Any:
    """What FAISS asks whether an id is among these sorted ones."""
    if ids[-1] > BITS_PER_ID * len(ids):
        return faiss.IDSelectorBatch(ids)
    among = np.zeros(ids[-1] + 1, np.bool_)
    among[ids] = True
    bitmap: Any = faiss.IDSelectorBitmap
    return bitmap(np.packbits(among, bitorder="little"))
