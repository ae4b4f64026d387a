"""The report of a recall: a line for every text, message and publication that stands or stood on the block version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from content_store import recall
from content_store.database import Sessions
from content_store.models import Message, MessageVariant, ReviewStatus, User, Variant, VariantBlock

#: Lines read in one transaction, so that a long report keeps nobody from deciding.
CHUNK = 5000

#: Texts and messages listed on the page; the table has all.
MOST_LISTED = 50


class Kind(StrEnum):
    """What a line tells of."""

    VARIANT = "variant"
    MESSAGE = "message"
    PUBLICATION = "publication"


class Line(NamedTuple):
    """One line of the table; what a kind does not have is empty."""

    kind: Kind
    id: int
    brief_id: str
    channel: str
    status: str
    message_id: int | None = None
    customer_id: str | None = None
    occurrence: datetime | None = None
    sent_at: datetime | None = None
    slot: str | None = None
    text: str | None = None
    reason: str | None = None


def lines(sessions: Sessions, version_id: int, user: User, chunk: int = CHUNK) -> Iterator[Line]:
    """All that the user's team has on the version: texts, then messages, then publications, each by id."""
    for kind in Kind:
        after = 0
        while True:
            with sessions() as session:
                found = lines_of(session, kind, version_id, user, after, chunk)
            yield from found
            if len(found) < chunk:
                break
            after = found[-1].id


def lines_of(session: Session, kind: Kind, version_id: int, user: User, after: int, most: int) -> list[Line]:
    """So many lines of one kind, by id from `after` on."""
    find = {Kind.VARIANT: _texts, Kind.MESSAGE: _messages, Kind.PUBLICATION: _publications}[kind]
    return find(session, version_id, user, after, most)


def newest_texts(session: Session, version_id: int, user: User) -> Sequence[Variant]:
    """The newest texts of the user's team that stand on a version."""
    query = _variants_on(version_id, user).order_by(Variant.id.desc()).limit(MOST_LISTED)
    return session.scalars(query).all()


def newest_messages(session: Session, version_id: int, user: User) -> Sequence[Message]:
    """The newest messages of the user's team that stand on a version."""
    query = _messages_on(version_id, user).order_by(Message.id.desc()).limit(MOST_LISTED)
    return session.scalars(query).all()


def _texts(session: Session, version_id: int, user: User, after: int, most: int) -> list[Line]:
    query = _variants_on(version_id, user).where(Variant.id > after).order_by(Variant.id).limit(most)
    return [
        Line(Kind.VARIANT, item.id, item.brief_id, item.channel, item.status, slot=item.slot, text=item.text)
        for item in session.scalars(query)
    ]


def _messages(session: Session, version_id: int, user: User, after: int, most: int) -> list[Line]:
    query = _messages_on(version_id, user).where(Message.id > after).order_by(Message.id).limit(most)
    return [
        Line(Kind.MESSAGE, item.id, item.brief_id, item.channel, item.status, item.id)
        for item in session.scalars(query)
    ]


def _publications(session: Session, version_id: int, user: User, after: int, most: int) -> list[Line]:
    return [
        Line(
            Kind.PUBLICATION,
            item.publication_id,
            item.brief_id,
            item.channel,
            item.status,
            item.message_id,
            item.customer_id,
            item.occurrence,
            item.sent_at,
            reason=item.reason,
        )
        for item in recall.exposures(session, version_id, briefs=user.briefs, after=after, most=most)
    ]


def _variants_on(version_id: int, user: User) -> Select[Variant]:
    inside = select(VariantBlock.variant_id).where(VariantBlock.block_version_id == version_id)
    query = select(Variant).where(Variant.id.in_(inside))
    return query.where(Variant.brief_id.in_(user.briefs)) if user.briefs else query


def _messages_on(version_id: int, user: User) -> Select[Message]:
    inside = (
        select(MessageVariant.message_id)
        .join(VariantBlock, VariantBlock.variant_id == MessageVariant.variant_id)
        .where(VariantBlock.block_version_id == version_id)
    )
    query = select(Message).where(Message.id.in_(inside), Message.status != ReviewStatus.SUPERSEDED)
    return query.where(Message.brief_id.in_(user.briefs)) if user.briefs else query
