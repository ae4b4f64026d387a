"""Score: the fact that each sentence of a copy stands on, by meaning and by shared words and quantities."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import content_stems
from evaluation.gates.quantities import quantities
from evaluation.scores.vectors import unit
from evaluation.sentences import sentences as sentences

MEANING_SHARE = 0.5
LEAST_SIMILARITY = 0.3


class Support(NamedTuple):
    """`fact_index` is None for a sentence that stands on no fact: a greeting, a question, a scene."""

    sentence: str
    fact_index: int | None
    similarity: float


def align(
    sentence_vectors: NDArray[np.floating],
    fact_vectors: NDArray[np.floating],
    sentences: Sequence[str],
    facts: Sequence[str],
) -> list[Support]:
    """For each sentence the nearest fact, where the similarity is at least `LEAST_SIMILARITY`.

    Vectors are (n, d) and (m, d). Similarity is half the cosine (negative as 0), half the share of the sentence's
    content words and quantities that the fact holds; on equal terms the earlier fact wins.
    """
    if not facts:
        return [Support(sentence, None, 0.0) for sentence in sentences]
    meaning = np.clip(unit(sentence_vectors) @ unit(fact_vectors).T, 0.0, 1.0)
    overlap = np.array([[shared_share(sentence, fact) for fact in facts] for sentence in sentences])
    similarity = np.round(MEANING_SHARE * meaning + (1 - MEANING_SHARE) * overlap.reshape(meaning.shape), 6)
    best = similarity.argmax(axis=1)
    return [
        Support(sentence, int(fact) if row[fact] >= LEAST_SIMILARITY else None, float(row[fact]))
        for sentence, fact, row in zip(sentences, best, similarity, strict=True)
    ]


def shared_share(sentence: str, fact: str) -> float:
    """The share of a sentence's content stems and quantities that stand in the fact, 0..1."""
    said, known = content_stems(sentence), content_stems(fact)
    numbers = [q for q in quantities(sentence) if not q.implied]
    carried = sum(any(same_quantity(q, k) for k in quantities(fact)) for q in numbers)
    total = len(said) + len(numbers)
    return (len(said & known) + carried) / total if total else 0.0
