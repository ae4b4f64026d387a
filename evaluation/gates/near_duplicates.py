"""Near-duplicates in a batch: texts that say almost the same words as an earlier one."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from evaluation.gates.text import words

SIMILARITY = 0.85


def near_duplicates(texts: Sequence[str], threshold: float = SIMILARITY) -> list[int | None]:
    """For each text the index of the earliest text that it nearly repeats, or None.

    Two texts repeat one another when the Jaccard similarity of their word sets and word pairs is at least
    `threshold`. A text that is itself a repetition is never given as the original.
    """
    features = [_features(text) for text in texts]
    holders: dict[object, list[int]] = defaultdict(list)
    found: list[int | None] = []
    for index, own in enumerate(features):
        original = _earliest(own, features, holders, threshold)
        found.append(original)
        if original is None:
            for feature in own:
                holders[feature].append(index)
    return found


def _features(text: str) -> frozenset[object]:
    said = words(text)
    return frozenset((*said, *pairwise(said)))


def _earliest(
    own: frozenset[object],
    features: list[frozenset[object]],
    holders: dict[object, list[int]],
    threshold: float,
) -> int | None:
    """Only originals that share enough features can be near; so their shared counts are all that is computed."""
    shared: dict[int, int] = defaultdict(int)
    for feature in own:
        for index in holders.get(feature, ()):
            shared[index] += 1
    near = [i for i, count in shared.items() if count >= threshold * (len(own) + len(features[i]) - count)]
    return min(near) if near else None
