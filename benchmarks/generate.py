"""Tokens a second: batched decoding beside `pipeline("text-generation")`, one prompt at a time, in alternation."""

import statistics
import time
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, LogitsProcessorList, SuppressTokensLogitsProcessor, pipeline

from generators.decoding import decode
from generators.language_model import LanguageModel, end_tokens, load
from generators.model_files import default_model_folder
from generators.prompt_tokens import encode_chat

NEW_TOKENS = 40
PROMPTS, CONTINUATIONS = 32, 8
ROUNDS = 2
PRODUCTS = [
    "ground coffee",
    "orange juice",
    "greek yogurt",
    "whole wheat bread",
    "frozen pizza",
    "cheddar cheese",
    "paper towels",
    "baby carrots",
]
AUDIENCES = [
    "families who shop on weekends",
    "people who have not been here for a month",
    "early risers",
    "students who cook at home",
]


def measure(folder: Path | None = None, threads: int | None = 1) -> dict[str, float]:
    """Tokens/s of both ways on the same prompts, exactly 40 new tokens each, and their ratio.

    The usual way writes in float32 and does 2 of each round's prompts, ours all of them 8 times. One thread for
    both, since two that wait for each other on a busy machine measure the machine's load.
    """
    folder = folder or default_model_folder(Path.home() / ".cache" / "surmesure")
    lm = load(folder, threads)
    chats = [
        (
            f"Write one line of marketing copy. Say only what the facts support. Fact: our {product} is on sale at "
            f"your local store all week, and it was delivered fresh this morning. Fact: members save 2 dollars. "
            f"Audience: {audience}. Tone: warm."
        )
        for product in PRODUCTS
        for audience in AUDIENCES
    ]
    plain: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    tokenizer: Any = lm.tokenizer
    usual = pipeline("text-generation", model=plain, tokenizer=tokenizer)
    ours, theirs = [], []
    for at in range(0, PROMPTS, PROMPTS // ROUNDS):
        theirs.append(_time_pipeline(usual, chats[at : at + 2]))
        ours.append(_time_decode(lm, chats[at : at + PROMPTS // ROUNDS]))
    result = {
        "pipeline_tokens_per_second": statistics.harmonic_mean(theirs),
        "tokens_per_second": statistics.harmonic_mean(ours),
    }
    return {
        **result,
        "ratio": result["tokens_per_second"] / result["pipeline_tokens_per_second"],
        "threads": float(torch.get_num_threads()),
    }


def _time_pipeline(usual: Any, chats: list[str]) -> float:
    start = time.perf_counter()
    for chat in chats:
        usual(
            [{"role": "user", "content": chat}],
            max_new_tokens=NEW_TOKENS,
            min_new_tokens=NEW_TOKENS,
            do_sample=True,
        )
    return len(chats) * NEW_TOKENS / (time.perf_counter() - start)


def _time_decode(lm: LanguageModel, chats: list[str]) -> float:
    # Both ways write on to the last token, so that they do the same work.
    endless = LogitsProcessorList([SuppressTokensLogitsProcessor(sorted(end_tokens(lm)))])
    start = time.perf_counter()
    written = decode(
        lm,
        [encode_chat(lm, None, chat) for chat in chats],
        continuations=CONTINUATIONS,
        max_new_tokens=NEW_TOKENS,
        logits_processor=endless,
    )
    seconds = time.perf_counter() - start
    return sum(len(one.tokens) for texts in written for one in texts) / seconds


if __name__ == "__main__":
    print({name: round(value, 1) for name, value in measure().items()})
