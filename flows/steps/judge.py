"""Gates and scores over a batch of copies: what passed, why the rest did not, what each sentence stands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from evaluation.gates import judge
from evaluation.gates.gate import Copy, Verdict
from evaluation.preference.features import Nearness, features
from evaluation.preference.model import preference
from evaluation.preference.sense_gate import check_sense
from evaluation.scores.relevance import relevance
from evaluation.scores.support import Support, align, sentences
from evaluation.scores.tone import tone
from evaluation.tone.tone_gate import allowed_in, check_tone
from evaluation.tone.voice_model import Text, read_voice
from flows.steps.doubts import settle_doubts
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
        """What candidates are ranked by: would an editor send it, is it near to the audience, in the brand's voice."""
        return 0.8 * self.scores["readers"] + 0.1 * self.scores["relevance"] + 0.1 * self.scores["tone"]


def judge_copies(
    workplace: Workplace,
    copies: Sequence[Copy],
    goals: Sequence[str],
    fluencies: Sequence[float | None] | None = None,
) -> list[Judgement]:
    """Every copy through all gates and scores.

    `goals` says per copy what its brief wants ('' for nothing), `fluencies` how likely the model found what it wrote
    (None for a text that people wrote).
    """
    policy = workplace.policy
    verdicts = settle_doubts(workplace, copies, [judge(copy, policy) for copy in copies])
    split = [sentences(copy.text) for copy in copies]
    wanted = {
        text
        for copy, group in zip(copies, split, strict=True)
        for text in (copy.text, copy.audience, *copy.facts, *group)
    }
    texts = sorted(text for text in {*wanted, *goals} if text.strip())
    encoded = workplace.encode(texts, "score")
    rows = {text: row for row, text in enumerate(texts)}
    vectors = np.vstack([encoded, np.zeros((1, encoded.shape[1]), np.float32)])

    def of(wanted_texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Their vectors; a blank text is a row of zeros."""
        return vectors[[rows.get(text, -1) for text in wanted_texts]]

    own = of([copy.text for copy in copies])
    near = relevance(own, of([copy.audience for copy in copies]), of(goals))
    voice = workplace.voice
    heard = read_voice(voice, [Text(copy.text, allowed_in(copy)) for copy in copies], own)
    asked = [copy.tone or workplace.brand.voice.tone for copy in copies]
    sounds = tone(heard.in_voice, heard.tones, asked, voice.tones.classes_.tolist())
    found = fluencies or [None] * len(copies)
    counted = [
        features(copy, nearness(of([copy.text, copy.audience]), of(group), of(copy.facts)), fluency)
        for copy, group, fluency in zip(copies, split, found, strict=True)
    ]
    liked = preference(workplace.preference, np.stack(counted)) if counted else np.zeros(0)
    return [
        Judgement(
            copy,
            [
                *verdict,
                check_tone(copy, voice, float(heard.in_voice[row]), heard.style[row]),
                check_sense(copy, float(liked[row]), found[row]),
            ],
            {
                "readers": round(float(liked[row]), 4),
                "relevance": round(float(near[row]), 4),
                "tone": round(float(sounds[row]), 4),
            },
            align(of(group), of(copy.facts), group, copy.facts),
        )
        for row, (copy, verdict, group) in enumerate(zip(copies, verdicts, split, strict=True))
    ]


def nearness(
    text_and_audience: np.ndarray[Any, np.dtype[np.float32]],
    sentence_vectors: np.ndarray[Any, np.dtype[np.float32]],
    fact_vectors: np.ndarray[Any, np.dtype[np.float32]],
) -> Nearness:
    """Cosines of unit vectors; 0 where a text or the facts are missing."""
    text, audience = text_and_audience
    if not len(fact_vectors) or not len(sentence_vectors):
        return Nearness(0.0, float(text @ audience), 0.0, 0.0)
    return Nearness(
        float((fact_vectors @ text).max()),
        float(text @ audience),
        float((sentence_vectors @ fact_vectors.T).max(axis=1).min()),
        float(sentence_vectors[0] @ audience),
    )
