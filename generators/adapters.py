"""Merge a LoRA adapter into its base once, so that writing is as fast as with the base alone."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from content_store import model_folders
from content_store.durable_files import sync_folder
from content_store.errors import BadInput

if TYPE_CHECKING:
    from peft import LoraConfig
    from transformers import PreTrainedModel

STARTER = Path(__file__).parent / "starter_adapter"
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"

# The settings of an adapter that change its weights; any other that is set means an adapter of another kind.
USED = ("r", "lora_alpha", "target_modules", "use_rslora", "rank_pattern", "alpha_pattern", "fan_in_fan_out")
REFUSED = (
    "use_dora",
    "modules_to_save",
    "megatron_config",
    "auto_mapping",
    "layer_replication",
    "trainable_token_indices",
    "target_parameters",
    "lora_bias",
    "alora_invocation_tokens",
)


def merged_folder(base_folder: Path, adapter_folder: Path, cache: Path) -> Path:
    """A model folder under `cache` that holds base + adapter in bfloat16; made when it is not there (about 10 s).

    Its name holds the fingerprints of both. Raises BadInput where the adapter is not a LoRA adapter in safetensors,
    or does not fit the base.
    """
    # Said before anything is made.
    _adapter_settings(adapter_folder)
    folder = cache / f"{base_folder.name}-{adapter_folder.name}-{_fingerprint(base_folder, adapter_folder)}"
    if _is_sound(folder):
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".merging-", ignore_cleanup_errors=True) as temporary:
        fresh = Path(temporary) / "model"
        _merge(base_folder, adapter_folder, fresh)
        model_folders.write_manifest(
            fresh, source=f"{base_folder.name} with the adapter {adapter_folder.name}"
        )
        if folder.exists() and not _is_sound(folder):
            shutil.rmtree(folder)
        try:
            fresh.replace(folder)
        except OSError:
            # Another process was faster, and its folder is as good.
            if not _is_sound(folder):
                raise
    return folder


def attach(model: PreTrainedModel, settings: LoraConfig) -> Any:
    """The model with fresh LoRA weights in the layers that the settings name."""
    from peft import get_peft_model

    with warnings.catch_warnings():
        # peft asks for a property by the name that transformers will drop.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        return get_peft_model(model, settings)


def _adapter_settings(folder: Path) -> dict[str, Any]:
    if not (folder / CONFIG).is_file() or not (folder / WEIGHTS).is_file():
        raise BadInput(
            f"{folder}: not an adapter folder; it needs {CONFIG} and {WEIGHTS}, as `surmesure train` writes."
        )
    try:
        stated = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except ValueError:
        stated = None
    if (
        not isinstance(stated, dict)
        or stated.get("peft_type") != "LORA"
        or any(stated.get(key) for key in REFUSED)
    ):
        raise BadInput(
            f"{folder}: {CONFIG} is not that of a plain LoRA adapter; train one with `surmesure train`."
        )
    return {key: stated[key] for key in USED if stated.get(key) is not None}


def _fingerprint(base: Path, adapter: Path) -> str:
    parts = [
        model_folders.fingerprint(base),
        *(model_folders.file_hash(adapter / name) for name in (CONFIG, WEIGHTS)),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _is_sound(folder: Path) -> bool:
    try:
        model_folders.check_model_folder(folder)
    except (OSError, BadInput):
        return False
    return (folder / model_folders.MANIFEST).is_file()


def attach_adapter(model: PreTrainedModel, folder: Path, base: str) -> Any:
    """The model with the LoRA weights of an adapter folder, in float32; raises BadInput where they do not fit."""
    from peft import LoraConfig, set_peft_model_state_dict
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    settings = _adapter_settings(folder)
    try:
        adapted: Any = attach(model, LoraConfig(task_type="CAUSAL_LM", **settings))
        weights = {name: weight.float() for name, weight in load_file(folder / WEIGHTS).items()}
        result: Any = set_peft_model_state_dict(adapted, weights)
    except (ValueError, RuntimeError, TypeError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:160]
        raise BadInput(f"{folder}: the adapter does not fit {base} ({reason}); train one for it.") from None
    missing = [name for name in result.missing_keys if "lora_" in name]
    if result.unexpected_keys or missing:
        raise BadInput(
            f"{folder}: the adapter does not fit {base} ({[*result.unexpected_keys, *missing][0]}); "
            "train one for it."
        )
    return adapted


def _merge(base: Path, adapter: Path, folder: Path) -> None:
    # Imported here, because finding a folder that was merged before needs none of them.
    import torch

    from generators.language_model import load

    # Added up in float32: a small change is lost when it is rounded before it is added.
    lm = load(base, dtype="float32")
    model = attach_adapter(lm.model, adapter, base.name)
    model.merge_and_unload().to(torch.bfloat16).save_pretrained(folder)
    lm.tokenizer.save_pretrained(folder)
    sync_folder(folder)
