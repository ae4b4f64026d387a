"""Recall: withdrawing a block version stops every text that stands on it, and says who has seen one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from content_store import chain, library
from content_store.approval_rules import DECIDING
from content_store.errors import BadInput, NotAllowed
from content_store.models import (
    Action,
    Approval,
    BlockStatus,
    BlockVersion,
    Decision,
    Message,
    MessageVariant,
    Publication,
    PublicationStatus,
    ReviewStatus,
    User,
    Variant,
    VariantBlock,
)

#: A customer may have got it: taken by the channel, on its way, or with the answer lost.
EXPOSED = (PublicationStatus.ACCEPTED, PublicationStatus.INTENT, PublicationStatus.UNKNOWN)


class Reach(NamedTuple):
    """What stands on a block version."""

    variants: int
    messages: int
    #: planned and not sent; they go out no more once their message is recalled
    queued: int
    #: distinct customers who may have got a message with it
    exposed_customers: int


class Exposure(NamedTuple):
    """One publication of a recalled message."""

    publication_id: int
    customer_id: str
    message_id: int
    channel: str
    occurrence: datetime
    status: PublicationStatus
    sent_at: datetime | None


def recall(
    session: Session, version_id: int, *, by: User, at: datetime, reason: str
) -> tuple[Decision, Reach]:
    """Withdraw a block version for good, and recall its variants and messages with it.

    Queued publications need no change of their own: none starts unless its message is approved under the hash that it
    was planned with. So the time this takes grows with the messages, not with the customers.
    """
    if not by.holds(*DECIDING):
        raise NotAllowed(f"{by.name} may not recall blocks; a reviewer or legal may.")
    if not reason.strip():
        raise BadInput("a recall needs a reason; say in a few words why the block is withdrawn.")
    chain.lock(session)
    version = session.get(BlockVersion, version_id, populate_existing=True)
    if version is None:
        raise BadInput(f"there is no block version {version_id}.")
    found = reach(session, version_id)
    library.change_status(session, version_id, BlockStatus.WITHDRAWN)
    variants = select(VariantBlock.variant_id).where(VariantBlock.block_version_id == version_id)
    messages = _messages_on(version_id)
    quiet = {"synchronize_session": False}
    session.execute(
        update(Variant).where(Variant.id.in_(variants)).values(status=ReviewStatus.RECALLED),
        execution_options=quiet,
    )
    session.execute(delete(Approval).where(Approval.message_id.in_(messages)), execution_options=quiet)
    session.execute(
        update(Message)
        .where(Message.id.in_(messages), Message.status != ReviewStatus.SUPERSEDED)
        .values(status=ReviewStatus.RECALLED, approved_hash=None, waiting_for=""),
        execution_options=quiet,
    )
    session.expire_all()
    decision = chain.append(
        session,
        subject=f"block {version.block_id} version {version.number}",
        action=Action.RECALL,
        by=by.name,
        at=at,
        content_hash=version.content_hash,
        reason=reason.strip(),
        details={"block_version_id": version_id, **found._asdict()},
    )
    return decision, found


def reach(session: Session, version_id: int) -> Reach:
    """How far a block version has spread; what a person reads before recalling it."""
    messages = _messages_on(version_id)
    variants = session.scalar(
        select(func.count()).select_from(VariantBlock).where(VariantBlock.block_version_id == version_id)
    )
    standing = session.scalar(
        select(func.count())
        .select_from(Message)
        .where(Message.id.in_(messages), Message.status != ReviewStatus.SUPERSEDED)
    )
    queued = session.scalar(
        select(func.count())
        .select_from(Publication)
        .where(Publication.message_id.in_(messages), Publication.status == PublicationStatus.PLANNED)
    )
    exposed = session.scalar(
        select(func.count(Publication.customer_id.distinct())).where(
            Publication.message_id.in_(messages), Publication.status.in_(EXPOSED)
        )
    )
    return Reach(variants or 0, standing or 0, queued or 0, exposed or 0)


def exposures(session: Session, version_id: int) -> Iterator[Exposure]:
    """Every publication of a message that stands on a block version, in the order they were planned; streamed."""
    query = (
        select(
            Publication.id,
            Publication.customer_id,
            Publication.message_id,
            Publication.channel,
            Publication.occurrence,
            Publication.status,
            Publication.sent_at,
        )
        .where(Publication.message_id.in_(_messages_on(version_id)))
        .order_by(Publication.id)
        .execution_options(yield_per=5000)
    )
    for row in session.execute(query):
        yield Exposure(*row)


def _messages_on(version_id: int) -> Select[int]:
    """Messages in which a variant on this block version stands."""
    return (
        select(MessageVariant.message_id)
        .join(VariantBlock, VariantBlock.variant_id == MessageVariant.variant_id)
        .where(VariantBlock.block_version_id == version_id)
        .distinct()
    )
