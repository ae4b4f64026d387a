"""What stands at the place of a message already, and whether a run leaves it as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.message_hash import SlotText, message_hash
from content_store.models import (
    Approval,
    Message,
    MessageVariant,
    ReviewStatus,
    TemplateVersion,
    Variant,
)
from content_store.standing import composed, standing
from flows.steps.refusals import REFUSED

#: What a run may put another message in the place of.
OPEN = (ReviewStatus.PENDING, ReviewStatus.EDITED, ReviewStatus.SENT_BACK)

_WAITING = (ReviewStatus.PENDING, ReviewStatus.EDITED)


class Ground(NamedTuple):
    """The block versions that a slot's text may stand on now, and those of them that it must carry."""

    may: frozenset[int]
    must: frozenset[int]


def standing_messages(session: Session, message: Message) -> Sequence[Message]:
    """The messages at the place of a new one, as they are in the database now."""
    return session.scalars(
        select(Message)
        .where(
            Message.brief_id == message.brief_id,
            Message.segment_id == message.segment_id,
            Message.channel == message.channel,
            Message.locale == message.locale,
            Message.arm == message.arm,
            Message.status.not_in([ReviewStatus.SUPERSEDED, ReviewStatus.RECALLED]),
        )
        .order_by(Message.id),
        execution_options={"populate_existing": True},
    ).all()


def stays(
    session: Session,
    other: Message,
    new: Message,
    grounds: Mapping[str, Ground],
) -> bool:
    """Whether a run leaves a message as it is and writes no other beside it.

    It does where it would write what it wrote before, whatever people made of that since, and where people edited it or
    approved it in part and what it stands on is unchanged. Refused work is to be written again.
    """
    if other.status in REFUSED:
        return False
    first = _composed_hash(session, other)
    if new.content_hash in (other.content_hash, first):
        return True
    worked_on = first != other.content_hash or _approved_in_part(session, other)
    return worked_on and _stands_unchanged(session, other, new, grounds)


def _composed_hash(session: Session, message: Message) -> str:
    """The hash that a message had when it was composed."""
    first = composed(session, [message.id])
    if not first:
        return message.content_hash
    rows = session.execute(
        select(MessageVariant.slot, MessageVariant.variant_id)
        .where(MessageVariant.message_id == message.id)
        .order_by(MessageVariant.position)
    )
    slots = {slot: first.get((message.id, slot), variant_id) for slot, variant_id in rows}
    texts = {item.id: item for item in session.scalars(select(Variant).where(Variant.id.in_(slots.values())))}
    template = session.get(TemplateVersion, message.template_version_id or 0)
    return message_hash(
        [
            SlotText(slot, texts[number].text, texts[number].block_version_ids)
            for slot, number in slots.items()
        ],
        template.content_hash if template else None,
        message.personal_fields,
        message.ai_notice,
    )


def _approved_in_part(session: Session, message: Message) -> bool:
    given = select(Approval.role).where(Approval.message_id == message.id).limit(1)
    return message.status in _WAITING and session.scalar(given) is not None


def _stands_unchanged(session: Session, other: Message, new: Message, grounds: Mapping[str, Ground]) -> bool:
    """Whether all that a message stands on may still be used in it, and nothing that it must say was added."""
    texts = standing(session, other)
    if (other.theme, other.template_version_id, other.personal_fields, other.ai_notice) != (
        new.theme,
        new.template_version_id,
        new.personal_fields,
        new.ai_notice,
    ) or [item.slot for item in texts] != list(grounds):
        return False
    return all(
        grounds[item.slot].must <= set(item.block_version_ids) <= grounds[item.slot].may for item in texts
    )
