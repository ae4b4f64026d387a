"""Approvals that no longer hold, because a block they stood on expired or changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import islice

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from content_store import chain
from content_store.brand_folder.brand import ApprovalRule
from content_store.decisions import change, needed_for
from content_store.models import (
    Action,
    BlockStatus,
    BlockVersion,
    Decision,
    Message,
    MessageVariant,
    ReviewStatus,
    VariantBlock,
)

#: Who the log names for what no person did.
BY_ITSELF = "surmesure"

#: Messages that lapse in one transaction.
MOST = 200


def lapse(
    session: Session, *, at: datetime, day: date, rules: Sequence[ApprovalRule], most: int = MOST
) -> list[Decision]:
    """Put approved messages that stand on a block version which may not be used on `day` back into the queue.

    At most `most` of them, so that nobody waits long for this transaction; call it again until it gives none. Whatever
    sends asks content_store.publishable, which does not wait for this.
    """
    chain.lock(session)
    found: dict[int, list[BlockVersion]] = {}
    rows = session.execute(
        select(Message.id, BlockVersion)
        .join(MessageVariant, MessageVariant.message_id == Message.id)
        .join(VariantBlock, VariantBlock.variant_id == MessageVariant.variant_id)
        .join(BlockVersion, BlockVersion.id == VariantBlock.block_version_id)
        .where(
            Message.status == ReviewStatus.APPROVED,
            or_(
                BlockVersion.status != BlockStatus.APPROVED,
                and_(BlockVersion.valid_until.is_not(None), BlockVersion.valid_until < day),
            ),
        )
        .order_by(Message.id, BlockVersion.id)
    )
    for message_id, version in rows:
        found.setdefault(message_id, []).append(version)
    return [
        _lapse(session, session.get_one(Message, message_id), versions[0], at, rules)
        for message_id, versions in islice(found.items(), most)
    ]


def _lapse(
    session: Session, message: Message, version: BlockVersion, at: datetime, rules: Sequence[ApprovalRule]
) -> Decision:
    name = f"{version.block_id} version {version.number}"
    reason = (
        f"{name} was valid until {version.valid_until.isoformat()}"
        if version.status is BlockStatus.APPROVED and version.valid_until
        else f"{name} is {version.status.value}"
    )
    waiting = needed_for(session, message, rules)
    return change(session, message, Action.LAPSE, message.content_hash, waiting, BY_ITSELF, at, reason)
