"""Claims: who looks at a message now, so that two people are not led to the same one. A claim forbids no decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from content_store.decisions import rows_changed
from content_store.models import Message, User

#: Long enough to read and decide; whoever goes away keeps a message from others no longer than this.
CLAIM = timedelta(minutes=5)


class Claim(NamedTuple):
    """Somebody who looks at a message."""

    name: str
    until: datetime


def claim(session: Session, message_id: int, by: User, now: datetime) -> bool:
    """Note that somebody looks at a message; False while another's claim on it stands."""
    taken = (
        update(Message)
        .where(Message.id == message_id, unclaimed(by, now))
        .values(claimed_by_id=by.id, claimed_until=now + CLAIM)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(session.execute(taken)) == 1


def unclaimed(by: User, now: datetime) -> ColumnElement[bool]:
    """Messages that nobody but this person looks at."""
    return or_(Message.claimed_until.is_(None), Message.claimed_until <= now, Message.claimed_by_id == by.id)


def claim_of_another(session: Session, message: Message, user: User, now: datetime) -> Claim | None:
    """Who else looks at the message, and until when."""
    if message.claimed_until is None or message.claimed_until <= now or message.claimed_by_id == user.id:
        return None
    return Claim(session.get_one(User, message.claimed_by_id).full_name, message.claimed_until)
