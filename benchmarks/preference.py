"""How well the readers' preference chooses among candidates, by cross-validation over cases; --fit stores the model anew.

Example: python -m benchmarks.preference --fit
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from evaluation.gates import Copy
from evaluation.preference.features import features
from evaluation.preference.model import LABELS, fit, preference, store_preference
from evaluation.sentences import sentences
from flows.steps.judge import nearness
from flows.steps.workplace import open_workplace

FOLDS = 10


def main() -> None:
    lines = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    rows, labels, cases = _features(lines), np.array([line["label"] for line in lines]), _cases(lines)
    held_out = np.zeros(len(lines))
    for train, test in GroupKFold(FOLDS).split(rows, labels, cases):
        held_out[test] = preference(fit(rows[train], labels[train]), rows[test])
    chance = np.random.default_rng(0).random(len(lines))
    print(f"{len(lines)} labelled candidates of {cases.max() + 1} cases")
    print(f"may be sent or not, area under the curve: {roc_auc_score(labels >= 1, held_out):.3f}")
    for name, score in (
        ("any", chance),
        ("fluency", rows[:, 0]),
        ("preference", held_out),
        ("the best there is", labels),
    ):
        share = _chosen(score, labels, cases)
        print(f"chosen by {name}: must not be sent {share[0]:.1%}, bare {share[1]:.1%}, good {share[2]:.1%}")
    if "--fit" in sys.argv:
        store_preference(fit(rows, labels))


def _features(lines: list[dict[str, Any]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    copies = [
        Copy(line["copy"], line["slot"], tuple(line["facts"]), tuple(line["keep"]), line["audience"], line["tone"], line["max_chars"])
        for line in lines
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        workplace = open_workplace(Path(folder), neutral=True)
        split = [sentences(copy.text) for copy in copies]
        texts = sorted(
            {
                t
                for copy, group in zip(copies, split, strict=True)
                for t in (copy.text, copy.audience, *copy.facts, *group)
            }
        )
        vectors = dict(zip(texts, workplace.encode_now(texts), strict=True))
    return np.stack([
        features(
            copy,
            nearness(*(np.stack([vectors[text] for text in part]) for part in ([copy.text, copy.audience], group, copy.facts))),
            line["fluency"],
        )
        for copy, group, line in zip(copies, split, lines, strict=True)
    ])  # fmt: skip


def _cases(lines: list[dict[str, Any]]) -> np.ndarray[Any, np.dtype[np.int_]]:
    """A number for each prompt."""
    keys = [(line["slot"], line["audience"], *line["facts"]) for line in lines]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys])


def _chosen(score: Any, labels: Any, cases: Any) -> list[float]:
    tops = [
        labels[own[score[own].argmax()]]
        for case in range(cases.max() + 1)
        if len(own := np.flatnonzero(cases == case))
    ]
    return [float(np.mean(np.array(tops) == label)) for label in (0, 1, 2)]


if __name__ == "__main__":
    main()
