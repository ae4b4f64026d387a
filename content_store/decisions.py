"""Decisions on messages: what an approval is bound to, and conditional changes that let only one person win."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.orm import Session

from content_store.errors import BadInput, StaleState
from content_store.models import (
    REVIEW_CHANGES,
    Action,
    BlockStatus,
    BlockVersion,
    Decision,
    Message,
    MessageVariant,
    ReviewStatus,
    TemplateVersion,
    Variant,
)

_GONE = {ReviewStatus.RECALLED, ReviewStatus.SUPERSEDED}


class SlotText(NamedTuple):
    """What stands in one slot of a message."""

    slot: str
    text: str
    block_version_ids: Sequence[int]


def text_hash(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def message_hash(
    slots: Sequence[SlotText], template_hash: str | None, personal_fields: dict[str, Any]
) -> str:
    """SHA-256 of the canonical JSON of all that a reviewer approves; provenance stays outside."""
    content = {
        "slots": [[item.slot, item.text, sorted(item.block_version_ids)] for item in slots],
        "template": template_hash,
        "personal_fields": personal_fields,
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def stored_message_hash(session: Session, message: Message) -> str:
    """The hash of a message as it stands in the database now."""
    rows = session.execute(
        select(MessageVariant.slot, Variant.text, Variant.block_version_ids)
        .join(Variant, Variant.id == MessageVariant.variant_id)
        .where(MessageVariant.message_id == message.id)
        .order_by(MessageVariant.position)
    )
    template = (
        session.get(TemplateVersion, message.template_version_id) if message.template_version_id else None
    )
    return message_hash(
        [SlotText(*row) for row in rows], template.content_hash if template else None, message.personal_fields
    )


def decide(
    session: Session,
    message_id: int,
    action: Action,
    *,
    seen_hash: str,
    by: str,
    at: datetime,
    reason: str | None = None,
) -> Decision:
    """Record one decision about the exact bytes that were seen.

    The status and the hash are checked in the update itself, so of two people one wins and the other gets StaleState.
    An approval of a message whose stored texts no longer give its hash, or that stands on a withdrawn block, is refused.
    """
    message = _message(session, message_id)
    if action in {Action.REJECT, Action.SEND_BACK} and not (reason or "").strip():
        raise BadInput(
            f"to {action.value.replace('_', ' ')} a message needs a reason; say in a few words what is wrong."
        )
    if action in {Action.EDIT, Action.SWAP}:
        raise BadInput(f"{action.value} changes a message's text; call swap() with the new variant.")
    if action is Action.APPROVE and stored_message_hash(session, message) != seen_hash:
        raise StaleState(f"message {message_id} has changed since it was shown; look at it again.")
    if action is Action.APPROVE and (withdrawn := _withdrawn_block(session, message)):
        raise BadInput(
            f"message {message_id} stands on {withdrawn}, which was withdrawn; reject it or swap the text."
        )
    return _change(session, message, action, seen_hash, {}, by, at, reason)


def _withdrawn_block(session: Session, message: Message) -> str | None:
    """The first withdrawn block version that a message stands on, by name."""
    used = session.scalars(
        select(Variant.block_version_ids)
        .join(MessageVariant, MessageVariant.variant_id == Variant.id)
        .where(MessageVariant.message_id == message.id)
    )
    ids = sorted({version for group in used for version in group})
    query = select(BlockVersion).where(BlockVersion.id.in_(ids), BlockVersion.status == BlockStatus.WITHDRAWN)
    found = session.scalars(query.order_by(BlockVersion.id).limit(1)).first()
    return f"{found.block_id} version {found.number}" if found else None


def swap(
    session: Session, message_id: int, variant: Variant, *, seen_hash: str, by: str, at: datetime
) -> Decision:
    """Put another variant into its slot; the new content waits for a decision under its new hash."""
    message = _message(session, message_id)
    if _place(variant) != _place(message) or variant.status in _GONE:
        raise BadInput(
            f"variant {variant.id} cannot stand in message {message_id}; choose one of its alternatives."
        )
    # A savepoint: whoever loses against another decision leaves the slot as it was.
    with session.begin_nested():
        result = session.execute(
            update(MessageVariant)
            .where(MessageVariant.message_id == message_id, MessageVariant.slot == variant.slot)
            .values(variant_id=variant.id)
        )
        if _count(result) != 1:
            raise BadInput(
                f"message {message_id} has no slot {variant.slot}; choose a variant of one of its slots."
            )
        new_hash = stored_message_hash(session, message)
        return _change(session, message, Action.SWAP, seen_hash, {"content_hash": new_hash}, by, at, None)


def _message(session: Session, message_id: int) -> Message:
    """The message as it stands in the database now, not as this session read it before."""
    message = session.get(Message, message_id, populate_existing=True)
    if message is None:
        raise BadInput(f"there is no message {message_id}; `surmesure messages list` shows those there are.")
    return message


def _place(item: Message | Variant) -> tuple[str, int, str, str]:
    return item.brief_id, item.segment_id, item.channel, item.locale


def _change(
    session: Session,
    message: Message,
    action: Action,
    seen_hash: str,
    values: dict[str, Any],
    by: str,
    at: datetime,
    reason: str | None,
) -> Decision:
    allowed, status = REVIEW_CHANGES[action]
    before = message.status
    approved = seen_hash if action is Action.APPROVE else None
    unchanged: list[ColumnElement[bool]] = [
        Message.id == message.id,
        Message.content_hash == seen_hash,
        Message.status == before,
        Message.status.in_(allowed),
    ]
    result = session.execute(
        update(Message).where(*unchanged).values(status=status, approved_hash=approved, **values)
    )
    if _count(result) != 1:
        raise StaleState(
            f"message {message.id} is {before.value} or has changed; it cannot {action.value} as you saw it."
        )
    session.refresh(message)
    _follow(session, message.id, status)
    decision = Decision(
        message_id=message.id,
        action=action,
        from_status=before,
        to_status=status,
        content_hash=message.content_hash,
        by=by,
        at=at,
        reason=reason,
    )
    session.add(decision)
    session.flush()
    return decision


def _follow(session: Session, message_id: int, status: ReviewStatus) -> None:
    """The variants of a message stand where it stands."""
    inside = select(MessageVariant.variant_id).where(MessageVariant.message_id == message_id)
    session.execute(
        update(Variant).where(Variant.id.in_(inside)).values(status=status),
        execution_options={"synchronize_session": False},
    )


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
