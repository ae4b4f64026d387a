"""Choose the next token of many rows at once, each row with random numbers of its own."""

import hashlib
from collections.abc import Sequence

import numpy as np
import torch


def row_seed(seed: int, prompt: Sequence[int], draw: int) -> int:
    """A 63-bit seed for one continuation, from the run's seed, the prompt's tokens and the draw's number.

    It does not depend on what else is in the run, so a prompt that stays the same keeps its texts.
    """
    text = f"{seed}/{draw}/{','.join(map(str, prompt))}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def gumbel_noise(seed: int, steps: int, width: int) -> np.ndarray:
    """Noise [steps, width], float32: adding it to log-probabilities and taking the maximum samples from them.

    Source: Gumbel-max (Maddison, Tarlow and Minka, 2014). A longer draw begins with the shorter one.
    """
    random = np.random.Generator(np.random.Philox(key=seed))
    return random.gumbel(size=(steps, width)).astype(np.float32)


def choose_tokens(
    scores: torch.Tensor, noise: torch.Tensor | None, temperature: float, top_p: float
) -> torch.Tensor:
    """One token id per row of scores [rows, vocabulary]; -1 where a row has no allowed token left.

    Without noise the best token is taken. With noise [rows, k] only the k best are considered, so that nothing is
    normalised over the whole vocabulary; `top_p` then keeps the smallest set of them with at least that share.
    """
    if noise is None:
        best, chosen = scores.max(dim=-1)
        return chosen.masked_fill(best == -torch.inf, -1)
    values, tokens = scores.topk(noise.shape[1], dim=-1)
    logits = values.float() / temperature
    if top_p < 1.0:
        shares = logits.softmax(dim=-1)
        logits = logits.masked_fill(shares.cumsum(dim=-1) - shares >= top_p, -torch.inf)
    chosen = tokens.gather(1, (logits + noise).argmax(dim=-1, keepdim=True)).squeeze(1)
    return chosen.masked_fill(values[:, 0] == -torch.inf, -1)
