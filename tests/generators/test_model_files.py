"""A generator's folder that could run code, hang or write nonsense is refused with one sentence."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from content_store.errors import BadInput
from content_store.model_folders import write_manifest
from generators.chat_template import check_chat_template
from generators.language_model import load
from generators.model_files import check_model_folder


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(tiny_folder, tmp_path / "copy")
    return tmp_path / "copy"


def refusal(folder: Path) -> str:
    with pytest.raises(BadInput) as caught:
        load(folder, dtype="float32")
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def change_weights(folder: Path, changes: dict[str, torch.Tensor | None]) -> None:
    weights: dict[str, torch.Tensor | None] = {**load_file(folder / "model.safetensors"), **changes}
    save_file(
        {name: one for name, one in weights.items() if one is not None},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )


def test_a_sound_folder_passes(folder: Path) -> None:
    check_model_folder(folder)
    assert len(load(folder, dtype="float32").fingerprint) == 64


def test_custom_code_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(
        json.dumps({**config, "auto_map": {"AutoModelForCausalLM": "evil.Model"}})
    )
    assert "custom code" in refusal(folder)


def test_pickled_weights_are_refused(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert "is a pickle" in refusal(folder)


def test_truncated_weights_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    assert "truncated or damaged" in refusal(folder)


def test_zeroed_weights_are_refused(folder: Path) -> None:
    change_weights(folder, {"model.layers.1.mlp.up_proj.weight": torch.zeros(64, 32)})
    assert "model.layers.1.mlp.up_proj.weight are all zero" in refusal(folder)


def test_missing_weights_are_refused(folder: Path) -> None:
    change_weights(folder, {"model.layers.1.mlp.up_proj.weight": None})
    assert "1 weights are missing" in refusal(folder)


def test_changed_weights_are_refused_by_the_manifest(folder: Path) -> None:
    write_manifest(folder)
    change_weights(folder, {"model.norm.weight": torch.full((32,), 1.5)})
    assert "its SHA-256 differs" in refusal(folder)


def test_a_foreign_tokenizer_is_refused(folder: Path) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["added_tokens"].append({**tokenizer["added_tokens"][-1], "id": 4000, "content": "<far>"})
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert "the tokenizer knows 4001 tokens" in refusal(folder)


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% set text = 'a' * 90 %}{% for a in text %}{% for b in text %}{% for c in text %}{% for d in text %}"
        "{% for e in text %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
        "{{ 9**(9**9) }}",
    ],
)
def test_an_endless_chat_template_is_stopped(folder: Path, template: str) -> None:
    (folder / "chat_template.jinja").write_text(template)
    with pytest.raises(BadInput, match="did not end within 1 seconds"):
        check_chat_template(folder, timeout_seconds=1.0)


@pytest.mark.parametrize(
    "template", ["{{ 'a' * 3000000000 }}", "{% if %}", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"]
)
def test_a_chat_template_that_breaks_is_refused(folder: Path, template: str) -> None:
    (folder / "chat_template.jinja").write_text(template)
    assert "the chat template cannot be used" in refusal(folder)


def test_templates_are_found_in_the_tokenizers_configuration_too(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "chat_template": [
                    {"name": "default", "template": "{{ messages }}"},
                    {"name": "tools", "template": "{% if %}"},
                ]
            }
        )
    )
    with pytest.raises(BadInput, match="chat template cannot be used"):
        check_chat_template(folder)


def test_a_template_with_the_librarys_own_tag_passes(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text(
        "{%- for m in messages %}{% generation %}{{ m.content | trim }}{%- endgeneration -%}{% endfor %}"
    )
    check_chat_template(folder)


def test_a_name_that_is_no_folder_and_not_in_the_cache_is_refused() -> None:
    assert "neither a model folder nor a model id" in refusal(Path("someone/no-such-model"))
