"""Gates and scores over a batch of copies: what passed, why the rest did not, what each sentence stands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from content_store.brand_folder.brand import NEUTRAL_BRAND, Brand
from content_store.brand_folder.patterns import compile_pattern
from evaluation.gates import judge
from evaluation.gates.gate import ClaimRule, Copy, Policy, Verdict
from evaluation.scores.relevance import relevance
from evaluation.scores.support import align, sentences
from evaluation.scores.tone import tone
from flows.steps.workplace import Workplace


class Judgement(NamedTuple):
    """What is known about one copy."""

    copy: Copy
    verdicts: list[Verdict]
    scores: dict[str, float]
    #: sentence -> (number of its fact or None, similarity)
    support: list[tuple[str, int | None, float]]

    @property
    def passed(self) -> bool:
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def refusals(self) -> list[dict[str, Any]]:
        return [verdict._asdict() for verdict in self.verdicts if not verdict.passed]

    @property
    def worth(self) -> float:
        """What candidates are ranked by: how near to the audience, in the brand's voice, and on its facts."""
        support = min((similarity for _, fact, similarity in self.support if fact is not None), default=0.0)
        return 0.4 * self.scores["relevance"] + 0.4 * self.scores["tone"] + 0.2 * support


def policy_of(brand: Brand) -> Policy:
    """The brand's rules as the gates read them."""
    return Policy(
        banned_phrases=tuple(brand.banned_phrases),
        claim_rules=tuple(ClaimRule(rule.name, compile_pattern(rule.pattern), rule.reason) for rule in brand.claim_rules),
        lexicon=tuple([brand.name, *brand.lexicon]),
        slot_limits={slot: channel.limit(slot) for channel in brand.channels.values() for slot in channel.slots},
    )


def judge_copies(workplace: Workplace, copies: Sequence[Copy], goals: Sequence[str]) -> list[Judgement]:
    """Every copy through all gates and scores; `goals` says per copy what its brief wants ('' for nothing)."""
    policy = policy_of(workplace.brand)
    verdicts = [judge(copy, policy) for copy in copies]
    split = [sentences(copy.text) for copy in copies]
    voice = workplace.brand.voice
    do, dont = (voice.do or NEUTRAL_BRAND.voice.do), (voice.dont or NEUTRAL_BRAND.voice.dont)
    texts = sorted(
        {text for copy, goal in zip(copies, goals, strict=True) for text in (copy.text, copy.audience, goal, *copy.facts)}
        | {sentence for group in split for sentence in group}
        | {*do, *dont}
    )
    known = [text for text in texts if text.strip()]
    vectors = dict(zip(known, workplace.encode(known, "score"), strict=True))
    judgements = []
    for copy, goal, verdict, group in zip(copies, goals, verdicts, split, strict=True):
        scores = {"relevance": 0.0, "tone": 0.0}
        support: list[tuple[str, int | None, float]] = []
        if copy.text.strip():
            own = vectors[copy.text][None]
            audience = vectors[copy.audience][None] if copy.audience.strip() else None
            aim = vectors[goal][None] if goal.strip() else None
            scores = {
                "relevance": round(float(relevance(own, audience, aim)[0]), 4),
                "tone": round(float(tone(own, stack(vectors, do), stack(vectors, dont))[0]), 4),
            }
            support = _support(group, copy.facts, vectors)
        judgements.append(Judgement(copy, verdict, scores, support))
    return judgements
