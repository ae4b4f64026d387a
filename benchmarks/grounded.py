"""What the grammar costs: tokens a second with and without it, on the same prompts, 64 texts and more at once."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from flows.steps.workplace import Workplace, open_workplace
from flows.steps.writing import Request, make_request
from generators.decoding import decode
from generators.grounded_decoding import GroundedDecoding
from generators.grounding import Ground
from generators.prompt_tokens import encode_chat

CASES = Path(__file__).parents[1] / "evaluation" / "golden" / "validation.jsonl"
PROMPTS, CANDIDATES = 32, 8


class Timed:
    """A processor with a clock."""

    def __init__(self, inner: GroundedDecoding) -> None:
        self.inner, self.seconds = inner, 0.0

    def __call__(
        self, input_ids: torch.LongTensor, scores: torch.Tensor, *, rows: Sequence[tuple[int, int]]
    ) -> torch.Tensor:
        start = time.perf_counter()
        scores = self.inner(input_ids, scores, rows=rows)
        self.seconds += time.perf_counter() - start
        return scores


def measure() -> dict[str, float]:
    """Tokens a second of 256 texts, up to 128 at once, one thread; the share of the time that the grammar took."""
    with tempfile.TemporaryDirectory() as folder:
        workplace = open_workplace(Path(folder), neutral=True)
        requests = [
            _request(workplace, json.loads(line)) for line in CASES.read_text("utf-8").splitlines()[:PROMPTS]
        ]
        torch.set_num_threads(1)
        _write(workplace, requests[:1], None)
        free, free_tokens = _write(workplace, requests, None)
        timed = Timed(GroundedDecoding(workplace.language_model, [request.ground for request in requests]))
        bound, bound_tokens = _write(workplace, requests, timed)
    return {
        "tokens_per_second_free": free_tokens / free,
        "tokens_per_second_grounded": bound_tokens / bound,
        "share_of_time_in_the_grammar": timed.seconds / bound,
    }


def _request(workplace: Workplace, case: dict[str, Any]) -> Request:
    ground = Ground(tuple(case["facts"]), tuple(case["keep"]), case["audience"], max_chars=case["max_chars"])
    return make_request(workplace, case["slot"], case["tone"], ground, CANDIDATES)


def _write(workplace: Workplace, requests: list[Request], processor: Timed | None) -> tuple[float, int]:
    """Seconds and tokens."""
    lm = workplace.language_model
    start = time.perf_counter()
    written = decode(
        lm,
        [encode_chat(lm, "", request.prompt.text) for request in requests],
        continuations=CANDIDATES,
        max_new_tokens=[request.most_tokens for request in requests],
        temperature=0.7,
        seed=[request.seeds for request in requests],
        stop_strings=("\n",),
        logits_processor=processor,
    )
    return time.perf_counter() - start, sum(len(one.tokens) for group in written for one in group)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.4g}")
