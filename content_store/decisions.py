"""Decisions on messages: who may take them, on which exact bytes, and conditional changes that let one person win."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CursorResult, delete, select, update
from sqlalchemy.orm import Session

from content_store import chain
from content_store.approval_rules import DECIDING, needed_roles
from content_store.brand_folder.brand import ApprovalRule
from content_store.errors import BadInput, NotAllowed, StaleState
from content_store.grounds import standing_grounds
from content_store.message_hash import stored_message_hash
from content_store.models import (
    REVIEW_CHANGES,
    Action,
    Approval,
    BlockStatus,
    BlockVersion,
    Decision,
    Message,
    MessageVariant,
    ReviewStatus,
    User,
    Variant,
)
from content_store.own_edits import had_a_hand_in
from content_store.standing import standing, versions_of
from content_store.taking_back import (
    REFUSALS,
    can_be_reopened,
    check_approving,
    check_taking_back,
)

_VERBS = {
    Action.APPROVE: "approve",
    Action.REJECT: "reject",
    Action.SEND_BACK: "send back",
    Action.REOPEN: "reopen",
}


class Seen(NamedTuple):
    """A message and the hash of what its reviewer saw of it."""

    message_id: int
    content_hash: str


def decide(
    session: Session,
    seen: Seen,
    action: Action,
    *,
    by: User,
    at: datetime,
    day: date,
    rules: Sequence[ApprovalRule],
    reason: str | None = None,
) -> Decision:
    """Record one decision about the exact bytes that were seen.

    `at` is when it is written down, `day` the brand's day, on which the blocks must be valid.
    A message is approved when every role that the brand's rules ask for has approved the same hash. Status and hash
    are checked in the update itself, so of two people one wins and the other gets StaleState. NotAllowed for a role
    that decides nothing here, and for an approval of one's own edit.
    """
    if action not in _VERBS:
        raise BadInput(f"{action.value} is no plain decision; edit() and swap() change a message's text.")
    if action in REFUSALS and not (reason or "").strip():
        raise BadInput(f"to {_VERBS[action]} a message needs a reason; say in a few words what is wrong.")
    chain.lock(session)
    message = read_message(session, seen.message_id, by)
    if not by.holds(*DECIDING) and action is not Action.APPROVE:
        raise NotAllowed(f"{by.name} may not {_VERBS[action]} messages; a reviewer or legal may.")
    if action is Action.APPROVE:
        return _approve(session, message, seen.content_hash, by, at, day, rules, reason)
    if action is Action.REOPEN and not can_be_reopened(session, message):
        raise StaleState(
            f"message {message.id} is {message.status.value}; there is no decision to take back."
        )
    if action is Action.REOPEN:
        check_taking_back(session, message, by, reason)
    waiting = needed_for(session, message, rules) if action is Action.REOPEN else []
    details = standing_grounds(session, message) if action in REFUSALS else {}
    return change(session, message, action, seen.content_hash, waiting, by.name, at, reason, details=details)


def decide_together(
    session: Session,
    seen: Sequence[Seen],
    action: Action,
    *,
    by: User,
    at: datetime,
    day: date,
    rules: Sequence[ApprovalRule],
    reason: str | None = None,
) -> list[Decision]:
    """One decision on each of several messages, or on none: the first that fails raises, and the caller rolls back."""
    return [decide(session, item, action, by=by, at=at, day=day, rules=rules, reason=reason) for item in seen]


def read_message(session: Session, message_id: int, by: User) -> Message:
    """The message as it stands in the database now; another team's is not there."""
    message = session.get(Message, message_id, populate_existing=True)
    if message is None or not by.sees(message.brief_id):
        raise BadInput(f"there is no message {message_id}; `surmesure messages list` shows those there are.")
    return message


