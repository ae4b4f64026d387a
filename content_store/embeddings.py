"""Texts to unit vectors, quickly on a processor; the only import of sentence-transformers."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from content_store.errors import BadInput, WorkFailed
from content_store.model_folders import check_model_folder

# Larger batches fall out of the processor's caches, smaller ones leave its matrix units idle.
TOKENS_PER_BATCH = 2_000

Vectors = npt.NDArray[np.float32]

log = logging.getLogger(__name__)


def load_encoder(
    folder: Path, *, threads: int | None = None, dtype: Literal["auto", "float32", "bfloat16"] = "auto"
) -> SentenceTransformer:
    """Open an encoder from a local folder, never from the network, and never running code from the folder.

    `threads` sets torch's threads for the whole process. "auto" takes bfloat16 where the processor multiplies
    it in hardware (mean cosine with float32 above 0.999), else float32.
    Raises BadInput when the folder does not hold a usable encoder.
    """
    check_model_folder(folder)
    if threads is not None:
        torch.set_num_threads(threads)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    options = {"use_safetensors": True, "dtype": _weights_type(dtype)}
    try:
        encoder = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, trust_remote_code=False, model_kwargs=options
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise BadInput(
            f"The encoder in {folder} cannot be opened ({error}); name a complete sentence-transformers folder."
        ) from error
    return encoder.eval()


def encode(
    encoder: SentenceTransformer, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
) -> Vectors:
    """Unit vectors of the texts, float32 (n, d), in their order; no texts give (0, d).

    Equal texts are encoded once, and the same set of texts gives the same vectors in any order. `on_progress`
    hears after each batch how many more texts are done; the numbers add up to n. What stands after the
    encoder's longest input (`encoder.max_seq_length` tokens) does not count, and a warning says so.
    Raises BadInput for a text without words, WorkFailed when the encoder returns something else than numbers.
    """
    _check_texts(texts)
    copies = Counter(texts)
    distinct = sorted(copies)
    vectors = np.empty((len(distinct), _dimension(encoder)), np.float32)
    tokens = _tokenize(encoder, distinct)
    for batch in _batches([len(ids) for ids in tokens["input_ids"]]):
        vectors[batch] = _forward(encoder, tokens, batch)
        if on_progress is not None:
            on_progress(sum(copies[distinct[row]] for row in batch))
    row_of = {text: row for row, text in enumerate(distinct)}
    return _normalised(vectors)[[row_of[text] for text in texts]]


def _weights_type(dtype: Literal["auto", "float32", "bfloat16"]) -> torch.dtype:
    if dtype == "auto":
        processor = torch.cpu.get_capabilities()
        dtype = "bfloat16" if processor.get("avx512_bf16") or processor.get("amx_bf16") else "float32"
    return torch.bfloat16 if dtype == "bfloat16" else torch.float32


def _dimension(encoder: SentenceTransformer) -> int:
    dimension = encoder.get_embedding_dimension()
    if dimension is None:
        raise BadInput(
            "The encoder does not say how long its vectors are; name a sentence-transformers folder."
        )
    return int(dimension)


def _check_texts(texts: Sequence[str]) -> None:
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            raise BadInput(
                f"Text {number} of {len(texts)} is empty; an embedding needs words: fill or remove it."
            )
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise BadInput(
                f"Text {number} of {len(texts)} holds half a character ({text[error.start]!r} at position "
                f"{error.start}) that UTF-8 cannot write; correct the text."
            ) from error


def _tokenize(encoder: SentenceTransformer, texts: list[str]) -> dict[str, list[list[int]]]:
    if not texts:
        return {"input_ids": []}
    prompt = encoder.prompts.get(encoder.default_prompt_name or "") or ""
    longest = encoder.max_seq_length
    tokens = encoder.tokenizer([prompt + text for text in texts], truncation=True, max_length=longest)
    cut = sum(bool(encoding.overflowing) for encoding in tokens.encodings or ())
    if cut:
        log.warning(
            "%d of %d texts are longer than %s tokens: their ends do not count.", cut, len(texts), longest
        )
    return dict(tokens)


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Rows grouped by length, so that count x longest, padding included, stays under TOKENS_PER_BATCH."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[row] * (len(batch) + 1) > TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


@torch.inference_mode()
def _forward(encoder: SentenceTransformer, tokens: dict[str, list[list[int]]], batch: list[int]) -> Vectors:
    chosen = {name: [values[row] for row in batch] for name, values in tokens.items()}
    features: dict[str, Any] = dict(encoder.tokenizer.pad(chosen, return_tensors="pt"))
    vectors: Vectors = encoder(features)["sentence_embedding"].float().numpy()
    return vectors


def _normalised(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths) & (lengths > 0)):
        raise WorkFailed(
            "The encoder returned vectors that are zero or not numbers; install its folder again."
        )
    unit: Vectors = vectors / lengths
    return unit
