"""Write many continuations of many prompts at once: one prefill for each prompt, one step for all rows.

Rows that are done leave at once and the next prompts take their places, so no time is spent on finished texts.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, cast

import numpy as np
import torch
from transformers import DynamicCache

from content_store.errors import BadInput
from generators.kv_slots import Slots
from generators.language_model import (
    LanguageModel,
    context_length,
    control_tokens,
    embedding_rows,
    end_tokens,
)
from generators.prompt_tokens import encode_text
from generators.sampling import choose_tokens, gumbel_noise, row_seed

PREFILL_TOKENS = 2048
# Columns beyond the longest text: the fewer, the more often all rows are shifted to the left.
SPARE_COLUMNS = 48
CACHE_BYTES = 2 << 30


class Continuation(NamedTuple):
    """One text that the model wrote; `seed` alone makes it again, as far as floating point lets.

    `fluency` is the mean log-probability (nats) that the model itself, before any processor, gave to its tokens.
    """

    text: str
    tokens: tuple[int, ...]
    seed: int
    finished: Literal["stop", "length"]
    fluency: float


class LogitsProcessor(Protocol):
    """Changes the scores of the next token; the library's LogitsProcessorList is one."""

    def __call__(
        self, input_ids: torch.LongTensor, scores: torch.Tensor, *, rows: Sequence[tuple[int, int]]
    ) -> torch.Tensor:
        """input_ids [rows, width] (zeros on the left of shorter rows), scores [rows, vocabulary].

        `rows` are (prompt, continuation) numbers: rows leave and join between two steps.
        """


class _Job(NamedTuple):
    """Continuations first to last (left out) of one prompt, which are admitted together."""

    prompt: int
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first


@dataclass
class _Row:
    prompt: int
    continuation: int
    seed: int
    budget: int
    noise: np.ndarray
    tokens: list[int] = field(default_factory=list)
    log_probability: float = 0.0


