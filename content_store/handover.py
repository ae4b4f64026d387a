"""What waits too long, and what waits for somebody who is away."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from content_store import chain
from content_store.approval_rules import DECIDING
from content_store.decisions import rows_changed
from content_store.models import Message, ReviewStatus, User

_WAITING = (ReviewStatus.PENDING, ReviewStatus.EDITED)


class HandedOver(NamedTuple):
    """Messages that went from somebody who is away to who stands in."""

    from_name: str
    to_name: str
    messages: int


class Overdue(NamedTuple):
    """Messages of a brief that have waited too long for these roles."""

    brief_id: str
    roles: list[str]
    messages: int
    oldest: datetime


def hand_over(session: Session, now: datetime) -> list[HandedOver]:
    """Give waiting messages of everybody who is away to the deputy, where that one is here and may decide on them."""
    chain.lock(session)
    away = session.scalars(
        select(User).where(User.away_until > now, User.deputy_id.is_not(None)).order_by(User.name)
    )
    found = []
    for user in away.all():
        deputy = session.get(User, user.deputy_id)
        if deputy is None or not _stands_in(deputy, now):
            continue
        awaited = [f" {role} " for role in DECIDING if deputy.holds(role)]
        theirs = update(Message).where(
            Message.assignee_id == user.id,
            Message.status.in_(_WAITING),
            or_(*((" " + Message.waiting_for + " ").contains(role) for role in awaited)),
        )
        if deputy.briefs:
            theirs = theirs.where(Message.brief_id.in_(deputy.briefs))
        changed = session.execute(
            theirs.values(assignee_id=deputy.id), execution_options={"synchronize_session": False}
        )
        if count := rows_changed(changed):
            found.append(HandedOver(user.name, deputy.name, count))
    return found


def overdue(session: Session, before: datetime) -> list[Overdue]:
    """What was written before this moment and still waits, by brief and by the roles that it waits for."""
    rows = session.execute(
        select(Message.brief_id, Message.waiting_for, func.count(), func.min(Message.created_at))
        .where(Message.status.in_(_WAITING), Message.created_at < before)
        .group_by(Message.brief_id, Message.waiting_for)
        .order_by(Message.brief_id, Message.waiting_for)
    )
    return [Overdue(brief, roles.split(), count, oldest) for brief, roles, count, oldest in rows]


def _stands_in(deputy: User, now: datetime) -> bool:
    here = deputy.away_until is None or deputy.away_until <= now
    return deputy.active and here and deputy.holds(*DECIDING)
