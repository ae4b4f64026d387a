"""Train a LoRA adapter (Hu et al., 2021) on pairs: only the copy and the end token count as loss."""

import json
import math
import random
import tomllib
from collections.abc import Callable, Sequence
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
from generators.pairs import Example, Pair, encode_pair
from generators.unfinished import EVERY, Unfinished, go_on, key_of
from generators.unfinished import NAME as UNFINISHED

# Batches are cut from stretches of this many that are sorted by length: little padding, still mixed.
BATCHES_SORTED_TOGETHER = 8


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


class Trained(NamedTuple):
    """Where the adapter is, and how the loss (nats per token of copy) went."""

    folder: Path
    steps: list[Step]


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
    begin: Path | None = None,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Trained:
    """Writes the adapter (float16), its configuration and the loss curve into a new folder.

    `begin` is the folder of an adapter to go on from. The same seed, pairs, threads, device and library versions give the
    same adapter, also when the training was stopped and started again. Raises WorkFailed where the loss is no longer a
    number.
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
    begun_from = file_hash(begin / WEIGHTS) if begin else None
    told = [pair.model_dump() for pair in pairs]
    so_far = go_on(out_folder, key_of(config.model_dump(), lm.fingerprint, begun_from, told), model)
    _run(config, lm, model, _plan(config, lm, pairs), so_far, on_progress)
    about = {
        "base": base_folder.name,
        "base_fingerprint": lm.fingerprint,
        "begun_from": begun_from,
        "pairs": len(pairs),
        "device": lm.model.device.type,
        "config": config.model_dump(),
        "steps": [step._asdict() for step in so_far.steps],
    }
    _save(model, about, out_folder)
    write_loss_curve(so_far.steps, out_folder / "loss.svg")
    so_far.file.unlink(missing_ok=True)
    return Trained(out_folder, so_far.steps)


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
    config: TrainingConfig,
    lm: LanguageModel,
    model: Any,
    plan: list[list[Example]],
    so_far: Unfinished,
    on_progress: Callable[[int, int], None],
) -> None:
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=config.learning_rate, weight_decay=config.weight_decay)
    if so_far.optimizer is not None:
        optimizer.load_state_dict(so_far.optimizer)
    model.train()
    for number in range(len(so_far.steps), len(plan)):
        rate = config.learning_rate * schedule(number, len(plan), config.warm_up)
        for group in optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(lm.model.device.type, torch.bfloat16, enabled=lm.dtype is torch.bfloat16):
            loss = batch_loss(model.get_base_model(), plan[number])
        if not torch.isfinite(loss):
            raise WorkFailed(
                f"the loss is no longer a number at step {number + 1}; train with a smaller learning rate."
            )
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(weights, config.largest_gradient)
        optimizer.step()
        optimizer.zero_grad()
        so_far.steps.append(Step(number + 1, rate, round(loss.item(), 4)))
        if (number + 1) % EVERY == 0:
            so_far.write(model, optimizer)
        on_progress(number + 1, len(plan))
    model.train(False)


def schedule(step: int, steps: int, warm_up: float) -> float:
    """Share of the learning rate at a step: a line up, then half a cosine down."""
    rising = max(1, round(steps * warm_up))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def batch_loss(model: Any, batch: Sequence[Example]) -> torch.Tensor:
    """Mean cross-entropy over the target tokens; only their positions reach the large output layer."""
    rows = [[*one.prompt, *one.target] for one in batch]
    width = max(map(len, rows))
    device = model.device
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=device)
    seen = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=device)
    hidden = model.get_decoder()(input_ids=ids, attention_mask=seen, use_cache=False).last_hidden_state
    # The score of a token stands at the position before it.
    places = [
        (row, len(one.prompt) - 1 + at) for row, one in enumerate(batch) for at in range(len(one.target))
    ]
    wanted = torch.tensor([token for one in batch for token in one.target], device=device)
    at_rows, at_columns = torch.tensor(places, device=device).T
    scores = model.get_output_embeddings()(hidden[at_rows, at_columns])
    return torch.nn.functional.cross_entropy(scores.float(), wanted)


def _save(model: Any, about: dict[str, Any], folder: Path) -> None:
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
    (folder / "training.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
