"""The rates that the tone gate must hold, with the default encoder."""

import numpy as np
import pytest

from content_store.embeddings import encode, load_encoder
from content_store.model_folders import default_encoder_folder, fingerprint
from evaluation.gates import judge
from evaluation.gates.gate import Policy
from evaluation.tone.examples import shipped_examples, shipped_vectors
from evaluation.tone.tone_gate import allowed_in, check_tone
from evaluation.tone.voice_model import Text, learn_voice, read_voice
from tests.evaluation.copies import copy_of_row, golden

pytestmark = pytest.mark.slow


def test_off_tone_faults_are_caught_and_good_copies_pass() -> None:
    folder = default_encoder_folder()
    encoder = load_encoder(folder, threads=1, dtype="float32")
    shipped = shipped_examples()
    vectors = shipped_vectors(fingerprint(folder))
    assert vectors is not None
    assert np.sum(encode(encoder, [e.text for e in shipped[::50]]) * vectors[::50], axis=1) == pytest.approx(
        1, abs=0.01
    )
    model = learn_voice(shipped, vectors)
    refused = {}
    for name, rows in {
        "off tone": [row for row in golden("faults") if row["gate"] == "tone"],
        "clean": list(golden("clean")),
        "validation": list(golden("validation")),
    }.items():
        copies = [copy_of_row(row) for row in rows]
        found = read_voice(
            model,
            [Text(copy.text, allowed_in(copy)) for copy in copies],
            encode(encoder, [copy.text for copy in copies]),
        )
        verdicts = [
            [*judge(copy, Policy()), check_tone(copy, model, float(found.in_voice[n]), found.style[n])]
            for n, copy in enumerate(copies)
        ]
        if name == "off tone":
            refused[name] = float(np.mean([not all(v.passed for v in group) for group in verdicts]))
        else:
            refused[name] = float(np.mean([not group[-1].passed for group in verdicts]))
    assert refused["off tone"] >= 0.7
    assert refused["clean"] <= 0.02
    assert refused["validation"] <= 0.03
