"""Whose words stand in a message: nobody approves their own, and a queue leaves them out."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from content_store.models import Action, Decision, Message, MessageVariant, Variant

#: What two variants share that say the same in one place; the blocks they stand on may differ.
_SAME_WORDS = ("brief_id", "segment_id", "channel", "locale", "slot", "theme", "text")


def had_a_hand_in(session: Session, name: str, message: Message) -> bool:
    """Whether a person's own words stand in a message."""
    return bool(
        session.scalar(select(holds_words_of(name)).select_from(Message).where(Message.id == message.id))
    )


@lru_cache(maxsize=256)
def holds_words_of(name: str) -> ColumnElement[bool]:
    """Messages in whose texts a person had a hand, as a condition of a query.

    That is who wrote these words for this place, on whichever blocks, who wrote the texts they were written from, and
    whoever put them there by an edit: the same words may have been written by another person before. Kept for each
    name, since to put the condition together takes longer than to ask it.
    """
    twin = aliased(Variant)
    words = (
        select(twin.id, twin.edited_by, twin.edited_from_id)
        .join(Variant, and_(*(getattr(twin, field) == getattr(Variant, field) for field in _SAME_WORDS)))
        .join(MessageVariant, MessageVariant.variant_id == Variant.id)
        .where(MessageVariant.message_id == Message.id)
        .correlate(Message)
    )
    texts = words.cte("texts", recursive=True, nesting=True)
    texts = texts.union_all(
        select(Variant.id, Variant.edited_by, Variant.edited_from_id).join(
            texts, Variant.id == texts.c.edited_from_id
        )
    )
    same = words.subquery()
    put_there = exists().where(
        Decision.message_id == Message.id,
        Decision.by == name,
        Decision.action == Action.EDIT,
        Decision.details["to_variant"].as_integer().in_(select(same.c.id)),
    )
    return or_(put_there, select(texts.c.id).where(texts.c.edited_by == name).exists())
