"""A FAISS index of block versions: filter first, search fast, keep in step with the database, never lie.

FAISS's threads do not survive a fork, and a search after one hangs: start other processes with spawn.
"""

import hashlib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from content_store import inverted_lists
from content_store.durable_files import Damaged, read_generation, write_generation
from content_store.errors import BadInput, WorkFailed
from content_store.vector_checks import in_order, unit_vectors

# Up to here an exact search is fast enough, and lists are not worth their training.
LARGE_STORE = 50_000
# A filter that keeps a smaller share leaves few vectors to compare.
BROAD_FILTER = 0.10
# IVF loses answers without saying so where the vectors form no clusters. So these many queries of a batch are
# also answered exactly, and lists are used only when this share of the answers is found in so many of them.
CHECKED_QUERIES = 50
CHECKED_RECALL = 0.995
PROBED_LISTS = (32, 128)
# A batch must be this many times larger than the check for the lists to win.
WORTH_CHECKING = 4

# Scores that agree to this many decimals count as equal: the order of summation changes the seventh.
SCORE_DECIMALS = 6
# Hits fetched beyond k, to see whether the k-th is tied with the next.
TIE_MARGIN = 2

EXACT_FILE = "blocks.faiss"
LISTS_FILE = "blocks_ivf.faiss"

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]
Scores = npt.NDArray[np.float64]


class Search(StrEnum):
    """How a query is answered."""

    EXACT_GATHERED = "exact_gathered"  #: the allowed vectors are put together, and each of them is compared
    IVF_SELECTED = "ivf_selected"  #: the nearest lists are visited, if a sample shows that this is enough


class Hits(NamedTuple):
    """Per query the block version ids, best first, and their cosines; fewer than k where fewer are allowed."""

    ids: list[Ids]
    scores: list[Scores]


