"""Which texts may fill a slot, the best first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from content_store.models import BlockVersion, Candidate, Origin
from flows.steps.jobs import Job
from flows.steps.judge import Judgement


class Text(NamedTuple):
    """One text that may fill a slot."""

    origin: Origin
    judgement: Judgement
    candidate: Candidate | None
    block: BlockVersion | None


class Filled(NamedTuple):
    """A job with its texts, the chosen one first."""

    job: Job
    texts: list[Text]

    @property
    def by_model(self) -> bool:
        """Whether a text of the model fills it."""
        return any(text.origin is Origin.GENERATED for text in self.texts)


def fill(
    job: Job,
    candidates: Sequence[tuple[Candidate, Judgement]],
    approved: Sequence[tuple[BlockVersion, Judgement]],
    refused: Collection[str] = (),
) -> Filled:
    """Candidates that passed, by worth; then approved texts, in the order in which their blocks fit.

    A candidate that people refused here is left out, and an approved text that they refused comes last. Nothing passed:
    the first approved text stands in. People approved it, so a gate's objection puts it behind the others and is shown
    to the reviewer, but only a text too long for its slot is left out.
    """
    passed = sorted(
        (
            (candidate, judgement)
            for candidate, judgement in candidates
            if judgement.passed and candidate.text not in refused
        ),
        key=lambda pair: (-round(pair[1].worth, 6), pair[0].number),
    )
    texts = [Text(Origin.GENERATED, judgement, candidate, None) for candidate, judgement in passed]
    origin = Origin.FALLBACK if job.written else Origin.VERBATIM
    standing = sorted(approved, key=lambda pair: (pair[0].text in refused, not pair[1].passed))
    texts += [Text(origin, judgement, None, block) for block, judgement in standing if _fits(judgement)]
    return Filled(job, texts)


def _fits(judgement: Judgement) -> bool:
    return all(verdict.passed for verdict in judgement.verdicts if verdict.gate == "length")
