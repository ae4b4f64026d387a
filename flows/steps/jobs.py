"""What there is to write for a brief: one job for each segment × channel × locale × arm × slot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from content_store import queries
from content_store.brand_folder.briefs import BriefFile, BriefSlot
from content_store.index import BlockIndex
from content_store.models import BlockMode, BlockVersion, SegmentSnapshot
from evaluation.gates.gate import Copy
from evaluation.stored_copies import audience_text
from flows.steps.arms import Arm, allowed_by_brief, choose_arms, rank_blocks, theme_words
from flows.steps.audiences import SMALLEST_AUDIENCE, reach_by_segment
from flows.steps.workplace import Workplace

NOT_WRITTEN = "the model does not write this language; approved texts are used word for word."


class Job(NamedTuple):
    """One slot of one message, with the blocks that it may stand on, the best first."""

    segment_id: int
    channel: str
    locale: str
    theme: str
    slot: str
    audience: str
    tone: str
    max_chars: int
    facts: tuple[str, ...]
    keep: tuple[str, ...]
    #: the block of each fact
    fact_versions: tuple[BlockVersion, ...]
    blocks: tuple[BlockVersion, ...]
    #: True when the model may write; a verbatim block, or a language it does not write, is taken as it is
    written: bool

    def copy(self, text: str) -> Copy:
        """A text for this job, as the gates read it."""
        return Copy(
            text, self.slot, self.facts, self.keep, self.audience, self.tone, self.max_chars, self.locale
        )


class Plan(NamedTuple):
    """The jobs of a brief, in the order of its messages, and a sentence for each thing that cannot be written."""

    jobs: list[Job]
    warnings: list[str]
    reached: int


def plan_jobs(
    session: Session,
    workplace: Workplace,
    index: BlockIndex,
    brief: BriefFile,
    segments: Sequence[SegmentSnapshot],
    as_of: datetime,
) -> Plan:
    """Everything to write for a brief at a moment, and why the rest is left out."""
    jobs: list[Job] = []
    warnings: list[str] = []
    reached = 0
    for channel in brief.channels:
        counts = reach_by_segment(
            session,
            workplace.settings.membership_folder(segments[0].segmentation_id),
            brief.audience,
            brief.purpose,
            channel,
        )
        chosen = []
        for segment in segments:
            if brief.audience.segments and segment.name not in brief.audience.segments:
                continue
            reach = counts.get(segment.segment_id)
            if reach is None or reach.consenting < SMALLEST_AUDIENCE:
                number = reach.consenting if reach else 0
                warnings.append(
                    f"{segment.name}: only {number} customers can be reached by {channel}; nothing written."
                )
                continue
            reached += reach.consenting
            chosen.append(segment)
        for locale in brief.locales or workplace.brand.locales:
            found, missing = _plan_channel(session, workplace, index, brief, chosen, channel, locale, as_of)
            jobs += found
            warnings += missing
    return Plan(jobs, warnings, reached)


def _plan_channel(
    session: Session,
    workplace: Workplace,
    index: BlockIndex,
    brief: BriefFile,
    segments: Sequence[SegmentSnapshot],
    channel: str,
    locale: str,
    as_of: datetime,
) -> tuple[list[Job], list[str]]:
    limits = workplace.brand.channels[channel]
    slots = [slot for slot in brief.slots if slot.slot in limits.slots]
    usable = queries.usable_versions(session, as_of.date(), locale=locale, channel=channel)
    allowed = allowed_by_brief(usable, brief)
    if not segments or not slots:
        return [], []
    empty = [slot.slot for slot in slots if not any(version.slot == slot.slot for version in allowed)]
    if empty:
        return [], [
            f"{channel}, {locale}: no approved block for {', '.join(empty)} on {as_of.date()}; write one."
        ]
    wanted = workplace.encode([profile_text(segment) for segment in segments])
    ranked = {
        slot.slot: rank_blocks(index, wanted, [version for version in allowed if version.slot == slot.slot])
        for slot in slots
    }
    vectors = dict(zip(index.ids.tolist(), index.vectors, strict=True))
    lead = max(slots, key=lambda slot: limits.limit(slot.slot)).slot
    themes = sorted({version.themes[0] for version in allowed})
    near = wanted @ workplace.encode([theme_words(theme) for theme in themes]).T
    jobs: list[Job] = []
    warnings = [] if _writes(workplace, locale) else [f"{locale}: {NOT_WRITTEN}"]
    for row, segment in enumerate(segments):
        found = {slot: hits[row] for slot, hits in ranked.items()}
        arms = choose_arms(
            found, brief.arms, lead, vectors, dict(zip(themes, near[row].tolist(), strict=True))
        )
        if not arms:
            warnings.append(f"{segment.name}: no theme has an approved block for every slot of {channel}.")
        jobs += [
            _job(workplace, brief, segment, channel, locale, arm, slot, usable)
            for arm in arms
            for slot in slots
        ]
    return jobs, warnings


def profile_text(segment: SegmentSnapshot) -> str:
    """A segment in words, for finding blocks that are near to it."""
    items = ", ".join(str(entry["item"]) for entry in segment.distinctive[:6])
    return f"{segment.name}. {items}"


def _job(
    workplace: Workplace,
    brief: BriefFile,
    segment: SegmentSnapshot,
    channel: str,
    locale: str,
    arm: Arm,
    slot: BriefSlot,
    usable: Sequence[BlockVersion],
) -> Job:
    blocks = arm.blocks[slot.slot]
    required = [version for version in usable if version.block_id in slot.required_facts]
    used = [blocks[0], *(version for version in required if version.id != blocks[0].id)]
    facts = [(fact, version) for version in used for fact in version.facts]
    return Job(
        segment_id=segment.segment_id,
        channel=channel,
        locale=locale,
        theme=arm.theme,
        slot=slot.slot,
        audience=audience_text(segment.audience, brief.audience.inactive_days_min),
        tone=brief.tone or workplace.brand.voice.tone,
        max_chars=workplace.brand.channels[channel].limit(slot.slot),
        facts=tuple(fact["text"] for fact, _ in facts),
        keep=tuple(dict.fromkeys(phrase for fact, _ in facts for phrase in fact["keep"])),
        fact_versions=tuple(version for _, version in facts),
        blocks=tuple(used + [version for version in blocks[1:] if version not in used]),
        written=bool(facts) and blocks[0].mode is BlockMode.REWRITE and _writes(workplace, locale),
    )


def _writes(workplace: Workplace, locale: str) -> bool:
    return locale.partition("-")[0] in workplace.settings.generator.languages
