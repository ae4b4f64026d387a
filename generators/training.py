"""Train a LoRA adapter (Hu et al., 2021): first on copies to imitate, then on copies of which one is better."""

import json
import math
import random
import tomllib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from peft import LoraConfig, get_peft_model_state_dict
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors.torch import save_file

from content_store.errors import BadInput, WorkFailed
from content_store.model_folders import file_hash
from generators.adapters import WEIGHTS, attach, attach_adapter
from generators.language_model import LanguageModel, load
from generators.loss_curve import Step, write_loss_curve
from generators.pairs import Example, Pair, RankedPair, encode_pair
from generators.preferring import PreferenceConfig, choices, likely, preference_loss
from generators.preferring import plan as preference_plan
from generators.token_losses import token_losses
from generators.unfinished import EVERY, Unfinished, go_on, key_of
from generators.unfinished import NAME as UNFINISHED

# Batches are cut from stretches of this many that are sorted by length: little padding, still mixed.
BATCHES_SORTED_TOGETHER = 8

#: By stage the file with its curve, and what the curve shows.
CURVES = (
    ("imitate", "loss.svg", "Loss, nats per token of copy"),
    ("prefer", "preference_loss.svg", "Loss on preferences, nats"),
)

Tell = Callable[[str, int, int], None]


class Stage(NamedTuple):
    """One of the two parts of a training."""

    name: str
    learning_rate: float
    plan: list[list[Any]]
    loss_of: Callable[[list[Any]], torch.Tensor]


class TrainingConfig(BaseModel):
    """How an adapter is trained; the defaults made the starter adapter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int = Field(default=32, ge=1)
    alpha: int = Field(default=64, ge=1)
    learning_rate: float = Field(default=6e-4, gt=0)
    warm_up: float = Field(default=0.05, ge=0, lt=1, description="Share of the steps.")
    epochs: int = Field(default=2, ge=1)
    batch: int = Field(default=8, ge=1)
    weight_decay: float = Field(default=0.01, ge=0)
    largest_gradient: float = Field(default=1.0, gt=0)
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int | None = Field(default=None, ge=1)
    seed: int = Field(default=20260101, ge=0)
    preference: PreferenceConfig = PreferenceConfig()


class Trained(NamedTuple):
    """Where the adapter is, and how the losses went: nats per token of copy, then those of the preferences."""

    folder: Path
    steps: list[Step]
    preference_steps: list[Step]


def read_config(path: Path) -> TrainingConfig:
    """A TOML file of `TrainingConfig`'s keys; raises BadInput."""
    try:
        return TrainingConfig(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path}: not readable as TOML ({error}); name a training configuration.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadInput(
            f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg'].lower()}; correct it."
        ) from None


def train(
    config: TrainingConfig,
    pairs: Sequence[Pair],
    base_folder: Path,
    out_folder: Path,
    preferences: Sequence[RankedPair] = (),
    begin: Path | None = None,
    on_progress: Tell = lambda *_: None,
) -> Trained:
    """Writes the adapter (float16), its configuration and the loss curves into a new folder.

    First the pairs are imitated, then the preferences are learned, both from the adapter `begin` on where one is given. The same seed, data, threads, device and library
    versions give the same adapter, also when the training was stopped and started again. `on_progress` gets
    ("imitate", "compare" or "prefer", done, in all). Raises WorkFailed where a loss is no longer a number.
    """
    if not pairs:
        raise BadInput("There are no training pairs; give a JSONL file with at least one.")
    if out_folder.exists() and {path.name for path in out_folder.iterdir()} - {UNFINISHED}:
        raise BadInput(f"{out_folder}: the folder is not empty; name a new one for the adapter.")
    lm = _open(config, base_folder)
    torch.manual_seed(config.seed)
    if begin is None:
        wanted = LoraConfig(
            r=config.rank, lora_alpha=config.alpha, target_modules="all-linear", task_type="CAUSAL_LM"
        )
        model = attach(lm.model, wanted)
    else:
        model = attach_adapter(lm.model, begin, base_folder.name)
    data = [[one.model_dump() for one in some] for some in (pairs, preferences)]
    so_far = go_on(
        out_folder,
        key_of(config.model_dump(), lm.fingerprint, begin and file_hash(begin / WEIGHTS), *data),
        model,
    )
    _imitate(config, lm, model, pairs, so_far, on_progress)
    if preferences:
        _prefer(config, lm, model, preferences, so_far, on_progress)
    about = {
        "base": base_folder.name,
        "base_fingerprint": lm.fingerprint,
        "begun_from": file_hash(begin / WEIGHTS) if begin else None,
        "pairs": len(pairs),
        "preferences": len(preferences),
        "device": lm.model.device.type,
        "config": config.model_dump(),
    }
    _save(model, about, so_far.steps, out_folder)
    so_far.file.unlink(missing_ok=True)
    return Trained(out_folder, so_far.steps["imitate"], so_far.steps.get("prefer", []))


def _imitate(
    config: TrainingConfig,
    lm: LanguageModel,
    model: Any,
    pairs: Sequence[Pair],
    so_far: Unfinished,
    tell: Tell,
) -> None:
    inner = model.get_base_model()
    stage = Stage(
        "imitate",
        config.learning_rate,
        _plan(config, lm, pairs),
        lambda batch: token_losses(inner, batch).mean(),
    )
    _run(config, lm, model, stage, so_far, tell)


