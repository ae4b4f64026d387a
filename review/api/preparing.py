"""Before a decision, over the API: to whom a message is given, and what the gates would say of another text."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from content_store.errors import BadInput
from content_store.models import Message, User
from review.api.answers import CheckOut, MessageOut
from review.api.messages import CHANGES, Editing, Id, message_of
from review.assigning import assign
from review.editing import edits, grounds, tidy
from review.routes.sign_in import AtDesk

router = APIRouter(tags=["messages"], prefix="/messages")


class AssigneeIn(BaseModel):
    """The name of somebody who may decide on the message, or null for nobody."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(max_length=200)


class CheckIn(BaseModel):
    """A text for a slot that nobody has saved."""

    model_config = ConfigDict(extra="forbid")

    slot: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=5000)


@router.put("/{message_id}/assignee", responses=CHANGES)
def give_message(desk: AtDesk, caller: Editing, message_id: Id, wanted: AssigneeIn) -> MessageOut:
    """Give a message to somebody; no decision, and nothing of what it says changes."""
    with desk.sessions.begin() as session:
        message = message_of(session, caller.user, message_id)
        person = session.scalars(select(User).where(User.name == wanted.name)).first()
        if wanted.name is not None and person is None:
            raise BadInput("This person cannot decide on this message; choose somebody else.")
        assign(session, message, person)
        session.expire(message)
        return MessageOut.model_validate(session.get_one(Message, message_id))


@router.post("/{message_id}/checks", responses=CHANGES)
def check_text(desk: AtDesk, caller: Editing, message_id: Id, wanted: CheckIn) -> CheckOut:
    """What all gates and scores say of a text for a slot; nothing is saved."""
    with desk.reads() as session:
        found = grounds(session, desk, message_of(session, caller.user, message_id))
    if wanted.slot not in found:
        raise BadInput(f"message {message_id} has no slot {wanted.slot}; it has {', '.join(found)}.")
    (judged,) = edits(desk, found, {wanted.slot: tidy(wanted.text)}, {})
    return CheckOut.model_validate(judged)
