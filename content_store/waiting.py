"""Whom messages wait for, brought in line with the brand's rules after somebody changed them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from content_store import chain
from content_store.approval_rules import needed_roles
from content_store.brand_folder.brand import ApprovalRule
from content_store.decisions import rows_changed
from content_store.models import (
    Approval,
    BlockVersion,
    Message,
    MessageVariant,
    ReviewStatus,
    VariantBlock,
)

_WAITING = (ReviewStatus.PENDING, ReviewStatus.EDITED)


def refresh_waiting(session: Session, rules: Sequence[ApprovalRule]) -> int:
    """Write anew whom each waiting message waits for; gives how many changed.

    A decision asks the rules itself, whatever stands here; this is what the queue's filters read.
    """
    chain.lock(session)
    slots: dict[int, set[str]] = defaultdict(set)
    themes: dict[int, set[str]] = defaultdict(set)
    given: dict[int, set[str]] = defaultdict(set)
    of_versions = dict(session.execute(select(BlockVersion.id, BlockVersion.themes)).all())
    waiting = select(Message.id).where(Message.status.in_(_WAITING))
    standing = (
        select(MessageVariant.message_id, MessageVariant.slot, VariantBlock.block_version_id)
        .outerjoin(VariantBlock, VariantBlock.variant_id == MessageVariant.variant_id)
        .where(MessageVariant.message_id.in_(waiting))
    )
    for message_id, slot, version_id in session.execute(standing):
        slots[message_id].add(slot)
        themes[message_id].update(of_versions.get(version_id, ()))
    approvals = select(Approval.message_id, Approval.role).where(Approval.message_id.in_(waiting))
    for message_id, role in session.execute(approvals):
        given[message_id].add(role)
    rows = session.execute(
        select(Message.id, Message.channel, Message.theme, Message.waiting_for).where(
            Message.status.in_(_WAITING)
        )
    ).all()
    changed = 0
    for message_id, channel, theme, before in rows:
        needed = needed_roles(rules, channel, slots[message_id], themes[message_id] | {theme})
        now = " ".join(role for role in needed if role not in given[message_id])
        if now != before:
            theirs = update(Message).where(
                Message.id == message_id, Message.status.in_(_WAITING), Message.waiting_for == before
            )
            changed += rows_changed(session.execute(theirs.values(waiting_for=now)))
    return changed
