"""Sentences that the encoder or a configured cross-encoder refuses."""

from pathlib import Path

import pytest

from evaluation.gates import judge
from evaluation.gates.gate import Policy
from flows.steps.doubts import settle_doubts
from flows.steps.workplace import Workplace, open_workplace
from tests.evaluation.copies import copy_of
from tests.tiny_models import build_nli

FACT = "The festival is in June."
CALM = copy_of("The festival is in June. Cold fingers, warm socks.", FACT)
INVENTED = copy_of("The festival is in June. Both models exclude new radiators.", FACT)
PLAIN = copy_of("The festival is in June.", FACT)


def settled(workplace: Workplace) -> list[str]:
    """For each copy the reason of its refusal."""
    copies = [CALM, INVENTED, PLAIN]
    verdicts = settle_doubts(workplace, copies, [judge(copy, Policy()) for copy in copies])
    return [" ".join(verdict.reason for verdict in own if not verdict.passed) for own in verdicts]


def test_the_default_encoder_refuses_a_statement_that_no_word_list_knows(tmp_path: Path) -> None:
    reasons = settled(open_workplace(tmp_path, neutral=True))
    assert reasons == [
        "",
        '"Both models exclude new radiators." reads like a statement of the offer, and no fact says it.',
        "",
    ]


@pytest.mark.parametrize(("label", "passes"), [("entailment", True), ("neutral", False)])
def test_with_a_cross_encoder_each_checkable_sentence_must_follow(
    tmp_path: Path, label: str, passes: bool
) -> None:
    folder = build_nli(tmp_path, label)
    (tmp_path / "surmesure.toml").write_text(f'[evaluator]\nnli_model = "{folder}"\n')
    reasons = settled(open_workplace(tmp_path, neutral=True))
    assert (reasons[2] == "") is passes
    assert passes or reasons[2].startswith('"The festival is in June." does not follow from the facts')
