"""The cache of vectors spares the model its work and is never believed blindly."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from content_store.vector_cache import Vectors, cached_vectors


class Encoder:
    """Counts letters: a vector of two numbers a text; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts: list[str]) -> Vectors:
        self.asked.append(texts)
        return np.array([[len(text), text.count("e")] for text in texts], dtype=np.float32)


def test_known_texts_are_read_and_only_new_ones_encoded(tmp_path: Path) -> None:
    encode = Encoder()
    first = cached_vectors("model", ["tea", "coffee"], tmp_path, encode)
    assert first.tolist() == [[3, 1], [6, 2]]
    again = cached_vectors("model", ["coffee", "tea", "coffee"], tmp_path, encode)
    assert again.tolist() == [[6, 2], [3, 1], [6, 2]]
    cached_vectors("model", ["tea", "cocoa", "cocoa"], tmp_path, encode)
    assert encode.asked == [["tea", "coffee"], ["cocoa"]]


def test_no_texts_need_no_model(tmp_path: Path) -> None:
    encode = Encoder()
    assert cached_vectors("model", [], tmp_path, encode).shape == (0, 0)
    assert encode.asked == []


def test_vectors_of_another_model_are_kept_apart(tmp_path: Path) -> None:
    encode = Encoder()
    cached_vectors("model float32", ["tea"], tmp_path, encode)
    cached_vectors("model bfloat16", ["tea"], tmp_path, encode)
    assert encode.asked == [["tea"], ["tea"]]
    assert [pq.read_table(file).num_rows for file in tmp_path.iterdir()] == [1, 1]


def test_a_damaged_cache_is_thrown_away_and_never_gives_a_wrong_vector(tmp_path: Path) -> None:
    encode = Encoder()
    expected = cached_vectors("model", ["milk", "bread"], tmp_path, encode)
    [file] = tmp_path.iterdir()
    good = file.read_bytes()
    chance = random.Random(20)
    for step in range(100):
        damaged = bytearray(good)
        damaged[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged[: chance.randrange(len(good))] if step % 4 == 0 else damaged)
        assert np.array_equal(cached_vectors("model", ["milk", "bread"], tmp_path, encode), expected)


def test_a_cache_that_cannot_be_written_costs_only_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "occupied").write_text("a file where the folder should be")
    assert cached_vectors("model", ["tea"], tmp_path / "occupied" / "cache", Encoder()).tolist() == [[3, 1]]
    assert "was not written" in caplog.text
