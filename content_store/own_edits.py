"""Messages that hold a person's own words, as a condition of a query: nobody approves these themselves."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, select

from content_store.models import Action, Decision, Message, MessageVariant, Variant


def holds_words_of(name: str) -> ColumnElement[bool]:
    """Messages in whose texts a person had a hand; the same that `standing.editors` says of one message."""
    texts = (
        select(Variant.edited_by, Variant.edited_from_id)
        .join(MessageVariant, MessageVariant.variant_id == Variant.id)
        .where(MessageVariant.message_id == Message.id)
        .correlate(Message)
        .cte("texts", recursive=True, nesting=True)
    )
    texts = texts.union_all(
        select(Variant.edited_by, Variant.edited_from_id).join(texts, Variant.id == texts.c.edited_from_id)
    )
    standing = select(MessageVariant.variant_id).where(MessageVariant.message_id == Message.id)
    put_there = exists().where(
        Decision.message_id == Message.id,
        Decision.by == name,
        Decision.action == Action.EDIT,
        Decision.details["to_variant"].as_integer().in_(standing.correlate(Message)),
    )
    return or_(put_there, select(texts.c.edited_by).where(texts.c.edited_by == name).exists())
