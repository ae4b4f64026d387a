"""Whether a message may go out now: the one question that everything which sends must ask."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from content_store.decisions import unusable_block
from content_store.message_hash import stored_message_hash
from content_store.models import Message, ReviewStatus


def why_not_publishable(session: Session, message: Message, day: date) -> str | None:
    """None when the bytes that stand now are the approved ones and their blocks may be used on `day`; else the reason."""
    if message.status is not ReviewStatus.APPROVED:
        return f"message {message.id} is {message.status.value}"
    if message.approved_hash is None or stored_message_hash(session, message) != message.approved_hash:
        return f"message {message.id} is not what was approved"
    problem = unusable_block(session, message, day)
    return f"message {message.id} stands on {problem}" if problem else None
