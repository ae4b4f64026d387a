"""Messages from judged texts: the best text for each slot, its alternatives, and what each sentence stands on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from content_store import queries
from content_store.brand_folder.briefs import BriefFile
from content_store.changes import lowest_score
from content_store.decisions import needed_for
from content_store.message_hash import SlotText, message_hash, variant_hash
from content_store.models import (
    BlockVersion,
    Candidate,
    Message,
    MessageVariant,
    Origin,
    ReviewStatus,
    Run,
    TemplateVersion,
    Variant,
    VariantBlock,
)
from content_store.standing import note_blocks
from evaluation.stored_copies import sentence_entry
from flows.steps.jobs import Job
from flows.steps.judge import Judgement
from flows.steps.workplace import Workplace

ARMS = "ABC"

_OPEN = (ReviewStatus.PENDING, ReviewStatus.EDITED, ReviewStatus.SENT_BACK)


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


def fill(
    job: Job,
    candidates: Sequence[tuple[Candidate, Judgement]],
    approved: Sequence[tuple[BlockVersion, Judgement]],
) -> Filled:
    """Candidates that passed, by worth; then approved texts, in the order in which their blocks fit.

    Nothing passed: the first approved text stands in. People approved it, so a gate's objection puts it behind the
    others and is shown to the reviewer, but only a text too long for its slot is left out.
    """
    passed = sorted(
        ((candidate, judgement) for candidate, judgement in candidates if judgement.passed),
        key=lambda pair: (-round(pair[1].worth, 6), pair[0].number),
    )
    texts = [Text(Origin.GENERATED, judgement, candidate, None) for candidate, judgement in passed]
    origin = Origin.FALLBACK if job.written else Origin.VERBATIM
    standing = sorted(approved, key=lambda pair: not pair[1].passed)
    texts += [Text(origin, judgement, None, block) for block, judgement in standing if _fits(judgement)]
    return Filled(job, texts)


def _fits(judgement: Judgement) -> bool:
    return all(verdict.passed for verdict in judgement.verdicts if verdict.gate == "length")


def compose(
    session: Session,
    workplace: Workplace,
    run: Run,
    brief: BriefFile,
    template: TemplateVersion | None,
    slots: Sequence[Filled],
) -> dict[str, int]:
    """Store the messages of a run and count them; a message that stands already as it is, is left as it is."""
    names = ("messages", "messages_unchanged", "variants", "fell_back", "verbatim", "unfilled")
    counts = dict.fromkeys(names, 0)
    for _, group in groupby(slots, key=_place):
        arms = groupby(group, key=lambda filled: filled.job.theme)
        for arm, (_, parts) in zip(ARMS, arms, strict=False):
            filled = list(parts)
            if not all(part.texts for part in filled):
                counts["unfilled"] += 1
                continue
            texts = [
                [_variant(session, run, brief, part.job, text) for text in part.texts] for part in filled
            ]
            chosen = [found[0] for found in texts]
            message = _message(workplace, run, brief, template, filled[0].job, arm)
            new = _store(session, workplace, message, template, chosen)
            counts["messages" if new else "messages_unchanged"] += 1
            counts["variants"] += len(chosen)
            counts["fell_back"] += sum(variant.origin is Origin.FALLBACK for variant in chosen)
            counts["verbatim"] += sum(variant.origin is Origin.VERBATIM for variant in chosen)
    return counts


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
    )


def personal_fields(workplace: Workplace) -> dict[str, Any]:
    """The fields that a message may fill at the customer's level, with their fallbacks."""
    return {name: {"fallback": field.fallback} for name, field in workplace.brand.personal_fields.items()}


def _store(
    session: Session,
    workplace: Workplace,
    message: Message,
    template: TemplateVersion | None,
    variants: Sequence[Variant],
) -> bool:
    message.content_hash = message_hash(
        [SlotText(variant.slot, variant.text, variant.block_version_ids) for variant in variants],
        template.content_hash if template else None,
        message.personal_fields,
    )
    same_place = (
        Message.brief_id == message.brief_id,
        Message.segment_id == message.segment_id,
        Message.channel == message.channel,
        Message.locale == message.locale,
        Message.arm == message.arm,
    )
    standing = session.scalars(
        select(Message).where(
            *same_place, Message.status.not_in([ReviewStatus.SUPERSEDED, ReviewStatus.RECALLED])
        )
    ).all()
    same = [other for other in standing if other.content_hash == message.content_hash]
    if same:
        same[0].run_id = message.run_id
        return False
    session.execute(
        update(Message).where(*same_place, Message.status.in_(_OPEN)).values(status=ReviewStatus.SUPERSEDED)
    )
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
