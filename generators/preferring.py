"""Teach a model which of two copies is the better one: direct preference optimisation (Rafailov et al., 2023)."""

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from pydantic import BaseModel, ConfigDict, Field

from generators.language_model import LanguageModel
from generators.pairs import Example, RankedPair, encode_pair, target
from generators.token_losses import token_losses


class PreferenceConfig(BaseModel):
    """How a trained adapter is taught preferences; the defaults made the starter adapter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learning_rate: float = Field(default=5e-5, gt=0)
    epochs: int = Field(default=1, ge=1)
    batch: int = Field(default=8, ge=1)
    beta: float = Field(
        default=0.1, gt=0, description="How far the model may go from where it began: less is farther."
    )
    imitation: float = Field(
        default=0.2, ge=0, description="Weight of the better copy's own likelihood (Pang et al., 2024)."
    )


class Choice(NamedTuple):
    """A prompt with the better and the worse copy."""

    better: Example
    worse: Example


#: A choice, and the log-probabilities of its two copies before preferences were taught.
Known = tuple[Choice, list[float]]


def choices(lm: LanguageModel, pairs: Sequence[RankedPair]) -> list[Choice]:
    """The pairs as tokens."""
    found = []
    for pair in pairs:
        better = encode_pair(lm, pair, pair.facts, pair.max_chars)
        found.append(Choice(better, Example(better.prompt, target(lm, pair.rejected))))
    return found


def likely(
    model: Any, found: Sequence[Choice], batch: int, on_progress: Callable[[int, int], None]
) -> list[list[float]]:
    """For each choice the log-probabilities of the better and of the worse copy, as the model stands."""
    known: list[list[float]] = []
    with torch.inference_mode():
        for start in range(0, len(found), batch):
            known += log_probabilities(model, found[start : start + batch]).T.tolist()
            on_progress(len(known), len(found))
    return known


def plan(config: PreferenceConfig, known: Sequence[Known], seed: int) -> list[list[Known]]:
    """The batches of all epochs."""
    order = random.Random(seed)
    batches = []
    for _ in range(config.epochs):
        shuffled = order.sample(known, len(known))
        batches += [shuffled[at : at + config.batch] for at in range(0, len(shuffled), config.batch)]
    return batches


def preference_loss(model: Any, batch: Sequence[Known], config: PreferenceConfig) -> torch.Tensor:
    """-log sigmoid of beta x (how much more likely the better copy became than the worse one), plus imitation."""
    now = log_probabilities(model, [choice for choice, _ in batch])
    before = torch.tensor([known for _, known in batch], device=now.device).T
    gained = now - before
    preferred = -torch.nn.functional.logsigmoid(config.beta * (gained[0] - gained[1])).mean()
    imitated = -now[0].sum() / sum(len(choice.better.target) for choice, _ in batch)
    return preferred + config.imitation * imitated


def log_probabilities(model: Any, batch: Sequence[Choice]) -> torch.Tensor:
    """Of whole copies, in nats: (2, choices), the better ones first."""
    examples = [*(one.better for one in batch), *(one.worse for one in batch)]
    losses = token_losses(model, examples)
    rows = torch.tensor([row for row, one in enumerate(examples) for _ in one.target], device=losses.device)
    return torch.zeros(len(examples), device=losses.device).index_add(0, rows, -losses).view(2, -1)
