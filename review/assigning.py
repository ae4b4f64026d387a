"""Giving a message to somebody who may decide on it."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from content_store.approval_rules import DECIDING
from content_store.errors import BadInput
from content_store.models import Message, User


def assign(session: Session, message: Message, person: User | None) -> None:
    """Give the message to a person, or with None to nobody; BadInput for who cannot decide on it."""
    if person is not None and not (
        person.active and person.holds(*DECIDING) and person.sees(message.brief_id)
    ):
        raise BadInput("This person cannot decide on this message; choose somebody else.")
    session.execute(
        update(Message)
        .where(Message.id == message.id)
        .values(assignee_id=person.id if person else None)
        .execution_options(synchronize_session=False)
    )
