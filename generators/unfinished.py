"""A training that was stopped goes on where it was: weights, optimiser and losses in one file beside the adapter to be."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict

from generators.loss_curve import Step

NAME = "unfinished.pt"
#: Steps between two writes: about a minute of work is lost by a stop.
EVERY = 25


@dataclass
class Unfinished:
    """How far a training has come; `key` tells what is trained on what."""

    file: Path
    key: str
    steps: list[Step] = field(default_factory=list)
    optimizer: dict[str, Any] | None = None

    def write(self, model: Any, optimizer: torch.optim.Optimizer) -> None:
        """Keep the adapter and the optimiser as they are now."""
        state = {
            "key": self.key,
            "steps": [tuple(step) for step in self.steps],
            "weights": get_peft_model_state_dict(model, save_embedding_layers=False),
            "optimizer": optimizer.state_dict(),
        }
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self.file)


def key_of(*parts: Any) -> str:
    """SHA-256 over plain values: the configuration, the data and the base."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def go_on(folder: Path, key: str, model: Any) -> Unfinished:
    """The training that was stopped in the folder, its weights put into the model; a fresh one where none fits."""
    file = folder / NAME
    if not file.is_file():
        return Unfinished(file, key)
    state = torch.load(file, map_location=model.device, weights_only=True)
    if state["key"] != key:
        return Unfinished(file, key)
    set_peft_model_state_dict(model, state["weights"])
    return Unfinished(file, key, [Step(*step) for step in state["steps"]], state["optimizer"])
