"""Gates and scores over a batch of copies: what passed, why the rest did not, what each sentence stands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from content_store.brand_folder.brand import NEUTRAL_BRAND, Brand
from evaluation.gates import judge
from evaluation.gates.gate import Copy, Verdict
from evaluation.scores.relevance import relevance
from evaluation.scores.support import Support, align, sentences
from evaluation.scores.tone import tone
from flows.steps.workplace import Workplace


class Judgement(NamedTuple):
    """What is known about one copy."""

    copy: Copy
    verdicts: list[Verdict]
    scores: dict[str, float]
    support: list[Support]

    @property
    def passed(self) -> bool:
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def refusals(self) -> list[dict[str, Any]]:
        return [verdict._asdict() for verdict in self.verdicts if not verdict.passed]

    @property
    def worth(self) -> float:
        """What candidates are ranked by: how near to the audience, in the brand's voice, and on its facts."""
        support = min((item.similarity for item in self.support), default=0.0)
        return 0.4 * self.scores["relevance"] + 0.4 * self.scores["tone"] + 0.2 * support


def judge_copies(workplace: Workplace, copies: Sequence[Copy], goals: Sequence[str]) -> list[Judgement]:
    """Every copy through all gates and scores; `goals` says per copy what its brief wants ('' for nothing)."""
    policy = workplace.policy
    verdicts = [judge(copy, policy) for copy in copies]
    split = [sentences(copy.text) for copy in copies]
    do, dont = _voice(workplace.brand)
    wanted = {
        text
        for copy, group in zip(copies, split, strict=True)
        for text in (copy.text, copy.audience, *copy.facts, *group)
    }
    texts = sorted(text for text in {*wanted, *goals, *do, *dont} if text.strip())
    encoded = workplace.encode(texts, "score")
    rows = {text: row for row, text in enumerate(texts)}
    vectors = np.vstack([encoded, np.zeros((1, encoded.shape[1]), np.float32)])

    def of(wanted_texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Their vectors; a blank text is a row of zeros."""
        return vectors[[rows.get(text, -1) for text in wanted_texts]]

    own = of([copy.text for copy in copies])
    near = relevance(own, of([copy.audience for copy in copies]), of(goals))
    voice = tone(own, of(do), of(dont))
    return [
        Judgement(
            copy,
            verdict,
            {"relevance": round(float(near[row]), 4), "tone": round(float(voice[row]), 4)},
            align(of(group), of(copy.facts), group, copy.facts),
        )
        for row, (copy, verdict, group) in enumerate(zip(copies, verdicts, split, strict=True))
    ]


def _voice(brand: Brand) -> tuple[list[str], list[str]]:
    """Sentences that the brand would say and would not say; neutral ones where it names none."""
    neutral = NEUTRAL_BRAND.voice
    return brand.voice.do or neutral.do, brand.voice.dont or neutral.dont
