"""Messages from judged texts: the best text for each slot, its alternatives, and what each sentence stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from content_store import chain, queries
from content_store.brand_folder.briefs import BriefFile
from content_store.changes import lowest_score
from content_store.decisions import needed_for
from content_store.message_hash import SlotText, message_hash, variant_hash
from content_store.models import (
    Message,
    MessageVariant,
    Origin,
    ReviewStatus,
    Run,
    TemplateVersion,
    Variant,
    VariantBlock,
)
from content_store.recall import withdrawn
from content_store.standing import note_blocks
from content_store.superseding import supersede
from evaluation.stored_copies import sentence_entry
from flows.steps.filling import Filled, Text
from flows.steps.jobs import Job
from flows.steps.places import OPEN, Ground, standing_messages, stays
from flows.steps.refusals import Refusals
from flows.steps.workplace import Workplace

ARMS = "ABC"


def compose(
    session: Session,
    workplace: Workplace,
    run: Run,
    brief: BriefFile,
    template: TemplateVersion | None,
    slots: Sequence[Filled],
    refused: Refusals,
) -> dict[str, int]:
    """Store the messages of a run and count them; what stays (see flows.steps.places) is left as it is.

    The messages of one place are committed together, so that nobody waits long with a decision.
    """
    names = ("messages", "messages_unchanged", "variants", "fell_back", "verbatim", "unfilled")
    counts = dict.fromkeys(names, 0)
    for _, group in groupby(slots, key=_place):
        chain.lock(session)  # nobody decides on what stands there before this place is committed
        arms = groupby(group, key=lambda filled: filled.job.theme)
        for arm, (_, parts) in zip(ARMS, arms, strict=False):
            filled = _without_withdrawn(session, list(parts))
            if not all(part.texts for part in filled):
                counts["unfilled"] += 1
                continue
            texts = [
                [_variant(session, run, brief, part.job, text) for text in part.texts] for part in filled
            ]
            chosen = [found[0] for found in texts]
            message = _message(workplace, run, brief, template, filled[0].job, arm)
            message.content_hash = _hash(message, template, chosen)
            grounds = {
                part.job.slot: _ground(brief, part.job, found)
                for part, found in zip(filled, chosen, strict=True)
            }
            new = not refused.has(message) and _store(session, workplace, run, message, chosen, grounds)
            counts["messages" if new else "messages_unchanged"] += 1
            counts["variants"] += len(chosen)
            counts["fell_back"] += sum(variant.origin is Origin.FALLBACK for variant in chosen)
            counts["verbatim"] += sum(variant.origin is Origin.VERBATIM for variant in chosen)
        workplace.commit(session)
    return counts


def _without_withdrawn(session: Session, filled: list[Filled]) -> list[Filled]:
    """What was recalled while the run was writing is not queued any more."""
    gone = withdrawn(
        session, {v for part in filled for text in part.texts for v in _version_ids(part.job, text)}
    )
    return [
        part._replace(texts=[t for t in part.texts if gone.isdisjoint(_version_ids(part.job, t))])
        for part in filled
    ]


def _place(filled: Filled) -> tuple[int, str, str]:
    return (filled.job.segment_id, filled.job.channel, filled.job.locale)


def _message(
    workplace: Workplace, run: Run, brief: BriefFile, template: TemplateVersion | None, job: Job, arm: str
) -> Message:
    """A message for the place of a job, without its hash yet."""
    return Message(
        run_id=run.id,
        brief_id=brief.id,
        segment_id=job.segment_id,
        channel=job.channel,
        locale=job.locale,
        arm=arm,
        theme=job.theme,
        content_hash="",
        personal_fields=personal_fields(workplace) if template else {},
        status=ReviewStatus.PENDING,
        created_at=workplace.now,
        template_version_id=template.id if template else None,
        ai_notice=workplace.brand.notice(job.locale) if template else None,
    )


def personal_fields(workplace: Workplace) -> dict[str, Any]:
    """The fields that a message may fill at the customer's level, with their fallbacks."""
    return {name: {"fallback": field.fallback} for name, field in workplace.brand.personal_fields.items()}


def _hash(message: Message, template: TemplateVersion | None, variants: Sequence[Variant]) -> str:
    return message_hash(
        [SlotText(variant.slot, variant.text, variant.block_version_ids) for variant in variants],
        template.content_hash if template else None,
        message.personal_fields,
        message.ai_notice,
    )


def _ground(brief: BriefFile, job: Job, chosen: Variant) -> Ground:
    """What a text for this job may stand on; it must carry the required facts where the chosen text does."""
    required = {block for slot in brief.slots if slot.slot == job.slot for block in slot.required_facts}
    return Ground(
        may=frozenset(version.id for version in (*job.blocks, *job.fact_versions)),
        must=frozenset(version.id for version in job.fact_versions if version.block_id in required)
        & frozenset(chosen.block_version_ids),
    )


def _store(
    session: Session,
    workplace: Workplace,
    run: Run,
    message: Message,
    variants: Sequence[Variant],
    grounds: Mapping[str, Ground],
) -> bool:
    """Store a message in the place of those that wait there; False where one of them stays."""
    standing = standing_messages(session, message)
    if any(stays(session, other, message, grounds) for other in standing):
        return False
    session.add(message)
    session.flush()
    session.add_all(
        MessageVariant(message_id=message.id, slot=variant.slot, position=position, variant_id=variant.id)
        for position, variant in enumerate(variants)
    )
    session.flush()
    note_blocks(session, message)
    message.waiting_for = " ".join(needed_for(session, message, workplace.brand.approval_rules))
    message.score = lowest_score(variants)
    message.fell_back = any(variant.origin is Origin.FALLBACK for variant in variants)
    for other in standing:
        if other.status in OPEN:
            supersede(session, other, message, run, workplace.now)
    return True


def _variant(session: Session, run: Run, brief: BriefFile, job: Job, text: Text) -> Variant:
    place: dict[str, Any] = {
        "brief_id": brief.id,
        "segment_id": job.segment_id,
        "channel": job.channel,
        "locale": job.locale,
        "slot": job.slot,
        "theme": job.theme,
        "content_hash": variant_hash(text.judgement.copy.text, _version_ids(job, text)),
    }
    same = queries.variant_with_text(session, **place)
    if same is not None:
        return same
    variant = Variant(
        **place,
        run_id=run.id,
        text=text.judgement.copy.text,
        origin=text.origin,
        status=ReviewStatus.PENDING,
        block_version_ids=_version_ids(job, text),
        sentences=_sentences(job, text),
        verdicts=[verdict._asdict() for verdict in text.judgement.verdicts],
        scores=text.judgement.scores,
        created_at=run.started_at,
        candidate_id=text.candidate.id if text.candidate else None,
    )
    session.add(variant)
    session.flush()
    session.add_all(
        VariantBlock(variant_id=variant.id, block_version_id=version)
        for version in sorted(set(variant.block_version_ids))
    )
    return variant


def _version_ids(job: Job, text: Text) -> list[int]:
    if text.block is not None:
        return [text.block.id]
    return sorted({version.id for version in job.fact_versions})


def _sentences(job: Job, text: Text) -> list[dict[str, Any]]:
    """Each sentence with the block version it stands on: its nearest fact's, or the approved text's own."""
    facts = text.judgement.copy.facts
    entries = []
    for support in text.judgement.support:
        version = text.block or job.fact_versions[support.fact_index or 0]
        fact = facts[support.fact_index] if support.fact_index is not None and facts else None
        entries.append(sentence_entry(support.sentence, version, fact, support.similarity))
    return entries
