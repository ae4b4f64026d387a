"""Copies for the tests of the gates."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import evaluation
from evaluation.gates.gate import Copy

GOLDEN = Path(evaluation.__file__).parent / "golden"


def copy_of(
    text: str, *facts: str, keep: tuple[str, ...] = (), audience: str = "", slot: str = "opening", **more: Any
) -> Copy:
    return Copy(text=text, slot=slot, facts=facts, keep=keep, audience=audience, **more)


def golden(name: str) -> Iterator[dict[str, Any]]:
    """The rows of evaluation/golden/`name`.jsonl."""
    for line in (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def copy_of_row(row: dict[str, Any]) -> Copy:
    return Copy(
        row["copy"], row["slot"], tuple(row["facts"]), tuple(row["keep"]), row["audience"], row.get("tone")
    )
