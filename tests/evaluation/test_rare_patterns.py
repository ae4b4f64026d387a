"""The pass of RE2 leaves out no pattern that matches."""

from __future__ import annotations

import json
import re
from pathlib import Path

from evaluation.gates import GATES
from evaluation.gates.rare_patterns import SHARED, RarePatterns, without_lookarounds

PAIRS = Path(__file__).parents[2] / "generators" / "training_data" / "pairs.jsonl"


def test_a_pattern_that_matches_is_always_tried() -> None:
    assert GATES
    lines = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()[::10]]
    texts = [
        form for line in lines for text in (line["copy"], *line["facts"]) for form in (text, text.upper())
    ]
    assert len(SHARED.patterns) > 10
    for text in texts:
        tried = SHARED.worth_a_try(text)
        assert all(n in tried for n, pattern in enumerate(SHARED.patterns) if pattern.search(text)), text


def test_what_re2_reads_otherwise_is_left_to_python() -> None:
    pattern = RarePatterns().compile(r"\bno (?!doubt)\w+", re.IGNORECASE)
    assert pattern.search("No épices") is not None
    assert pattern.search("no\x1cdoubt") is None
    assert pattern.search("No doubt.") is None
    assert [found[0] for found in pattern.finditer("No salt, no sugar")] == ["No salt", "no sugar"]
    assert not pattern.may_match("Salt and sugar")


def test_lookarounds_are_cut_out_whole() -> None:
    assert without_lookarounds(r"a(?= ?[.,)]|\)|(?:b|c))(?<!x)[(?=]d(?:e)") == r"a[(?=]d(?:e)"
