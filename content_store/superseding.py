"""A message that a later run wrote another one in place of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from content_store import chain
from content_store.models import Action, Approval, Decision, Message, ReviewStatus, Run


def supersede(session: Session, message: Message, by: Message, run: Run, at: datetime) -> Decision:
    """Put a message out of the queue for the one that a run wrote; the caller holds the log and has read it under that.

    Its texts stay what they are: the new message may hold some of them.
    """
    before = message.status
    message.status, message.approved_hash, message.waiting_for = ReviewStatus.SUPERSEDED, None, ""
    session.execute(delete(Approval).where(Approval.message_id == message.id))
    return chain.append(
        session,
        subject=f"message {message.id}",
        action=Action.SUPERSEDE,
        by=f"run {run.id}",
        at=at,
        message_id=message.id,
        from_status=before,
        to_status=ReviewStatus.SUPERSEDED,
        content_hash=message.content_hash,
        reason=f"message {by.id} takes its place",
        details={"run": run.id, "message": by.id},
    )
