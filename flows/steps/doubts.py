"""What the support gate alone cannot settle: sentences that the encoder, or a configured NLI model, has to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from evaluation.gates.checkable import checkable_sentences, doubtful_sentences
from evaluation.gates.gate import Copy, Policy, Verdict, refuses
from evaluation.gates.support import GATE
from evaluation.scores.statement import REFUSED_FROM, states_something

if TYPE_CHECKING:
    from flows.steps.workplace import Workplace


Chosen = Callable[[Copy, Policy], Sequence[str]]


def settle_doubts(
    workplace: Workplace, copies: Sequence[Copy], verdicts: Sequence[list[Verdict]]
) -> list[list[Verdict]]:
    """The verdicts, with that of the support gate turned to a refusal where a sentence states what no fact says.

    Copies that are refused already are left as they are.
    """
    open_rows = [row for row, own in enumerate(verdicts) if all(verdict.passed for verdict in own)]
    refusals = _unsaid(workplace, {row: copies[row] for row in open_rows})
    if workplace.settings.evaluator.nli_model:
        rest = {row: copies[row] for row in open_rows if row not in refusals}
        refusals |= _not_entailed(workplace, rest)
    return [
        [refusals[row] if row in refusals and verdict.gate == GATE else verdict for verdict in own]
        for row, own in enumerate(verdicts)
    ]


def _unsaid(workplace: Workplace, copies: dict[int, Copy]) -> dict[int, Verdict]:
    """By row, a refusal for a sentence of which no fact holds a word and that reads like a fact."""
    doubts = _sentences(copies, workplace.policy, doubtful_sentences)
    if not doubts:
        return {}
    vectors = workplace.encode([sentence for _, sentence in doubts], "score")
    chances = states_something(workplace.statement_model, vectors)
    return {
        row: refuses(GATE, f'"{sentence}" reads like a statement of the offer, and no fact says it.')
        for (row, sentence), chance in zip(doubts, chances, strict=True)
        if chance >= REFUSED_FROM
    }


def _not_entailed(workplace: Workplace, copies: dict[int, Copy]) -> dict[int, Verdict]:
    from evaluation.scores.entailment import LEAST_ENTAILMENT, entailment

    pairs = _sentences(copies, workplace.policy, checkable_sentences)
    facts = [" ".join(copies[row].facts) for row, _ in pairs]
    chances = entailment(workplace.nli, facts, [sentence for _, sentence in pairs])
    return {
        row: refuses(GATE, f'"{sentence}" does not follow from the facts (probability {chance:.2f}).')
        for (row, sentence), chance in zip(pairs, chances, strict=True)
        if chance < LEAST_ENTAILMENT
    }


def _sentences(copies: dict[int, Copy], policy: Policy, chosen: Chosen) -> list[tuple[int, str]]:
    return [(row, sentence) for row, copy in copies.items() for sentence in chosen(copy, policy)]
