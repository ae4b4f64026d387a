"""Recall: withdrawing a block version stops every text that stands on it, and says who has seen one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, func, select, true, tuple_, update
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
    #: planned and not sent; a recall suppresses them
    queued: int
    #: distinct customers who may have got a message with it
    exposed_customers: int


class Exposure(NamedTuple):
    """One publication of a recalled message."""

    publication_id: int
    brief_id: str
    customer_id: str
    message_id: int
    channel: str
    occurrence: datetime
    status: PublicationStatus
    sent_at: datetime | None
    reason: str | None


def recall(
    session: Session, version_id: int, *, by: User, at: datetime, reason: str
) -> tuple[Decision, Reach]:
    """Withdraw a block version for good, and with it recall its variants and messages and suppress what is queued."""
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
    if version.status is not BlockStatus.WITHDRAWN or recall_of(session, version) is not None:
        # A version that its file withdrew is not changed any more, but what stands on it is still to be stopped.
        library.change_status(session, version_id, BlockStatus.WITHDRAWN)
    variants = select(VariantBlock.variant_id).where(VariantBlock.block_version_id == version_id)
    messages = _messages_on(version_id)
    quiet = {"synchronize_session": False}
    suppressed = {
        "status": PublicationStatus.SUPPRESSED,
        "reason": f"{subject} was recalled: {reason.strip()}",
    }
    for queued in _queued_on(version_id):
        session.execute(update(Publication).where(queued).values(suppressed), execution_options=quiet)
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


def withdrawn(session: Session, version_ids: Collection[int]) -> set[int]:
    """Those of the block versions that were withdrawn; whoever holds the log (`chain.lock`) knows that no other will be.

    For whoever stores new texts: what they commit before they let go of the log, the recall that waits finds and stops.
    """
    query = select(BlockVersion.id).where(
        BlockVersion.id.in_(version_ids), BlockVersion.status == BlockStatus.WITHDRAWN
    )
    return set(session.scalars(query))


def recall_of(session: Session, version: BlockVersion) -> Decision | None:
    """The entry of the log that tells of the version's recall."""
    subject = f"block {version.block_id} version {version.number}"
    query = select(Decision).where(Decision.subject == subject, Decision.action == Action.RECALL)
    return session.scalars(query.order_by(Decision.id.desc()).limit(1)).first()


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
    own_publication = Publication.brief_id.in_(briefs) if briefs else true()
    queued = sum(
        session.scalar(select(func.count()).select_from(Publication).where(condition, own_publication)) or 0
        for condition in _queued_on(version_id)
    )
    exposed = session.scalar(
        select(func.count(sent.c.customer_id.distinct())).where(sent.c.status.in_(EXPOSED))
    )
    return Reach(variants or 0, messages or 0, queued, exposed or 0)


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
) -> Select[int, str, str, int, str, datetime, PublicationStatus, datetime | None, str | None]:
    return (
        select(
            Publication.id,
            Publication.brief_id,
            Publication.customer_id,
            Publication.message_id,
            Publication.channel,
            Publication.occurrence,
            Publication.status,
            Publication.sent_at,
            Publication.reason,
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


def _queued_on(version_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Planned publications of messages that stand on the version now; and of those that only stood on it when planned.

    Two conditions, none of which holds where the other does: joined by OR they would use no index.
    """
    now = _messages_on(version_id)
    then = select(MessageBlock.message_id, MessageBlock.content_hash).where(
        MessageBlock.block_version_id == version_id, MessageBlock.message_id.not_in(now)
    )
    planned = Publication.status == PublicationStatus.PLANNED
    return (
        and_(planned, Publication.message_id.in_(now)),
        and_(planned, tuple_(Publication.message_id, Publication.approved_hash).in_(then)),
    )


def _messages_on(version_id: int) -> Select[int]:
    """Messages in which a variant on this block version stands now."""
    return (
        select(MessageVariant.message_id)
        .join(VariantBlock, VariantBlock.variant_id == MessageVariant.variant_id)
        .where(VariantBlock.block_version_id == version_id)
        .distinct()
    )
