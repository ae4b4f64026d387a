"""The texts that every brand's voice model starts from, and their vectors by the default encoder."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
IN_VOICE = FOLDER / "in_voice.jsonl"
OFF_VOICE = FOLDER / "off_voice.jsonl"
VECTORS = FOLDER / "vectors.npz"


class Example(NamedTuple):
    """A text that a good brand would send, or would not; `tone` is known for copy written on request."""

    text: str
    in_voice: bool
    tone: str | None = None


def shipped_examples() -> list[Example]:
    """Copy in the eight tones and plain facts, then texts that are off voice in any brand."""
    good = [json.loads(line) for line in IN_VOICE.read_text(encoding="utf-8").splitlines()]
    bad = [json.loads(line) for line in OFF_VOICE.read_text(encoding="utf-8").splitlines()]
    return [
        *(Example(row["text"], True, row["tone"]) for row in good),
        *(Example(row["text"], False) for row in bad),
    ]


def shipped_vectors(encoder_fingerprint: str) -> NDArray[np.float32] | None:
    """The vectors (n, d) of `shipped_examples` in their order; None for another encoder than the default one."""
    with np.load(VECTORS, allow_pickle=False) as stored:
        if str(stored["encoder"]) != encoder_fingerprint:
            return None
        return np.asarray(stored["vectors"], dtype=np.float32)


def store_vectors(encoder_fingerprint: str, vectors: NDArray[np.float32]) -> None:
    """Keep the vectors (n, d) of `shipped_examples` as half floats; what that loses is below 0.001 of a cosine."""
    np.savez(VECTORS, encoder=np.array(encoder_fingerprint), vectors=vectors.astype(np.float16))