class IndexUnusable(WorkFailed):
    """The saved index cannot be trusted."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The saved index cannot be used: {reason}; build it again from the database.")
        self.reason = reason


def choose_search(total: int, kept: int, queries: int) -> Search:
    """The way to answer a batch of queries on `total` block versions of which a filter keeps `kept`.

    HNSW is not among the ways: under a selective filter it loses nearly all answers without saying so.
    """
    large = total > LARGE_STORE and kept > BROAD_FILTER * total
    if large and queries >= WORTH_CHECKING * CHECKED_QUERIES:
        return Search.IVF_SELECTED
    return Search.EXACT_GATHERED


def use_threads(count: int) -> None:
    """Set how many threads FAISS takes, in the whole process."""
    faiss.omp_set_num_threads(count)


class BlockIndex:
    """Unit vectors of block versions in the order of their ids, and lists over them when there are many."""

    def __init__(self, vectors: Vectors, ids: Ids, model: str, lists: Any | None = None) -> None:
        self.vectors = vectors
        self.ids = ids
        self.model = model
        self._lists = lists
        self._list_of = None if lists is None else inverted_lists.list_of_each(lists, ids)

    @classmethod
    def build(cls, vectors: Vectors, ids: Ids, model: str) -> "BlockIndex":
        """Index of vectors (n, d) under ids (n,), from the encoder whose fingerprint is `model`.

        Raises BadInput for vectors that are not of unit length, and for ids that are negative or come twice.
        """
        vectors, ids = in_order(vectors, ids)
        return cls(
            vectors, ids, model, inverted_lists.train(vectors, ids) if len(ids) > LARGE_STORE else None
        )

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return int(self.vectors.shape[1])

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, vectors: Vectors, ids: Ids) -> None:
        """Add block versions. A version never changes, so an id that is there already is refused (BadInput)."""
        vectors, ids = in_order(vectors, ids)
        self._check_dimension(vectors)
        known = ids[np.isin(ids, self.ids)]
        if known.size:
            raise BadInput(f"Block version {known[0]} is in the index already; add each version once.")
        places = np.searchsorted(self.ids, ids)
        self.vectors = np.insert(self.vectors, places, vectors, axis=0)
        self.ids = np.insert(self.ids, places, ids)
        trained_for = 0 if self._lists is None else inverted_lists.trained_for(self._lists)
        if len(self) > max(LARGE_STORE, 2 * trained_for):
            self._lists = inverted_lists.train(self.vectors, self.ids)
        elif self._lists is not None:
            self._lists.add_with_ids(vectors, ids)
        self._list_of = None if self._lists is None else inverted_lists.list_of_each(self._lists, self.ids)

    def withdraw(self, ids: Ids) -> int:
        """Take block versions out, vectors and all, and say how many were there; unknown ids are passed over."""
        gone = np.isin(self.ids, np.asarray(ids, np.int64))
        if self._lists is not None and self._list_of is not None and gone.any():
            self._lists.remove_ids(faiss.IDSelectorBatch(self.ids[gone]))
            self._list_of = self._list_of[~gone]
        self.vectors = self.vectors[~gone]
        self.ids = self.ids[~gone]
        return int(gone.sum())

    def search(self, queries: Vectors, k: int, allowed: Ids | None = None) -> Hits:
        """The k allowed block versions nearest to each unit query (q, d); `allowed` None means all.

        Equal scores are ordered by id. Allowed ids that the index does not hold are passed over.
        """
        if k < 1:
            raise BadInput(f"k is {k}, must be at least 1.")
        queries = unit_vectors(queries, "Query")
        self._check_dimension(queries)
        rows = np.arange(len(self)) if allowed is None else np.flatnonzero(np.isin(self.ids, allowed))
        fetched = min(k + TIE_MARGIN, len(rows))
        if fetched == 0:
            return Hits([np.empty(0, np.int64) for _ in queries], [np.empty(0) for _ in queries])
        candidates = self.vectors if len(rows) == len(self) else self.vectors[rows]
        scores, ids = self._nearest(queries, fetched, rows, candidates)
        unsure = (ids < 0).any(axis=1)
        if fetched > k:
            unsure |= (scores[:, k - 1] == scores[:, -1]) & (fetched < len(rows))
        hits = Hits(list(ids[:, :k]), list(scores[:, :k]))
        for query in np.flatnonzero(unsure):
            scores_of_all = (candidates @ queries[query]).astype(np.float64).round(SCORE_DECIMALS)
            best = _best(scores_of_all, k)
            hits.scores[query], hits.ids[query] = scores_of_all[best], self.ids[rows[best]]
        return hits

    def save(self, folder: Path) -> None:
        """Write the index as a new generation and point to it; a crash on the way leaves the old one in use.

        One process at a time may save into a folder. Raises WorkFailed when the disk refuses.
        """
        exact = faiss.IndexIDMap(faiss.IndexFlatIP(self.dimension))
        exact.add_with_ids(self.vectors, self.ids)
        files = {EXACT_FILE: faiss.serialize_index(exact).tobytes()}
        if self._lists is not None:
            files[LISTS_FILE] = faiss.serialize_index(self._lists).tobytes()
        notes = {
            "model": self.model,
            "dimension": self.dimension,
            "count": len(self),
            "ids": _ids_hash(self.ids),
        }
        try:
            write_generation(folder, files, notes)
        except OSError as error:
            raise WorkFailed(
                f"The index was not saved in {folder} ({error.strerror}); the index before it still serves."
            ) from error

    @classmethod
    def load(cls, folder: Path, expected_model: str, dimension: int) -> "BlockIndex":
        """Open the saved index after checking all of it; raises IndexUnusable with the reason."""
        try:
            files, notes = read_generation(folder)
        except FileNotFoundError as error:
            raise IndexUnusable("none was saved yet") from error
        except (Damaged, OSError) as error:
            raise IndexUnusable(str(error)) from error
        if notes.get("model") != expected_model:
            raise IndexUnusable("it was made with another encoder")
        if notes.get("dimension") != dimension:
            raise IndexUnusable(
                f"its vectors have {notes.get('dimension')} numbers, the encoder's {dimension}"
            )
        exact, ids = _open_exact(_open_faiss(files, EXACT_FILE))
        if notes.get("count") != len(ids) or notes.get("ids") != _ids_hash(ids) or len(ids) != len(exact):
            raise IndexUnusable("its ids are out of step with its vectors")
        lists = _open_faiss(files, LISTS_FILE) if LISTS_FILE in files or len(ids) > LARGE_STORE else None
        try:
            return cls(exact, ids, expected_model, lists)
        except ValueError as error:
            raise IndexUnusable(str(error)) from error

    def _check_dimension(self, vectors: Vectors) -> None:
        if vectors.shape[1] != self.dimension:
            raise BadInput(f"The vectors have {vectors.shape[1]} numbers, the index's have {self.dimension}.")

    def _nearest(self, queries: Vectors, k: int, rows: Rows, candidates: Vectors) -> tuple[Scores, Ids]:
        """Scores and ids (q, k), best first, equals by id; id -1 where the visited lists held too few."""
        found = None
        if choose_search(len(self), len(rows), len(queries)) is Search.IVF_SELECTED:
            found = self._visit_lists(queries, k, rows, candidates)
        if found is None:
            scores, places = faiss.knn(queries, candidates, k, metric=faiss.METRIC_INNER_PRODUCT)
            found = scores, self.ids[rows[places]]
        rounded = found[0].astype(np.float64).round(SCORE_DECIMALS)
        order = np.lexsort((found[1], -rounded))
        return np.take_along_axis(rounded, order, axis=1), np.take_along_axis(found[1], order, axis=1)

    def _visit_lists(
        self, queries: Vectors, k: int, rows: Rows, candidates: Vectors
    ) -> tuple[Vectors, Ids] | None:
        """Scores and ids from as many lists as a sample of the queries needs; None when it needs too many."""
        assert self._lists is not None
        assert self._list_of is not None
        sample = queries[:: len(queries) // CHECKED_QUERIES]
        exact, _ = faiss.knn(sample, candidates, k, metric=faiss.METRIC_INNER_PRODUCT)
        good_enough = exact[:, -1:] - 10**-SCORE_DECIMALS
        allowed, list_of = self.ids[rows], self._list_of[rows]
        for probes in PROBED_LISTS:
            scores, _ = inverted_lists.search(self._lists, sample, k, allowed, list_of, probes)
            if np.mean(scores >= good_enough) >= CHECKED_RECALL:
                return inverted_lists.search(self._lists, queries, k, allowed, list_of, probes)
        return None


def load_or_rebuild(
    folder: Path, model: str, dimension: int, rebuild: Callable[[], tuple[Vectors, Ids]]
) -> tuple[BlockIndex, str | None]:
    """The saved index, or one rebuilt and saved from `rebuild()` (vectors and ids); and why it was rebuilt."""
    try:
        return BlockIndex.load(folder, model, dimension), None
    except IndexUnusable as error:
        vectors, ids = rebuild()
        index = BlockIndex.build(vectors, ids, model)
        index.save(folder)
        return index, error.reason


def _open_faiss(files: dict[str, bytes], name: str) -> Any:
    """FAISS reads the very bytes that were checked, so nothing can change in between."""
    if name not in files:
        raise IndexUnusable(f"{name} is missing")
    faiss.set_deserialization_vector_byte_limit(len(files[name]))
    try:
        return faiss.deserialize_index(np.frombuffer(files[name], np.uint8))
    except RuntimeError as error:
        raise IndexUnusable(f"{name} is not a FAISS index") from error


def _open_exact(index: Any) -> tuple[Vectors, Ids]:
    ids: Ids = faiss.vector_to_array(index.id_map)
    flat: Any = faiss.downcast_index(index.index)
    codes = faiss.vector_to_array(flat.codes)
    return codes.view(np.float32).reshape(-1, index.d), ids


def _best(scores: Scores, k: int) -> Rows:
    """Places of the k highest scores, equals in their order: also where a tie runs past what a search fetched."""
    k = min(k, len(scores))
    contenders = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
    return contenders[np.argsort(-scores[contenders], kind="stable")][:k]


def _ids_hash(ids: Ids) -> str:
    return hashlib.sha256(ids.astype("<i8").tobytes()).hexdigest()
