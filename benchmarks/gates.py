"""Copies a second through all gates, without the encoder: every copy with facts of its own, and candidates that share them."""

from __future__ import annotations

import json
import time
from pathlib import Path

from evaluation.gates import Copy, Policy, judge

GOLDEN = Path(__file__).parents[1] / "evaluation" / "golden"


def measure() -> dict[str, float]:
    """Copies a second on one core, once through the golden copies and once more with their facts known."""
    lines = [
        json.loads(line)
        for name in ("faults.jsonl", "clean.jsonl")
        for line in (GOLDEN / name).read_text(encoding="utf-8").splitlines()
    ]
    copies = [
        Copy(line["copy"], line["slot"], tuple(line["facts"]), tuple(line["keep"]), line["audience"])
        for line in lines
    ]
    judge(copies[0], Policy())
    first = _rate(copies[1:])
    changed = [
        Copy(f"{copy.text} Yes.", copy.slot, copy.facts, copy.keep, copy.audience) for copy in copies[1:]
    ]
    return {"copies_per_second": first, "copies_per_second_facts_known": _rate(changed)}


def _rate(copies: list[Copy]) -> float:
    start = time.perf_counter()
    for copy in copies:
        judge(copy, Policy())
    return len(copies) / (time.perf_counter() - start)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.4g}")
