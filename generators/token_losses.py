"""What a model thinks of given copies, token by token."""

from collections.abc import Sequence
from typing import Any

import torch

from generators.pairs import Example


def token_losses(model: Any, batch: Sequence[Example]) -> torch.Tensor:
    """Cross-entropy (nats) of every target token of every row, row after row.

    Only the positions of targets reach the large output layer.
    """
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
    return torch.nn.functional.cross_entropy(scores.float(), wanted, reduction="none")
