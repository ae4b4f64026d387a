"""Copies a second through all gates, without the encoder: every copy with facts of its own, and candidates that share them."""

from __future__ import annotations

import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from evaluation.gates import Copy, Policy, judge

PAIRS = Path(__file__).parents[1] / "generators" / "training_data" / "pairs.jsonl"
PROCESSES = 2


def measure() -> dict[str, float]:
    """Copies a second on one core with new facts, once more with their facts known, and in two processes at once."""
    copies = _copies()
    warm, rest = copies[:200], copies[200:]
    _rate(warm)
    # Before this process has read any of the facts, which the others would inherit.
    together = _rate_together(rest)
    known_together = _rate_together(rest, known=True)
    first = _rate(rest)
    known = _rate_of_known(rest)
    return {
        "copies_per_second": first,
        "copies_per_second_facts_known": known,
        "copies_per_second_two_processes": together,
        "copies_per_second_two_processes_facts_known": known_together,
    }


def _copies() -> list[Copy]:
    """Copies written by people, each set of facts once."""
    found: dict[tuple[str, ...], Copy] = {}
    for line in map(json.loads, PAIRS.read_text(encoding="utf-8").splitlines()):
        copy = Copy(line["copy"], line["slot"], tuple(line["facts"]), tuple(line["keep"]), line["audience"])
        found.setdefault(copy.facts, copy)
    return list(found.values())


def _rate_together(copies: list[Copy], *, known: bool = False) -> float:
    """What the processes judge a second between them, while all of them are at work."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        list(pool.map(_rate, [copies[:1]] * PROCESSES))
        parts = [copies[part::PROCESSES] for part in range(PROCESSES)]
        return sum(pool.map(_rate_of_known if known else _rate, parts))


def _rate_of_known(copies: list[Copy]) -> float:
    """As further candidates for the same facts, which is what a run judges mostly."""
    _rate(copies)
    return _rate([replace(copy, text=f"And so {copy.text}") for copy in copies])


def _rate(copies: list[Copy]) -> float:
    start = time.perf_counter()
    for copy in copies:
        judge(copy, Policy())
    return len(copies) / (time.perf_counter() - start)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.4g}")
