"""Copies from outside: lint those that exist, write new ones from facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from evaluation.gates.gate import Copy
from evaluation.gates.near_duplicates import near_duplicates
from flows.steps.judge import Judgement, judge_copies
from flows.steps.workplace import Workplace
from flows.steps.writing import decode_requests, make_request
from generators.grounding import Ground

#: Lines worked on together; results appear after each portion.
PORTION = 64


class Wanted(NamedTuple):
    """A slot to fill from facts."""

    slot: str
    facts: Sequence[str]
    keep: Sequence[str]
    audience: str
    tone: str
    max_chars: int | None
    locale: str


def check_copies(workplace: Workplace, copies: Sequence[Copy]) -> Iterator[dict[str, Any]]:
    """For each copy whether it passed, every gate's verdict and the scores, in the same order."""
    for start in range(0, len(copies), PORTION * 8):
        portion = copies[start : start + PORTION * 8]
        for judgement in judge_copies(workplace, portion, [""] * len(portion)):
            yield {
                "passed": judgement.passed,
                "gates": [verdict._asdict() for verdict in judgement.verdicts],
                "scores": judgement.scores,
            }


def draft_copies(workplace: Workplace, wanted: Sequence[Wanted], candidates: int) -> Iterator[dict[str, Any]]:
    """For each slot the chosen copy and all candidates; the facts themselves when nothing passes."""
    for start in range(0, len(wanted), PORTION):
        portion = [_with_limit(workplace, item) for item in wanted[start : start + PORTION]]
        requests = [
            make_request(workplace, item.slot, item.tone, ground_of(item), candidates) for item in portion
        ]
        texts = decode_requests(workplace, requests, start, len(wanted))
        copies = [
            copy_of(item, draft.text) for item, group in zip(portion, texts, strict=True) for draft in group
        ]
        copies += [copy_of(item, fallback_text(item)) for item in portion]
        fluencies: list[float | None] = [draft.fluency for group in texts for draft in group]
        fluencies += [None] * len(portion)
        judgements = judge_copies(workplace, copies, [""] * len(copies), fluencies)
        for number in range(len(portion)):
            own = judgements[number * candidates : (number + 1) * candidates]
            yield _result(own, judgements[len(portion) * candidates + number])


def fallback_text(item: Wanted) -> str:
    """The facts themselves, as many as the limit lets stand; at least what must be kept; nothing is cut off."""
    limit = item.max_chars or 10_000
    whole = " ".join(item.facts)
    if len(whole) <= limit:
        return whole
    single = [
        fact for fact in item.facts if len(fact) <= limit and all(phrase in fact for phrase in item.keep)
    ]
    if single:
        return min(single, key=len)
    kept = ", ".join(item.keep)
    return kept[:1].upper() + kept[1:] if kept and len(kept) <= limit else min(item.facts, key=len)


def _with_limit(workplace: Workplace, item: Wanted) -> Wanted:
    """The brand's limit for the slot, where the line states none."""
    if item.max_chars is not None:
        return item
    limits = [
        channel.limit(item.slot)
        for channel in workplace.brand.channels.values()
        if item.slot in channel.slots
    ]
    return item._replace(max_chars=min(limits)) if limits else item


def copy_of(item: Wanted, text: str) -> Copy:
    """A text for the slot, as the gates read it."""
    return Copy(
        text,
        item.slot,
        tuple(item.facts),
        tuple(item.keep),
        item.audience,
        item.tone,
        item.max_chars,
        item.locale,
    )


def ground_of(item: Wanted) -> Ground:
    return Ground(
        tuple(item.facts), tuple(item.keep), item.audience, max_chars=item.max_chars, locale=item.locale
    )


def _result(candidates: Sequence[Judgement], fallback: Judgement) -> dict[str, Any]:
    """The best that passes; a near-duplicate of a better one does not pass."""
    ranked = sorted(
        range(len(candidates)),
        key=lambda at: (not candidates[at].passed, -round(candidates[at].worth, 6), at),
    )
    repeats = near_duplicates([candidates[at].copy.text for at in ranked])
    reasons = {
        at: [f"{verdict.gate}: {verdict.reason}" for verdict in candidates[at].verdicts if not verdict.passed]
        for at in ranked
    }
    for at, repeat in zip(ranked, repeats, strict=True):
        if repeat is not None and not reasons[at]:
            other = candidates[ranked[repeat]].copy.text
            reasons[at] = [f"near_duplicate: it says nearly the same as “{other}”."]
    best = candidates[ranked[0]] if ranked and not reasons[ranked[0]] else fallback
    chosen = {"copy": best.copy.text, "fallback": best is fallback, "scores": best.scores}
    shown = [
        {"copy": candidate.copy.text, "passed": not reasons[at], "reasons": reasons[at]}
        for at, candidate in enumerate(candidates)
    ]
    return {"chosen": chosen, "candidates": shown}
