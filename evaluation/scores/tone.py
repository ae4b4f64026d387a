"""Score: the probability that a copy is in the brand's voice and in the tone that was asked for."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]


def tone(in_voice: Rows, tones: Rows, asked: Sequence[str], names: Sequence[str]) -> Rows:
    """P(in voice) x P(the asked tone rather than another one), both for even odds, 0..1 for each of n copies.

    `in_voice` is (n,), `tones` (n, t) the probability of each tone in `names`, `asked` a tone for each copy; a tone
    that is not among `names` leaves the second factor out.
    """
    column = {name: number for number, name in enumerate(names)}
    return np.array(
        [
            voice * (asked_rather_than_another(row[column[name]], len(names)) if name in column else 1.0)
            for voice, row, name in zip(in_voice, tones, asked, strict=True)
        ],
        dtype=np.float64,
    )


def asked_rather_than_another(probability: float, tones: int) -> float:
    """A tone's probability among `tones` equally likely ones, turned into that against one of the others."""
    other = (1 - probability) / (tones - 1)
    return float(probability / (probability + other))
