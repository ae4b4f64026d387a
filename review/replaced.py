"""Whose refusal a message answers: a run wrote it after people sent back or rejected the one before."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.models import Action, Decision, Message, ReviewStatus

_GIVEN_UP = (ReviewStatus.SENT_BACK, ReviewStatus.REJECTED, ReviewStatus.SUPERSEDED)


def replaced_refusal(session: Session, message: Message) -> Decision | None:
    """The newest refusal, which nobody took back, of an earlier message at its place."""
    return session.scalars(
        select(Decision)
        .join(Message, Message.id == Decision.message_id)
        .where(
            Message.brief_id == message.brief_id,
            Message.segment_id == message.segment_id,
            Message.channel == message.channel,
            Message.locale == message.locale,
            Message.arm == message.arm,
            Message.id < message.id,
            Message.status.in_(_GIVEN_UP),
            Message.content_hash == Decision.content_hash,
            Decision.action.in_([Action.SEND_BACK, Action.REJECT]),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    ).first()
