"""Encoding is quick, faithful to the plain encoder, and its limits are told."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from content_store.embeddings import _batches, encode, load_encoder
from content_store.errors import BadInput, WorkFailed
from content_store.model_folders import default_encoder_folder

TEXTS = [
    "dairy: yogurt, greek",
    "Our medium roast ground coffee comes in 12 oz bags.",
    "milk",
    "Fresh sourdough from our own ovens, still warm at eight in the morning, six days a week.",
    "frozen pizza, four cheeses",
    "Reply STOP to opt out",
    "baby: wipes, unscented, 80 count",
    "Weeknight dinners for four people under ten dollars, ready in twenty minutes.",
]


@pytest.fixture(scope="module")
def plain() -> SentenceTransformer:
    return load_encoder(default_encoder_folder(), dtype="float32")


def test_vectors_agree_with_the_plain_encoder(
    encoder: SentenceTransformer, plain: SentenceTransformer
) -> None:
    expected = plain.encode(TEXTS, batch_size=32, show_progress_bar=False)
    ours = encode(encoder, TEXTS)
    assert ours.shape == (8, 384)
    assert ours.dtype == np.float32
    assert np.linalg.norm(ours, axis=1) == pytest.approx(1, abs=1e-6)
    assert float(np.mean(np.sum(ours * expected, axis=1))) >= 0.999


def test_float32_vectors_are_those_of_the_plain_encoder(plain: SentenceTransformer) -> None:
    expected = plain.encode(TEXTS, show_progress_bar=False)
    assert encode(plain, TEXTS) == pytest.approx(expected, abs=1e-6)


def test_auto_takes_bfloat16_only_where_the_processor_has_it(encoder: SentenceTransformer) -> None:
    processor = torch.cpu.get_capabilities()
    has_it = processor.get("avx512_bf16") or processor.get("amx_bf16")
    assert encoder.dtype == (torch.bfloat16 if has_it else torch.float32)


def test_order_and_copies_do_not_change_a_vector(encoder: SentenceTransformer) -> None:
    forwards = encode(encoder, TEXTS)
    backwards = encode(encoder, [*reversed(TEXTS), TEXTS[2]])
    assert np.array_equal(backwards[:8][::-1], forwards)
    assert np.array_equal(backwards[8], forwards[2])


def test_no_texts_give_an_empty_table(encoder: SentenceTransformer) -> None:
    assert encode(encoder, []).shape == (0, 384)


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_a_text_without_words_is_refused(encoder: SentenceTransformer, text: str) -> None:
    with pytest.raises(BadInput, match="Text 2 of 2 is empty"):
        encode(encoder, ["milk", text])


def test_half_a_character_is_refused(encoder: SentenceTransformer) -> None:
    with pytest.raises(BadInput, match="Text 1 of 1 holds half a character"):
        encode(encoder, ["fresh \ud83d bread"])


def test_batches_hold_texts_of_like_length_up_to_2000_padded_tokens() -> None:
    assert list(_batches([1000, 3, 900, 1200, 2500])) == [[1, 2], [0], [3], [4]]
    assert list(_batches([20] * 150)) == [list(range(100)), list(range(100, 150))]
    assert list(_batches([])) == []


def test_progress_adds_up_to_the_number_of_texts(encoder: SentenceTransformer) -> None:
    steps: list[int] = []
    encode(encoder, [*TEXTS, "milk", "milk"], on_progress=steps.append)
    assert sum(steps) == 10


def test_a_text_that_is_too_long_is_cut_with_a_warning(
    encoder: SentenceTransformer, caplog: pytest.LogCaptureFixture
) -> None:
    vectors = encode(encoder, ["bread " * 254, "bread " * 300])
    assert "1 of 2 texts are longer than 256 tokens" in caplog.text
    assert float(vectors[0] @ vectors[1]) > 0.999


def test_an_encoder_that_returns_nothing_usable_is_reported(plain: SentenceTransformer) -> None:
    broken = copy.deepcopy(plain)
    with torch.no_grad():
        for weights in broken.parameters():
            weights.fill_(float("nan"))
    with pytest.raises(WorkFailed, match="zero or not numbers"):
        encode(broken, ["milk"])


def test_a_folder_without_an_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        load_encoder(tmp_path)
