"""What was approved before where a message stands: the decision log tells it, whatever became of that message since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.models import Action, Decision, Message, MessageVariant, ReviewStatus, Variant


class Previous(NamedTuple):
    """The last approval before at a place: of which message, and the text of each slot."""

    message_id: int
    texts: Mapping[str, str]


def previously_approved(session: Session, message: Message) -> Previous | None:
    """The newest approval of other bytes in this message, or in an earlier one at its place."""
    at_its_place = select(Message.id).where(
        Message.brief_id == message.brief_id,
        Message.segment_id == message.segment_id,
        Message.channel == message.channel,
        Message.locale == message.locale,
        Message.arm == message.arm,
        Message.id <= message.id,
    )
    entry = session.scalars(
        select(Decision)
        .where(
            Decision.message_id.in_(at_its_place),
            Decision.action == Action.APPROVE,
            Decision.to_status == ReviewStatus.APPROVED,
            Decision.content_hash != message.content_hash,
        )
        .order_by(Decision.id.desc())
        .limit(1)
    ).first()
    if entry is None or entry.message_id is None:
        return None
    return Previous(entry.message_id, _texts(session, entry.message_id, entry.id))


def _texts(session: Session, message_id: int, entry_id: int) -> dict[str, str]:
    """Slot -> its text at an entry of the log: what stands there now, with the changes since then undone."""
    variants: dict[str, int] = dict(
        session.execute(
            select(MessageVariant.slot, MessageVariant.variant_id).where(
                MessageVariant.message_id == message_id
            )
        ).all()
    )
    since = session.scalars(
        select(Decision.details)
        .where(
            Decision.message_id == message_id,
            Decision.id > entry_id,
            Decision.action.in_((Action.EDIT, Action.SWAP)),
        )
        .order_by(Decision.id.desc())
    )
    variants |= {change["slot"]: change["from_variant"] for change in since}
    texts: dict[int, str] = dict(
        session.execute(select(Variant.id, Variant.text).where(Variant.id.in_(variants.values()))).all()
    )
    return {slot: texts[variant] for slot, variant in variants.items()}