def _prefer(
    config: TrainingConfig,
    lm: LanguageModel,
    model: Any,
    preferences: Sequence[RankedPair],
    so_far: Unfinished,
    tell: Tell,
) -> None:
    wish, inner = config.preference, model.get_base_model()
    found = choices(lm, preferences)
    if not so_far.likely:
        with _autocast(lm):
            so_far.likely = likely(inner, found, config.batch, partial(tell, "compare"))
        so_far.write(model, None)
    known = list(zip(found, so_far.likely, strict=True))
    stage = Stage(
        "prefer",
        wish.learning_rate,
        preference_plan(wish, known, config.seed),
        lambda batch: preference_loss(inner, batch, wish),
    )
    _run(config, lm, model, stage, so_far, tell)


def _open(config: TrainingConfig, base_folder: Path) -> LanguageModel:
    device = config.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    elif device == "cuda" and not torch.cuda.is_available():
        raise BadInput('There is no CUDA device here; leave device out of the configuration, or say "cpu".')
    dtype = "bfloat16" if device == "cuda" and config.dtype == "auto" else config.dtype
    lm = load(base_folder, threads=config.threads, dtype=dtype)
    lm.model.to(device)  # type: ignore[arg-type]
    return lm


def _autocast(lm: LanguageModel) -> torch.autocast:
    return torch.autocast(lm.model.device.type, torch.bfloat16, enabled=lm.dtype is torch.bfloat16)


def _plan(config: TrainingConfig, lm: LanguageModel, pairs: Sequence[Pair]) -> list[list[Example]]:
    """The batches of all epochs; facts stand in another order each time, since their order says nothing.

    Half of the pairs are asked with a limit just above the copy's length, so that the model learns what a limit is.
    """
    order = random.Random(config.seed)
    plan: list[list[Example]] = []
    stretch = config.batch * BATCHES_SORTED_TOGETHER
    for _ in range(config.epochs):
        examples = [
            encode_pair(lm, pair, order.sample(pair.facts, len(pair.facts)), _limit(pair, order))
            for pair in pairs
        ]
        order.shuffle(examples)
        epoch = []
        for start in range(0, len(examples), stretch):
            near = sorted(
                examples[start : start + stretch], key=lambda one: len(one.prompt) + len(one.target)
            )
            epoch += [near[at : at + config.batch] for at in range(0, len(near), config.batch)]
        order.shuffle(epoch)
        plan += epoch
    return plan


def _limit(pair: Pair, order: random.Random) -> int | None:
    if pair.max_chars is None or order.random() < 0.5:
        return pair.max_chars
    just_above = 5 * math.ceil((len(pair.copy_) + order.randint(0, 15)) / 5)
    return min(pair.max_chars, just_above)


def _run(
    config: TrainingConfig, lm: LanguageModel, model: Any, stage: Stage, so_far: Unfinished, tell: Tell
) -> None:
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=stage.learning_rate, weight_decay=config.weight_decay)
    steps = so_far.steps.setdefault(stage.name, [])
    if steps and so_far.optimizer is not None:
        optimizer.load_state_dict(so_far.optimizer)
    model.train()
    for number in range(len(steps), len(stage.plan)):
        rate = stage.learning_rate * schedule(number, len(stage.plan), config.warm_up)
        for group in optimizer.param_groups:
            group["lr"] = rate
        with _autocast(lm):
            loss = stage.loss_of(stage.plan[number])
        if not torch.isfinite(loss):
            raise WorkFailed(
                f"the loss is no longer a number at step {number + 1}; train with a smaller learning rate."
            )
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(weights, config.largest_gradient)
        optimizer.step()
        optimizer.zero_grad()
        steps.append(Step(number + 1, rate, round(loss.item(), 4)))
        tell(stage.name, number + 1, len(stage.plan))
        if len(steps) % EVERY == 0 or len(steps) == len(stage.plan):
            so_far.write(model, optimizer)
    so_far.optimizer = None
    model.train(False)


def schedule(step: int, steps: int, warm_up: float) -> float:
    """Share of the learning rate at a step: a line up, then half a cosine down."""
    rising = max(1, round(steps * warm_up))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def _save(model: Any, about: dict[str, Any], steps: dict[str, list[Step]], folder: Path) -> None:
    settings = model.peft_config["default"]
    # The path of the base on this machine is nobody's business.
    settings.base_model_name_or_path = about["base"]
    settings.inference_mode = True
    # A set has another order in every process, and the file shall be the same.
    settings.target_modules = sorted(settings.target_modules)
    folder.mkdir(parents=True, exist_ok=True)
    settings.save_pretrained(folder)
    weights = {
        name: weight.to("cpu", torch.float16).contiguous()
        for name, weight in get_peft_model_state_dict(model, save_embedding_layers=False).items()
    }
    save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    told = about | {"steps": {stage: [step._asdict() for step in done] for stage, done in steps.items()}}
    (folder / "training.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    for stage, name, title in CURVES:
        if stage in steps:
            write_loss_curve(steps[stage], folder / name, title)
