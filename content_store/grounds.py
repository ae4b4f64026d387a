"""What a decision stands on beside the bytes: what gates, scores and people said of each text, bound to it by a hash."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.message_hash import canonical_hash
from content_store.models import Action, Decision, Message, MessageVariant, Variant

_TOLD = (
    Variant.slot,
    Variant.text,
    Variant.block_version_ids,
    Variant.sentences,
    Variant.verdicts,
    Variant.scores,
    Variant.edited_by,
    Variant.override_reason,
)


def grounds(session: Session, variant_ids: Collection[int]) -> dict[str, str]:
    """Variant id, as JSON holds it -> SHA-256 of the canonical JSON of its text and of all that is told of it."""
    rows = session.execute(select(Variant.id, *_TOLD).where(Variant.id.in_(variant_ids)))
    return {str(number): canonical_hash(list(told)) for number, *told in rows}


def standing_grounds(session: Session, message: Message) -> dict[str, Any]:
    """For the details of a decision: the grounds of every text that stands in the message now."""
    inside = select(MessageVariant.variant_id).where(MessageVariant.message_id == message.id)
    return {"grounds": grounds(session, session.scalars(inside).all())}


def approved_texts(session: Session, message: Message, content_hash: str) -> list[Variant]:
    """The texts that a message had when these bytes of it were approved, in the order of the slots; none without a trace."""
    entries = session.scalars(
        select(Decision.details)
        .where(
            Decision.message_id == message.id,
            Decision.action == Action.APPROVE,
            Decision.content_hash == content_hash,
        )
        .order_by(Decision.id.desc())
    )
    told: dict[str, str] = next((details["grounds"] for details in entries if "grounds" in details), {})
    order = dict(
        session.execute(
            select(MessageVariant.slot, MessageVariant.position).where(
                MessageVariant.message_id == message.id
            )
        ).all()
    )
    found = session.scalars(select(Variant).where(Variant.id.in_([int(number) for number in told]))).all()
    return sorted(found, key=lambda variant: order.get(variant.slot, len(order)))


def decided_on(session: Session, variant: Variant) -> bool:
    """Whether a decision stands on what is told of this text now."""
    decisions = session.scalars(
        select(Decision.details)
        .join(Message, Message.id == Decision.message_id)
        .where(
            Message.brief_id == variant.brief_id,
            Message.segment_id == variant.segment_id,
            Message.channel == variant.channel,
            Message.locale == variant.locale,
            Message.theme == variant.theme,
        )
    )
    return any(str(variant.id) in details.get("grounds", ()) for details in decisions)


def changed_grounds(session: Session) -> list[str]:
    """A sentence for each text of which something else is told now than when somebody decided on it."""
    decisions = session.execute(
        select(Decision.id, Decision.details)
        .where(Decision.message_id.is_not(None))
        .order_by(Decision.id)
        .execution_options(yield_per=500)
    )
    problems = []
    for chunk in decisions.partitions():
        told = {entry: details["grounds"] for entry, details in chunk if "grounds" in details}
        now = grounds(session, {int(number) for texts in told.values() for number in texts})
        problems += [
            f"text {number} or what was told of it is not what entry {entry} was about."
            for entry, texts in told.items()
            for number, hashed in texts.items()
            if now.get(number) != hashed
        ]
    return problems
