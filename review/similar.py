"""Messages that say nearly the same, and how many of them must be read before the rest may go unread."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from hashlib import sha256
from math import comb
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

#: Two texts are alike from this cosine of their letters on, three to five in a row within words.
ALIKE = 0.85

#: What an audit shows: with this confidence at most this share of the unread is bad.
MOST_BAD_SHARE = 0.02
CONFIDENCE = 0.95

_ROWS = 500


class Item(NamedTuple):
    """The text of one message; only items of the same kind can be alike."""

    id: int
    text: str
    kind: Hashable


class Group(NamedTuple):
    """Messages that are alike: the exemplar is alike to each of the others, which stand in the order of the audit."""

    exemplar: int
    others: list[int]

    @property
    def members(self) -> list[int]:
        """All of them, the exemplar first."""
        return [self.exemplar, *self.others]

    @property
    def audited(self) -> list[int]:
        """The others that must be read."""
        return self.others[: audit_size(len(self.others))]

    @property
    def unread(self) -> list[int]:
        """The others that may go together once all that must be read was found clean."""
        return self.others[len(self.audited) :]

    @property
    def key(self) -> str:
        """A name of the group, the same for the same members."""
        return sha256(" ".join(map(str, sorted(self.members))).encode()).hexdigest()[:16]


def audit_size(n: int, most_bad_share: float = MOST_BAD_SHARE, confidence: float = CONFIDENCE) -> int:
    """How many of `n` must be drawn at random and found clean, to say with the confidence that at most the share is bad.

    The smallest sample which the fewest bad ones that are too many would all escape with a probability of at most
    1 - confidence; exact, by the hypergeometric distribution: of 140, with 2 % and 95 %, 88.
    """
    if n < 0 or not 0 <= most_bad_share < 1 or not 0 < confidence < 1:
        raise ValueError(
            f"n {n}, share {most_bad_share}, confidence {confidence}: n >= 0, 0 <= share < 1, 0 < confidence < 1."
        )
    # By their decimal digits: 0.29 * 100 is less than 29 in binary.
    too_many = int(n * Fraction(str(most_bad_share))) + 1
    risk = (1 - Fraction(str(confidence))) * comb(n, too_many)
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if comb(n - middle, too_many) <= risk:
            high = middle
        else:
            low = middle + 1
    return low


def alike_groups(items: Sequence[Item], threshold: float = ALIKE) -> list[Group]:
    """Groups of two and more, the largest first; the same items give the same groups, in whatever order they come.

    The item that is alike to most others becomes an exemplar with those around it, then the same among the rest. So a
    member is alike to the exemplar itself, which is what a reviewer sees, and not only to a neighbour of a neighbour.
    """
    kinds: dict[Hashable, list[Item]] = {}
    for item in sorted(items):
        kinds.setdefault(item.kind, []).append(item)
    groups = [group for same in kinds.values() if len(same) > 1 for group in _groups(same, threshold)]
    return sorted(groups, key=lambda group: (-len(group.others), group.exemplar))


def audit_rank(item: Item) -> str:
    """Where an item comes in the audit of any group: by the hash of its number and its text, so that nobody can draw again."""
    return sha256(f"{item.id} {item.text}".encode()).hexdigest()


def _groups(items: Sequence[Item], threshold: float) -> list[Group]:
    import numpy as np

    alike = _alike(items, threshold)
    closeness = np.asarray(alike.sum(axis=1)).ravel().round(6)
    alike.data[:] = 1
    near = np.asarray(alike.sum(axis=1)).ravel()
    free = np.ones(len(items), dtype=bool)
    groups = []
    while free.any():
        # The most neighbours, then the closest ones, then the first.
        centre = int(np.lexsort((-closeness, -near, ~free))[0])
        members = [int(place) for place in alike[centre].indices if free[place]]
        if len(members) < 2:
            break
        free[members] = False
        near = near - np.asarray(alike[members].sum(axis=0)).ravel()
        others = sorted((items[place] for place in members if place != centre), key=audit_rank)
        groups.append(Group(items[centre].id, [other.id for other in others]))
    return groups


def _alike(items: Sequence[Item], threshold: float) -> csr_matrix[Any]:
    """The cosines (n, n) that reach the threshold.

    Plain counts, not weighed by how rare they are among all: how alike two texts are must not hang on what else waits.
    """
    from scipy.sparse import csr_matrix, vstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    counts = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), use_idf=False, sublinear_tf=True)
    vectors = counts.fit_transform([item.text or " " for item in items])
    parts = []
    for start in range(0, len(items), _ROWS):
        part = (vectors[start : start + _ROWS] @ vectors.T).tocsr()
        # Rounded, so that a last digit that another machine computes otherwise decides nothing.
        kept: NDArray[Any] = part.data.round(9) >= threshold
        part.data = part.data * kept
        part.eliminate_zeros()
        part.sort_indices()
        parts.append(part)
    return csr_matrix(vstack(parts))
