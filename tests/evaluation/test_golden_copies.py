"""The rates that the gates must hold on the planted faults and on the clean copies that look suspicious."""

from evaluation.gates import GATES, judge
from evaluation.gates.gate import Policy
from tests.evaluation.copies import copy_of_row, golden

# Tone is judged by a score, not by these gates.
UNGATED = "tone"


def test_at_least_95_of_100_faults_are_caught() -> None:
    faults = [row for row in golden("faults") if row["gate"] != UNGATED]
    caught = sum(any(not v.passed for v in judge(copy_of_row(row), Policy())) for row in faults)
    assert len(faults) == 1644
    assert caught >= 0.95 * len(faults)


def test_at_most_5_of_100_suspicious_clean_copies_are_refused() -> None:
    clean = list(golden("clean"))
    refused = sum(any(not v.passed for v in judge(copy_of_row(row), Policy())) for row in clean)
    assert len(clean) == 1426
    assert refused <= 0.05 * len(clean)


def test_every_fault_names_a_gate() -> None:
    assert {row["gate"] for row in golden("faults")} - {UNGATED} <= set(GATES)
