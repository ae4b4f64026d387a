"""Taking a decision back: whose may be, by whom, and that no refusal is passed by bringing the same bytes back."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.approval_rules import DECIDING
from content_store.errors import BadInput, NotAllowed
from content_store.models import REVIEW_CHANGES, Action, Approval, Decision, Message, ReviewStatus, Role, User

REFUSALS = (Action.REJECT, Action.SEND_BACK)

#: A change of text takes the decision back; what was sent back is to be changed, and what waits is not decided yet.
CLOSED = (ReviewStatus.APPROVED, ReviewStatus.REJECTED)


class Refused(NamedTuple):
    """Who refused a text, and the roles by which they did."""

    by: str
    roles: list[str]


def can_be_reopened(session: Session, message: Message) -> bool:
    """Whether there is a decision to take back; while it waits an approval, or a refusal of the same bytes."""
    if message.status not in (ReviewStatus.PENDING, ReviewStatus.EDITED):
        return message.status in REVIEW_CHANGES[Action.REOPEN][0]
    given = session.scalars(select(Approval.role).where(Approval.message_id == message.id)).first()
    return given is not None or any(entry.action in REFUSALS for entry in _decisions(session, message))


def others_decision(session: Session, message: Message, by: User) -> Decision | None:
    """What somebody else decided on the bytes that stand there, which to take back needs a reason."""
    return next((entry for entry in _decisions(session, message) if entry.by != by.name), None)


def refusal_over(session: Session, message: Message, by: User) -> Refused | None:
    """A refusal of the bytes that stand there by roles of which the user holds none."""
    for entry in _decisions(session, message):
        roles = _deciding_roles(session, entry.by)
        if entry.action in REFUSALS and roles and not by.holds(*roles):
            return Refused(entry.by, sorted(roles))
    return None


def check_taking_back(session: Session, message: Message, by: User, reason: str | None) -> None:
    """Another person's decision is taken back only with a reason, and their refusal only by one of their roles."""
    other = others_decision(session, message, by)
    if other is not None and not (reason or "").strip():
        raise BadInput(f"{other.by} decided on message {message.id}; to take that back needs a reason.")
    if refused := refusal_over(session, message, by):
        roles = " and ".join(refused.roles)
        raise NotAllowed(f"{refused.by} refused message {message.id} as {roles}; ask them.")


def check_approving(session: Session, message: Message, by: User) -> None:
    """Bytes that somebody refused, and that stand there again, are approved by one of their roles only."""
    if refused := refusal_over(session, message, by):
        roles = " and ".join(refused.roles)
        raise NotAllowed(
            f"{refused.by} refused this very text of message {message.id} as {roles}; they may reopen it."
        )


def _decisions(session: Session, message: Message) -> list[Decision]:
    """The decisions on the bytes that stand there which hold, the oldest first.

    Each takes the place of those before it, but for refusals by roles that its author lacks.
    """
    found: list[Decision] = []
    entries = session.scalars(
        select(Decision)
        .where(
            Decision.message_id == message.id,
            Decision.content_hash == message.content_hash,
            Decision.action.in_((Action.APPROVE, *REFUSALS, Action.REOPEN)),
        )
        .order_by(Decision.id)
    )
    for entry in entries:
        theirs = _deciding_roles(session, entry.by) if found else set()
        found = [
            item
            for item in found
            if item.action in REFUSALS and not theirs & _deciding_roles(session, item.by)
        ]
        if entry.action is not Action.REOPEN:
            found.append(entry)
    return found


def _deciding_roles(session: Session, name: str) -> set[Role]:
    """The roles by which a user decides."""
    user = session.scalars(select(User).where(User.name == name)).first()
    return {role for role in DECIDING if user is not None and user.holds(role)}