def decode(
    lm: LanguageModel,
    prompts: Sequence[str | list[int]],
    *,
    continuations: int,
    max_new_tokens: int | Sequence[int],
    temperature: float = 0.8,
    top_p: float = 0.95,
    top_k: int = 50,
    seed: int | Sequence[Sequence[int]] = 0,
    stop_strings: Sequence[str] = (),
    logits_processor: LogitsProcessor | None = None,
    max_rows: int = 128,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[list[Continuation]]:
    """`continuations` texts for each prompt (a text, or token ids), in the prompts' order.

    Temperature 0 takes the best token and needs no seed. A number as `seed` gives each row a seed of its own, which
    is recorded; lists of recorded seeds, one for each continuation, write the same texts again. A stop string ends
    a text and is left out of it. `on_progress` gets (texts done, texts in all).
    Raises BadInput where prompt and new tokens do not fit the model's context: nothing is cut off silently.
    """
    asked = [encode_text(lm, prompt) if isinstance(prompt, str) else list(prompt) for prompt in prompts]
    budgets = [max_new_tokens] * len(asked) if isinstance(max_new_tokens, int) else list(max_new_tokens)
    _check_request(lm, asked, budgets, continuations, temperature, top_p, top_k)
    if not asked:
        return []
    seeds = _row_seeds(seed, asked, continuations)
    noise_width = min(top_k, embedding_rows(lm.model)) if temperature > 0 else 0
    slots = _open_slots(lm, asked, budgets, max_rows)
    waiting = _jobs(asked, continuations, slots.rows)
    forbidden, ends = _forbidden_tokens(lm), end_tokens(lm)
    rows: list[_Row] = []
    scores: list[torch.Tensor] = []
    texts: dict[tuple[int, int], Continuation] = {}
    with torch.inference_mode():
        while waiting or rows:
            if group := _next_group(waiting, slots, [len(one) for one in asked]):
                scores.append(
                    _prefill(lm, slots, [asked[job.prompt] for job in group], [job.size for job in group])
                )
                rows += [
                    _Row(
                        job.prompt,
                        n,
                        seeds[job.prompt][n],
                        budgets[job.prompt],
                        gumbel_noise(seeds[job.prompt][n], budgets[job.prompt], noise_width),
                    )
                    for job in group
                    for n in range(job.first, job.last)
                ]
            allowed = torch.cat(scores)
            total = allowed.float().logsumexp(dim=-1)
            if logits_processor is not None:
                places = [(row.prompt, row.continuation) for row in rows]
                allowed = logits_processor(cast(torch.LongTensor, slots.texts()), allowed, rows=places)
            allowed.index_fill_(1, forbidden, -torch.inf)
            noise = (
                torch.from_numpy(np.stack([row.noise[len(row.tokens)] for row in rows]))
                if noise_width
                else None
            )
            chosen = choose_tokens(allowed, noise, temperature, top_p)
            likely = allowed.gather(1, chosen.clamp(min=0)[:, None]).squeeze(1).float() - total
            done = _append(lm, rows, chosen.tolist(), likely.tolist(), ends, stop_strings)
            texts |= {(rows[at].prompt, rows[at].continuation): text for at, text in done.items()}
            if done and on_progress is not None:
                on_progress(len(texts), continuations * len(asked))
            left = slots.remove(sorted(done)) if done else list(range(len(rows)))
            rows = [rows[at] for at in left]
            scores = [_step(lm, slots, chosen[left])] if rows else []
    return [[texts[prompt, n] for n in range(continuations)] for prompt in range(len(asked))]


def _check_request(
    lm: LanguageModel,
    asked: list[list[int]],
    budgets: list[int],
    continuations: int,
    temperature: float,
    top_p: float,
    top_k: int,
) -> None:
    if len(budgets) != len(asked) or min(budgets, default=1) < 1 or continuations < 1:
        raise BadInput(
            "Generation needs at least one continuation of at least one token, and one limit of tokens or "
            "one for each prompt; change the request."
        )
    if temperature < 0 or top_k < 1 or not 0 < top_p <= 1:
        raise BadInput(
            f"Sampling with temperature {temperature}, top_k {top_k} and top_p {top_p} is not possible; the "
            "temperature is 0 or more, top_k at least 1 and top_p above 0 and at most 1."
        )
    context = context_length(lm)
    for number, (tokens, budget) in enumerate(zip(asked, budgets, strict=True), start=1):
        if not tokens:
            raise BadInput(f"Prompt {number} is empty; write a prompt of at least one token.")
        if len(tokens) + budget > context:
            raise BadInput(
                f"Prompt {number} has {len(tokens)} tokens and shall get {budget} more, but the model's "
                f"context holds {context}; shorten the prompt or the text."
            )


def _row_seeds(
    seed: int | Sequence[Sequence[int]], asked: list[list[int]], continuations: int
) -> list[list[int]]:
    if not isinstance(seed, int):
        if [len(one) for one in seed] != [continuations] * len(asked):
            raise BadInput(
                f"Recorded seeds must be {continuations} for each of {len(asked)} prompts; give one seed "
                "for each text that is to be written again."
            )
        return [list(one) for one in seed]
    # The same prompt twice in one request is drawn on, not repeated.
    earlier: Counter[tuple[int, ...]] = Counter()
    seeds = []
    for tokens in asked:
        first = earlier[tuple(tokens)]
        seeds.append([row_seed(seed, tokens, first + n) for n in range(continuations)])
        earlier[tuple(tokens)] += continuations
    return seeds


def _open_slots(lm: LanguageModel, asked: list[list[int]], budgets: list[int], max_rows: int) -> Slots:
    config = lm.model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    columns = max(map(len, asked)) + max(budgets) + SPARE_COLUMNS
    bytes_per_row = 2 * config.num_hidden_layers * heads * dim * lm.dtype.itemsize * columns
    return Slots(max(1, min(max_rows, CACHE_BYTES // bytes_per_row)), columns, lm.dtype)


def _jobs(asked: list[list[int]], continuations: int, places: int) -> deque[_Job]:
    """Longest prompts first: whoever joins later is shorter than what the slots already hold."""
    order = sorted(range(len(asked)), key=lambda prompt: -len(asked[prompt]))
    return deque(
        _Job(prompt, first, min(first + places, continuations))
        for prompt in order
        for first in range(0, continuations, places)
    )


def _forbidden_tokens(lm: LanguageModel) -> torch.Tensor:
    outside = range(len(lm.tokenizer), embedding_rows(lm.model))
    return torch.tensor(sorted((control_tokens(lm) - end_tokens(lm)) | set(outside)), dtype=torch.long)


def _next_group(waiting: deque[_Job], slots: Slots, lengths: list[int]) -> list[_Job]:
    """The jobs to prefill now; none while few rows are free, since small prefills waste the processor."""
    group: list[_Job] = []
    if slots.free * 4 < slots.rows:
        return group
    free, tokens = slots.free, 0
    while (
        waiting
        and waiting[0].size <= free
        and (not group or tokens + lengths[waiting[0].prompt] <= PREFILL_TOKENS)
    ):
        job = waiting.popleft()
        group.append(job)
        free -= job.size
        tokens += lengths[job.prompt]
    return group


def _prefill(lm: LanguageModel, slots: Slots, prompts: list[list[int]], repeats: list[int]) -> torch.Tensor:
    """Reads the prompts once, gives each as many rows as it repeats; returns scores of the next token for all rows."""
    lengths = torch.tensor([len(tokens) for tokens in prompts])
    width = int(lengths.max())
    ids = torch.tensor([[0] * (width - len(tokens)) + tokens for tokens in prompts])
    columns = torch.arange(width) - (width - lengths)[:, None]
    cache = DynamicCache()
    output = lm.model(
        input_ids=ids,
        attention_mask=(columns >= 0).long(),
        position_ids=columns.clamp(min=0),
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    source = [prompt for prompt, times in enumerate(repeats) for _ in range(times)]
    slots.admit(cache, ids, lengths, source)
    scores: torch.Tensor = output.logits[:, -1]
    return scores[source]


def _step(lm: LanguageModel, slots: Slots, tokens: torch.Tensor) -> torch.Tensor:
    scores: torch.Tensor = lm.model(**slots.advance(tokens)).logits[:, -1]
    slots.advanced()
    return scores


def _append(
    lm: LanguageModel,
    rows: list[_Row],
    chosen: list[int],
    likely: list[float],
    ends: frozenset[int],
    stop_strings: Sequence[str],
) -> dict[int, Continuation]:
    """Adds one token to each row; returns the texts that are complete now, by row.

    A row without any allowed token (-1) is complete as well, at its limit.
    """
    stopped = {at for at, token in enumerate(chosen) if token in ends}
    complete = stopped | {at for at, token in enumerate(chosen) if token < 0}
    for at, token in enumerate(chosen):
        if at not in complete:
            rows[at].tokens.append(token)
            rows[at].log_probability += likely[at]
    complete |= {at for at, row in enumerate(rows) if len(row.tokens) == row.budget}
    look = range(len(rows)) if stop_strings else sorted(complete)
    written = dict(zip(look, _texts(lm, [rows[at].tokens for at in look]), strict=True))
    done = {}
    for at, text in written.items():
        cuts = [text.index(stop) for stop in stop_strings if stop in text]
        if cuts or at in complete:
            finished: Literal["stop", "length"] = "stop" if cuts or at in stopped else "length"
            row = rows[at]
            done[at] = Continuation(
                text[: min(cuts, default=len(text))],
                tuple(row.tokens),
                row.seed,
                finished,
                row.log_probability / max(1, len(row.tokens)),
            )
    return done


def _texts(lm: LanguageModel, tokens: list[list[int]]) -> list[str]:
    return list(lm.tokenizer.batch_decode(tokens, clean_up_tokenization_spaces=False)) if tokens else []
