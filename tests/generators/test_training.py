"""Training lowers the loss, is the same for the same seed, and its adapter merges into a folder that is made once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file

from content_store.errors import BadInput
from generators import training
from generators.adapters import merged_folder
from generators.language_model import load
from generators.pairs import PACKAGED_PAIRS, Pair, encode_pair, read_pairs
from generators.training import TrainingConfig, read_config, schedule, train
from tests.tiny_models import build_generator

PAIRS = [
    Pair(
        slot="subject",
        facts=["Our coffee comes in 12 oz bags."],
        keep=["12 oz"],
        audience="coffee lovers",
        tone="warm",
        copy="Coffee, 12 oz at a time",
    ),
    Pair(
        slot="push",
        facts=["Bread is baked at 6 a.m.", "Rolls cost $1."],
        keep=["6 a.m."],
        audience="commuters",
        tone="plain",
        copy="Bread from 6 a.m.",
    ),
]
CONFIG = TrainingConfig(rank=4, alpha=8, learning_rate=0.01, epochs=2, batch=2, dtype="float32", seed=3)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_generator(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(CONFIG, PAIRS, base, tmp_path_factory.mktemp("trained") / "ours").folder


def test_two_steps_lower_the_loss_and_progress_is_told(base: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    trained = train(CONFIG, PAIRS, base, tmp_path / "ours", on_progress=lambda *one: told.append(one))
    assert trained.steps[1].loss < trained.steps[0].loss
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(("stop_at", "done_again"), [(1, 1), (2, 0)])
def test_a_training_that_was_stopped_goes_on_and_gives_the_same_adapter(
    base: Path, adapter: Path, tmp_path: Path, stop_at: int, done_again: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "EVERY", 1)

    def interrupt(done: int, _total: int) -> None:
        if done == stop_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(CONFIG, PAIRS, base, tmp_path / "ours", on_progress=interrupt)
    told: list[tuple[int, int]] = []
    again = train(CONFIG, PAIRS, base, tmp_path / "ours", on_progress=lambda *one: told.append(one))
    assert len(told) == done_again
    assert [step.number for step in again.steps] == [1, 2]
    assert (again.folder / "adapter_model.safetensors").read_bytes() == (
        adapter / "adapter_model.safetensors"
    ).read_bytes()
    assert not (again.folder / "unfinished.pt").exists()


def test_a_training_begins_where_another_adapter_ended(base: Path, adapter: Path, tmp_path: Path) -> None:
    fresh = train(CONFIG, PAIRS, base, tmp_path / "fresh")
    further = train(CONFIG, PAIRS, base, tmp_path / "further", begin=adapter)
    assert further.steps[0].loss < fresh.steps[-1].loss
    (tmp_path / "none").mkdir()
    with pytest.raises(BadInput, match="not an adapter folder"):
        train(CONFIG, PAIRS, base, tmp_path / "ours", begin=tmp_path / "none")


def test_what_was_begun_with_other_pairs_is_not_gone_on_with(base: Path, tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    torch.save({"key": "of other pairs"}, tmp_path / "ours" / "unfinished.pt")
    assert len(train(CONFIG, PAIRS, base, tmp_path / "ours").steps) == 2


def test_the_same_seed_gives_the_same_adapter_and_another_seed_another(
    base: Path, adapter: Path, tmp_path: Path
) -> None:
    first = (adapter / "adapter_model.safetensors").read_bytes()
    again = train(CONFIG, PAIRS, base, tmp_path / "again").folder
    other = train(CONFIG.model_copy(update={"seed": 4}), PAIRS, base, tmp_path / "other").folder
    assert (again / "adapter_model.safetensors").read_bytes() == first
    assert (other / "adapter_model.safetensors").read_bytes() != first


def test_the_adapter_folder_holds_half_precision_weights_the_loss_and_no_path_of_this_machine(
    adapter: Path,
) -> None:
    assert {path.name for path in adapter.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "loss.svg",
        "training.json",
    }
    assert {weight.dtype for weight in load_file(adapter / "adapter_model.safetensors").values()} == {
        torch.float16
    }
    assert json.loads((adapter / "adapter_config.json").read_text())["base_model_name_or_path"] == "generator"
    assert len(json.loads((adapter / "training.json").read_text())["steps"]) == 2
    assert (adapter / "loss.svg").read_text().startswith("<svg ")


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")
def test_the_merged_folder_scores_as_base_and_adapter_do(base: Path, adapter: Path, tmp_path: Path) -> None:
    merged = load(merged_folder(base, adapter, tmp_path), dtype="float32")
    prompt = torch.tensor([encode_pair(merged, PAIRS[0], PAIRS[0].facts, 60).prompt])
    beside = PeftModel.from_pretrained(load(base, dtype="float32").model, str(adapter))
    with torch.inference_mode():
        scores, expected = merged.model(prompt).logits, beside(prompt).logits
        alone = load(base, dtype="float32").model(prompt).logits
    # Merged weights are stored in bfloat16.
    assert torch.allclose(scores, expected, atol=0.02)
    assert (alone - expected).abs().max() > 0.1


def test_a_merged_folder_is_made_once_and_again_when_it_is_damaged(
    base: Path, adapter: Path, tmp_path: Path
) -> None:
    folder = merged_folder(base, adapter, tmp_path)
    weights = folder / "model.safetensors"
    made, sound = weights.stat().st_mtime_ns, weights.read_bytes()
    assert merged_folder(base, adapter, tmp_path) == folder
    assert weights.stat().st_mtime_ns == made
    weights.write_bytes(sound[:-1])
    assert merged_folder(base, adapter, tmp_path) == folder
    assert weights.read_bytes() == sound


def test_a_folder_that_is_no_lora_adapter_is_refused(base: Path, adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not an adapter folder"):
        merged_folder(base, tmp_path, tmp_path / "cache")
    settings = json.loads((adapter / "adapter_config.json").read_text())
    (tmp_path / "adapter_model.safetensors").write_bytes((adapter / "adapter_model.safetensors").read_bytes())
    (tmp_path / "adapter_config.json").write_text(json.dumps({**settings, "megatron_config": {"a": 1}}))
    with pytest.raises(BadInput, match="not that of a plain LoRA adapter"):
        merged_folder(base, tmp_path, tmp_path / "cache")
    (tmp_path / "adapter_config.json").write_text(json.dumps({**settings, "r": 8}))
    with pytest.raises(BadInput, match="does not fit generator"):
        merged_folder(base, tmp_path, tmp_path / "cache")


def test_the_target_is_the_copy_and_the_end_token(base: Path) -> None:
    lm = load(base)
    example = encode_pair(lm, PAIRS[0], PAIRS[0].facts, 60)
    assert lm.tokenizer.decode(example.target) == "Coffee, 12 oz at a time<|im_end|>"
    assert str(lm.tokenizer.decode(example.prompt)).endswith(
        "Subject, at most 60 characters:<|im_end|>\n<|im_start|>assistant\n"
    )


def test_the_learning_rate_rises_then_falls_to_nearly_nothing() -> None:
    assert [round(schedule(step, 10, 0.2), 3) for step in range(10)] == [
        0.5,
        1.0,
        1.0,
        0.962,
        0.854,
        0.691,
        0.5,
        0.309,
        0.146,
        0.038,
    ]


def test_the_packaged_pairs_are_all_readable() -> None:
    pairs = read_pairs(PACKAGED_PAIRS)
    assert len(pairs) == 3692
    assert pairs[0].copy_ == "Pack 15 broken tablets, get them back in five school days"


def test_faulty_pairs_and_configurations_are_named(base: Path, tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"slot": "push"}\n')
    with pytest.raises(BadInput, match=r"pairs\.jsonl, line 1: not a training pair"):
        read_pairs(tmp_path / "pairs.jsonl")
    (tmp_path / "train.toml").write_text("rnak = 4")
    with pytest.raises(BadInput, match=r"train\.toml: rnak: extra inputs are not permitted"):
        read_config(tmp_path / "train.toml")
    with pytest.raises(BadInput, match="no training pairs"):
        train(CONFIG, [], base, tmp_path / "ours")
