"""A model folder that could run code or answer wrongly is refused with one sentence."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from content_store.errors import BadInput
from content_store.model_folders import check_model_folder, fingerprint, write_manifest


def write_weights(path: Path, tensors: dict[str, list[list[float]]]) -> None:
    header: dict[str, Any] = {}
    data = b""
    for name, rows in tensors.items():
        values = [value for row in rows for value in row]
        begin = len(data)
        data += struct.pack(f"<{len(values)}f", *values)
        header[name] = {
            "dtype": "F32",
            "shape": [len(rows), len(rows[0])],
            "data_offsets": [begin, len(data)],
        }
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama", "vocab_size": 3}')
    (folder / "tokenizer.json").write_text(
        '{"model": {"vocab": {"a": 0, "b": 1}}, "added_tokens": [{"id": 2, "content": "<end>"}]}'
    )
    write_weights(
        folder / "model.safetensors",
        {"model.embed_tokens.weight": [[1.0, 2.0], [0.0, 0.0], [3.0, 4.0]], "head.weight": [[0.0, 0.5]]},
    )
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(BadInput) as caught:
        check_model_folder(folder)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_sound_folder_passes_with_and_without_a_manifest(folder: Path) -> None:
    check_model_folder(folder)
    write_manifest(folder, source="test")
    check_model_folder(folder)


def test_a_folder_without_config_is_refused(tmp_path: Path) -> None:
    assert "no config.json" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["modeling_custom.py", "1_Pooling/custom.py", "kernel.so"])
def test_code_in_the_folder_is_refused(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("print('run')")
    assert f"carries code ({name})" in refusal(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_an_auto_map_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text('{"vocab_size": 3, "auto_map": {"AutoModel": "modeling.Custom"}}')
    assert f"{name} asks for custom code" in refusal(folder)


def test_a_custom_class_in_modules_json_is_refused(folder: Path) -> None:
    (folder / "modules.json").write_text(
        '[{"type": "sentence_transformers.models.Pooling"}, {"type": "evil.Module"}]'
    )
    assert "names the class 'evil.Module'" in refusal(folder)


def test_pickle_only_weights_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "pytorch_model.bin is a pickle" in refusal(folder)


def test_a_pickle_beside_safetensors_is_left_alone(folder: Path) -> None:
    (folder / "training_args.bin").write_bytes(b"x")
    check_model_folder(folder)


def test_a_folder_without_weights_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert "no *.safetensors weights" in refusal(folder)


@pytest.mark.parametrize("kept", [0, 5, 9, 100, -1])
def test_truncated_weights_are_refused(folder: Path, kept: int) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    assert "truncated or damaged" in refusal(folder)


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"{}",
        b'{"a": 1}',
        b"{",
        b"[" * 200_000,
        b'{"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}}',
    ],
)
def test_a_broken_header_is_refused(folder: Path, header: bytes) -> None:
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0\0\0")
    assert "truncated or damaged" in refusal(folder)


def test_all_zero_weights_are_refused(folder: Path) -> None:
    write_weights(folder / "model.safetensors", {"layer.weight": [[0.0] * 100_000] * 2})
    assert "layer.weight are all zero" in refusal(folder)


def test_a_changed_byte_is_refused_by_the_manifest(folder: Path) -> None:
    write_manifest(folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert "its SHA-256 differs" in refusal(folder)


def test_a_file_of_the_manifest_that_is_missing_is_refused(folder: Path) -> None:
    write_manifest(folder)
    (folder / "tokenizer.json").unlink()
    assert "tokenizer.json stands in manifest.json but is missing" in refusal(folder)


def test_weights_that_the_manifest_does_not_list_are_refused(folder: Path) -> None:
    write_manifest(folder)
    write_weights(folder / "other.safetensors", {"a": [[1.0]]})
    assert "other.safetensors does not stand in manifest.json" in refusal(folder)


def test_a_missing_shard_is_refused(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-00002.safetensors"}}')
    assert "model-00002.safetensors is listed" in refusal(folder)


def test_a_tokenizer_larger_than_the_embedding_is_refused(folder: Path) -> None:
    tokenizer = {"model": {"vocab": {"a": 0}}, "added_tokens": [{"id": 3, "content": "<new>"}]}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert "the tokenizer knows 4 tokens but the model has 3" in refusal(folder)


def test_the_fingerprint_changes_with_a_name_and_with_a_byte_and_is_stable(folder: Path) -> None:
    first = fingerprint(folder)
    assert len(first) == 64
    assert fingerprint(folder) == first
    (folder / "config.json").write_text('{"model_type": "llama", "vocab_size": 3 }')
    second = fingerprint(folder)
    (folder / "config.json").rename(folder / "configuration.json")
    assert len({first, second, fingerprint(folder)}) == 3


@pytest.mark.parametrize("cache", ['{"config.json": 5}', "[]", "{", ""])
def test_the_fingerprint_survives_a_broken_cache_of_hashes(folder: Path, cache: str) -> None:
    first = fingerprint(folder)
    (folder / ".fingerprint.json").write_text(cache)
    assert fingerprint(folder) == first
