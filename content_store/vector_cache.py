"""Vectors of texts met before: read from a file, so that no model is loaded for them."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from content_store.durable_files import replace_file

Vectors = npt.NDArray[np.float32]

log = logging.getLogger(__name__)


class KnownVectors(NamedTuple):
    """What a cache file holds: the row of each text hash, and the rows, (n, d)."""

    rows: dict[bytes, int]
    vectors: Vectors


def cached_vectors(
    model: str, texts: Sequence[str], folder: Path, encode: Callable[[list[str]], Vectors]
) -> Vectors:
    """Vectors (n, d) of the texts; those that `folder` does not know yet come from `encode` and are kept.

    `model` names all that decides the numbers (fingerprint and number type). The file is replaced in one step, so a
    reader sees the old or the new one; of two writers the last wins, and what the other knew is encoded again. A file
    that is damaged or of another model is thrown away.
    """
    file = folder / f"{hashlib.sha256(model.encode()).hexdigest()[:16]}.parquet"
    known = _read(file, model)
    keys = [hashlib.sha256(text.encode()).digest() for text in texts]
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known.rows}
    if new:
        fresh = encode(list(new.values()))
        rows = known.rows | {key: len(known.rows) + place for place, key in enumerate(new)}
        known = KnownVectors(rows, np.concatenate([known.vectors, fresh]) if known.rows else fresh)
        _write(file, model, known)
    return known.vectors[[known.rows[key] for key in keys]]


def forget(texts: Sequence[str], folder: Path) -> None:
    """Delete each file that knows one of the texts; what else stood in it is encoded again when it is needed."""
    gone = {hashlib.sha256(text.encode()).digest() for text in texts}
    for file in folder.glob("*.parquet") if gone else ():
        if not gone.isdisjoint(pq.read_table(file, columns=["text_hash"])["text_hash"].to_pylist()):
            file.unlink()


def _read(file: Path, model: str) -> KnownVectors:
    empty = KnownVectors({}, np.empty((0, 0), np.float32))
    if not file.exists():
        return empty
    try:
        table = pq.read_table(file)
        keys: list[Any] = table["text_hash"].to_pylist()
        column: Any = table["vector"].combine_chunks()
        vectors = np.ascontiguousarray(column.flatten().to_numpy(zero_copy_only=False), np.float32)
        vectors = vectors.reshape(len(keys), -1)
        intact = table.schema.metadata[b"sha256"] == _digest(model, keys, vectors)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError, MemoryError):
        intact = False
    if not intact:
        log.warning("The embedding cache %s is damaged: it is thrown away and built again.", file)
        return empty
    return KnownVectors({key: row for row, key in enumerate(keys)}, vectors)


def _write(file: Path, model: str, known: KnownVectors) -> None:
    """Write to a temporary file and swap; a cache that cannot be written costs time, so it only warns."""
    keys = list(known.rows)
    columns: dict[str, pa.Array[Any]] = {
        "text_hash": pa.array(keys, pa.binary(32)),
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(known.vectors.ravel()), known.vectors.shape[1]),
    }
    metadata = {b"sha256": _digest(model, keys, known.vectors)}
    stream = io.BytesIO()
    pq.write_table(pa.table(columns).replace_schema_metadata(metadata), stream, compression="none")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, stream.getvalue())
    except OSError as error:
        log.warning(
            "The embedding cache %s was not written (%s): these texts are encoded again.", file, error
        )


def _digest(model: str, keys: list[bytes], vectors: Vectors) -> bytes:
    """SHA-256 over the model, the text hashes and the numbers, as hexadecimal."""
    digest = hashlib.sha256(model.encode())
    digest.update(b"".join(keys))
    digest.update(vectors.tobytes())
    return digest.hexdigest().encode()