def change(
    session: Session,
    message: Message,
    action: Action,
    seen_hash: str,
    waiting: Sequence[str],
    by: str,
    at: datetime,
    reason: str | None = None,
    *,
    values: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> Decision:
    """Move a message along REVIEW_CHANGES if it still is what was seen; approvals of what it was are gone."""
    session.execute(delete(Approval).where(Approval.message_id == message.id))
    _, after = REVIEW_CHANGES[action]
    new = {"status": after, "approved_hash": None, "waiting_for": " ".join(waiting)} | (values or {})
    return _update(session, message, action, seen_hash, new, by, at, reason, details or {})


def needed_for(session: Session, message: Message, rules: Sequence[ApprovalRule]) -> list[str]:
    """The roles whose approval the brand's rules ask for: by channel, slots, and the themes of the blocks used."""
    if not any(rule.slot or rule.theme for rule in rules):
        return needed_roles(rules, message.channel, (), ())
    used = standing(session, message)
    themes = {message.theme, *(item.theme for item in used)}
    for found in session.scalars(select(BlockVersion.themes).where(BlockVersion.id.in_(versions_of(used)))):
        themes.update(found)
    return needed_roles(rules, message.channel, {item.slot for item in used}, themes)


def _approve(
    session: Session,
    message: Message,
    seen_hash: str,
    by: User,
    at: datetime,
    day: date,
    rules: Sequence[ApprovalRule],
    reason: str | None,
) -> Decision:
    if message.status not in REVIEW_CHANGES[Action.APPROVE][0]:
        raise StaleState(
            f"message {message.id} is {message.status.value}; it cannot be approved as you saw it."
        )
    if stored_message_hash(session, message) != seen_hash:
        raise StaleState(f"message {message.id} has changed since it was shown; look at it again.")
    if problem := unusable_block(session, message, day):
        raise BadInput(f"message {message.id} stands on {problem}; reject it or swap the text.")
    if had_a_hand_in(session, by.name, message):
        raise NotAllowed(f"you wrote a text of message {message.id}; somebody else must approve it.")
    check_approving(session, message, by)
    given = [item.role for item in _approvals(session, message.id) if item.content_hash == seen_hash]
    missing = [role for role in needed_for(session, message, rules) if role not in given]
    counted = [role for role in missing if role in by.roles]
    if not counted and any(role in by.roles for role in given):
        raise StaleState(
            f"message {message.id} is approved as {', '.join(given)}; it waits for {' and '.join(missing)}."
        )
    if not counted:
        raise NotAllowed(
            f"message {message.id} waits for {' and '.join(missing)}; {by.name} is {', '.join(by.roles) or 'no role'}."
        )
    left = [role for role in missing if role not in counted]
    details = {"roles": counted, "waiting_for": left, **standing_grounds(session, message)}
    new: dict[str, Any] = {"waiting_for": " ".join(left)}
    if not left:
        new |= {"status": ReviewStatus.APPROVED, "approved_hash": seen_hash}
    decision = _update(session, message, Action.APPROVE, seen_hash, new, by.name, at, reason, details)
    session.add_all(
        Approval(message_id=message.id, role=role, by=by.name, content_hash=seen_hash, at=at)
        for role in counted
    )
    session.flush()
    return decision


def _update(
    session: Session,
    message: Message,
    action: Action,
    seen_hash: str,
    values: dict[str, Any],
    by: str,
    at: datetime,
    reason: str | None,
    details: dict[str, Any],
) -> Decision:
    allowed, _ = REVIEW_CHANGES[action]
    before = message.status
    unchanged: list[ColumnElement[bool]] = [
        Message.id == message.id,
        Message.content_hash == seen_hash,
        Message.status == before,
        Message.status.in_(allowed),
    ]
    if action is not Action.SWAP:
        # Whoever decided or wrote is done with it; who swapped a text still looks at it.
        values = values | {"claimed_by_id": None, "claimed_until": None}
    result = session.execute(update(Message).where(*unchanged).values(**values))
    if rows_changed(result) != 1:
        now = before.value.replace("_", " ")
        problem = f"is {now}" if before not in allowed else "has changed since you saw it"
        raise StaleState(f"message {message.id} {problem}; look at it again.")
    session.refresh(message)
    if message.status is not before:
        _follow(session, message.id, message.status)
    return chain.append(
        session,
        subject=f"message {message.id}",
        action=action,
        by=by,
        at=at,
        message_id=message.id,
        from_status=before,
        to_status=message.status,
        content_hash=message.content_hash,
        reason=reason,
        details=details,
    )


def rows_changed(result: Any) -> int:
    """How many rows an update touched."""
    assert isinstance(result, CursorResult)
    return result.rowcount


def _follow(session: Session, message_id: int, status: ReviewStatus) -> None:
    """The variants of a message stand where it stands."""
    inside = select(MessageVariant.variant_id).where(MessageVariant.message_id == message_id)
    session.execute(
        update(Variant)
        .where(Variant.id.in_(inside), Variant.status != ReviewStatus.RECALLED)
        .values(status=status),
        execution_options={"synchronize_session": False},
    )


def _approvals(session: Session, message_id: int) -> list[Approval]:
    return list(session.scalars(select(Approval).where(Approval.message_id == message_id)))


def unusable_block(session: Session, message: Message, day: date) -> str | None:
    """The first block version of a message that may not be used on this day, in words."""
    ids = versions_of(standing(session, message))
    for version in session.scalars(
        select(BlockVersion).where(BlockVersion.id.in_(ids)).order_by(BlockVersion.id)
    ):
        name = f"{version.block_id} version {version.number}"
        if version.status is BlockStatus.WITHDRAWN:
            return f"{name}, which was withdrawn"
        if version.status is not BlockStatus.APPROVED:
            return f"{name}, which is {version.status.value}"
        if not version.valid_on(day):
            return f"{name}, which is not valid on {day.isoformat()}"
    return None
