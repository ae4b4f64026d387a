"""Open a local causal language model, in the number format in which this processor is fastest."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from content_store.errors import BadInput
from content_store.model_folders import fingerprint
from generators.model_files import check_model_folder, model_folder

ATTENTION_KINDS = {"full_attention", "sliding_attention"}


class LanguageModel(NamedTuple):
    """A loaded generator; the fingerprint is SHA-256 over its files."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    fingerprint: str
    dtype: torch.dtype


def load(
    folder: Path | str, threads: int | None = None, dtype: Literal["auto", "bfloat16", "float32"] = "auto"
) -> LanguageModel:
    """Checks and opens a model folder, or a Hugging Face id that is already in the library's cache.

    `threads` sets torch's threads for the whole process; None leaves them. `auto` is bfloat16 where the
    processor multiplies it natively, else float32. Nothing is downloaded and no code of the folder is run.
    """
    place = model_folder(folder)
    check_model_folder(place)
    if threads is not None:
        torch.set_num_threads(threads)
    chosen = choose_dtype() if dtype == "auto" else getattr(torch, dtype)
    model = _open_model(place, chosen)
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        place, local_files_only=True, trust_remote_code=False
    )
    rows = embedding_rows(model)
    if len(tokenizer) > rows:
        raise BadInput(
            f"{place}: the tokenizer knows {len(tokenizer)} tokens but the model has {rows}, so they do not "
            "belong together; use the tokenizer that came with the model."
        )
    return LanguageModel(model, tokenizer, fingerprint(place), chosen)


def embedding_rows(model: PreTrainedModel) -> int:
    """How many token ids the model knows; some models have more than their tokenizer."""
    weight = model.get_input_embeddings().weight
    assert isinstance(weight, torch.Tensor)
    return int(weight.shape[0])


def choose_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it natively (AVX-512 BF16 or AMX): about four times float32."""
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def context_length(lm: LanguageModel) -> int:
    """How many tokens prompt and text may have together.

    A sliding window counts as the whole context, since all rows are kept in plain attention caches.
    """
    config = lm.model.config.get_text_config()
    limits = [getattr(config, "max_position_embeddings", None)]
    if getattr(config, "use_sliding_window", True):
        limits.append(getattr(config, "sliding_window", None))
    return min((limit for limit in limits if limit), default=1 << 30)


def end_tokens(lm: LanguageModel) -> frozenset[int]:
    """The ids that end a text."""
    ends: set[int] = set()
    for stated in (
        lm.model.generation_config.eos_token_id if lm.model.generation_config else None,
        lm.tokenizer.eos_token_id,
    ):
        ends.update([stated] if isinstance(stated, int) else stated or [])
    return frozenset(ends)


def control_tokens(lm: LanguageModel) -> frozenset[int]:
    """The ids that structure a prompt and are no text: special, chat and end tokens."""
    added = {
        index
        for index, token in lm.tokenizer.added_tokens_decoder.items()
        if token.special or token.content.strip().startswith(("<", "["))
    }
    return frozenset(added) | frozenset(lm.tokenizer.all_special_ids) | end_tokens(lm)


def _open_model(folder: Path, dtype: torch.dtype) -> PreTrainedModel:
    opened: Any
    try:
        opened = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except (ValueError, OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BadInput(
            f"{folder}: the library cannot open this model ({reason}); use a causal language model whose "
            "architecture it knows."
        ) from error
    model: PreTrainedModel = opened[0]
    info: dict[str, Any] = opened[1]
    missing = sorted(info["missing_keys"])
    if missing or info.get("mismatched_keys"):
        raise BadInput(
            f"{folder}: {len(missing) or 'some'} weights are missing or of another shape "
            f"({(missing or ['…'])[0]}); copy or convert the model again."
        )
    kinds = set(getattr(model.config.get_text_config(), "layer_types", None) or [])
    if not kinds <= ATTENTION_KINDS:
        raise BadInput(
            f"{folder}: layers of the kind {min(kinds - ATTENTION_KINDS)!r} cannot share a prompt "
            "between texts here; use a model with attention layers only."
        )
    model.requires_grad_(False).train(False)
    return model
