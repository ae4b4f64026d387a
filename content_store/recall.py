"""Recall: withdrawing a block version stops every text that stands on it, and says who has seen one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, delete, func, select, true, update
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
    MessageBlock,
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
    if by.briefs:
        raise NotAllowed(
            f"{by.name} sees some briefs only, and a recall reaches all; ask somebody who sees them all."
        )
    if not reason.strip():
        raise BadInput("a recall needs a reason; say in a few words why the block is withdrawn.")
    chain.lock(session)
    version = session.get(BlockVersion, version_id, populate_existing=True)
    if version is None:
        raise BadInput(f"there is no block version {version_id}.")
    found = reach(session, version_id)
    subject = f"block {version.block_id} version {version.number}"
    if version.status is not BlockStatus.WITHDRAWN or _was_recalled(session, subject):
        # A version that its file withdrew is not changed any more, but what stands on it is still to be stopped.
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
        subject=subject,
        action=Action.RECALL,
        by=by.name,
        at=at,
        content_hash=version.content_hash,
        reason=reason.strip(),
        details={"block_version_id": version_id, **found._asdict()},
    )
    return decision, found


def reach(session: Session, version_id: int, briefs: Collection[str] = ()) -> Reach:
    """How far a block version has spread, in these briefs or in all; what a person reads before recalling it."""
    own = Message.brief_id.in_(briefs) if briefs else true()
    variants = session.scalar(
        select(func.count())
        .select_from(VariantBlock)
        .join(Variant, Variant.id == VariantBlock.variant_id)
        .where(
            VariantBlock.block_version_id == version_id,
            Variant.brief_id.in_(briefs) if briefs else true(),
        )
    )
    messages = session.scalar(
        select(func.count())
        .select_from(Message)
        .where(Message.id.in_(_messages_on(version_id)), Message.status != ReviewStatus.SUPERSEDED, own)
    )
    sent = _publications_on(version_id, briefs).subquery()
    queued = session.scalar(
        select(func.count()).select_from(sent).where(sent.c.status == PublicationStatus.PLANNED)
    )
    exposed = session.scalar(
        select(func.count(sent.c.customer_id.distinct())).where(sent.c.status.in_(EXPOSED))
    )
    return Reach(variants or 0, messages or 0, queued or 0, exposed or 0)


def exposures(
    session: Session,
    version_id: int,
    *,
    briefs: Collection[str] = (),
    after: int = 0,
    most: int | None = None,
) -> Iterator[Exposure]:
    """Publications of messages that stood on a block version when they were planned, by id from `after` on; streamed.

    A message may stand on other blocks today: what counts is the hash that the publication was planned with.
    """
    query = _publications_on(version_id, briefs).where(Publication.id > after).order_by(Publication.id)
    for row in session.execute(query.limit(most).execution_options(yield_per=5000)):
        yield Exposure(*row)


def _publications_on(
    version_id: int, briefs: Collection[str]
) -> Select[int, str, int, str, datetime, PublicationStatus, datetime | None]:
    return (
        select(
            Publication.id,
            Publication.customer_id,
            Publication.message_id,
            Publication.channel,
            Publication.occurrence,
            Publication.status,
            Publication.sent_at,
        )
        .join(
            MessageBlock,
            (MessageBlock.message_id == Publication.message_id)
            & (MessageBlock.content_hash == Publication.approved_hash),
        )
        .where(
            MessageBlock.block_version_id == version_id,
            Publication.brief_id.in_(briefs) if briefs else true(),
        )
    )


def _was_recalled(session: Session, subject: str) -> bool:
    query = select(Decision.id).where(Decision.subject == subject, Decision.action == Action.RECALL).limit(1)
    return session.scalar(query) is not None


def _messages_on(version_id: int) -> Select[int]:
    """Messages in which a variant on this block version stands now."""
    return (
        select(MessageVariant.message_id)
        .join(VariantBlock, VariantBlock.variant_id == MessageVariant.variant_id)
        .where(VariantBlock.block_version_id == version_id)
        .distinct()
    )
