"""Whoever is led to a message claims it, so that the next person is led to another one."""

from __future__ import annotations

from collections.abc import Sequence

from content_store.approval_rules import DECIDING
from content_store.claims import claim
from content_store.models import Message, User
from review.desk import Desk
from review.queue import STATUSES, Filters, Tab


def take(desk: Desk, user: User, message_id: int) -> bool:
    """Claim a message for who may decide on it; False while somebody else looks at it."""
    if not user.holds(*DECIDING):
        return True
    with desk.sessions.begin() as session:
        message = session.get(Message, message_id)
        waits = (
            message is not None and message.status in STATUSES[Tab.WAITING] and user.sees(message.brief_id)
        )
        return not waits or claim(session, message_id, user, desk.now())


def from_the_first(desk: Desk, user: User, filters: Filters, found: Sequence[Message]) -> list[Message]:
    """What waits for this person from the first message that nobody else took meanwhile; other lists stay whole."""
    for place, message in enumerate(found if filters.status is Tab.FOR_ME else found[:1]):
        if take(desk, user, message.id):
            return list(found[place:])
    return list(found)
