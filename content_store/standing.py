"""What stands in a message: its texts, and the block versions under each hash that it has had."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.models import (
    Action,
    BlockVersion,
    Decision,
    Message,
    MessageBlock,
    MessageVariant,
    Variant,
)


class Standing(NamedTuple):
    """The text in one slot of a message."""

    variant_id: int
    slot: str
    theme: str
    block_version_ids: list[int]


def standing(session: Session, message: Message) -> list[Standing]:
    """What is known of the text in each slot, in the order of the slots."""
    rows = session.execute(
        select(
            Variant.id,
            Variant.slot,
            Variant.theme,
            Variant.block_version_ids,
        )
        .join(MessageVariant, MessageVariant.variant_id == Variant.id)
        .where(MessageVariant.message_id == message.id)
        .order_by(MessageVariant.position)
    )
    return [Standing(*row) for row in rows]


def versions_of(texts: list[Standing]) -> list[int]:
    """Every block version that they stand on, by id."""
    return sorted({version for item in texts for version in item.block_version_ids})


def composed(session: Session, message_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """(message, slot) -> the variant that a run put there; only where somebody has edited or swapped it since."""
    changes = session.execute(
        select(Decision.message_id, Decision.details)
        .where(Decision.message_id.in_(message_ids), Decision.action.in_([Action.EDIT, Action.SWAP]))
        .order_by(Decision.id)
    )
    first: dict[tuple[int, str], int] = {}
    for message_id, details in changes:
        assert message_id is not None
        first.setdefault((message_id, details["slot"]), details["from_variant"])
    return first


def note_blocks(session: Session, message: Message) -> None:
    """Remember what the message stands on under the hash that it has now."""
    known = set(
        session.scalars(
            select(MessageBlock.block_version_id).where(
                MessageBlock.message_id == message.id, MessageBlock.content_hash == message.content_hash
            )
        )
    )
    versions = session.scalars(
        select(BlockVersion.id).where(BlockVersion.id.in_(versions_of(standing(session, message))))
    )
    session.add_all(
        MessageBlock(message_id=message.id, content_hash=message.content_hash, block_version_id=version)
        for version in versions
        if version not in known
    )
