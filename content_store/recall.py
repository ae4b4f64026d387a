"""Recall: withdrawing a block version stops every text that stands on it, and says who has seen one.

What is queued is stopped by the same commit, since nothing goes out whose message is not approved (`publishable`); the
rows of the ledger follow in portions (`suppress`), so that a million of them hold nobody up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, and_, case, delete, func, literal, select, true, update
from sqlalchemy.orm import Session

from content_store import chain, library
from content_store.approval_rules import DECIDING
from content_store.database import Sessions
from content_store.decisions import rows_changed
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

#: Publications written in one transaction.
_PORTION = 50_000


class Reach(NamedTuple):
    """What stands on a block version."""

    variants: int
    messages: int
    #: planned and not sent; a recall stops them
    queued: int
    #: distinct customers who may have got a message with it
    exposed_customers: int


_PLANNED = Publication.status == PublicationStatus.PLANNED

#: What is planned on a withdrawn version does not go out, whether the ledger says so yet or not.
_SHOWN = case(
    (
        and_(_PLANNED, BlockVersion.status == BlockStatus.WITHDRAWN),
        literal(PublicationStatus.SUPPRESSED, Publication.status.type),
    ),
    else_=Publication.status,
).label("status")


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
    """Withdraw a block version for good and recall its variants and messages; `suppress` then writes off what is queued."""
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


def suppress(sessions: Sessions, version_id: int) -> None:
    """Write into the ledger that what was queued on a recalled version does not go out; each portion is a transaction.

    Whatever interrupts it, it may be called again.
    """
    with sessions() as session:
        version = session.get_one(BlockVersion, version_id)
        entry = recall_of(session, version)
    if entry is None:
        return
    stopped = {
        "status": PublicationStatus.SUPPRESSED,
        "reason": f"{entry.subject} was recalled: {entry.reason}",
    }
    portion = _publications_on(version_id).with_only_columns(Publication.id).where(_PLANNED).limit(_PORTION)
    changed = _PORTION
    while changed == _PORTION:
        with sessions.begin() as session:
            result = session.execute(
                update(Publication).where(Publication.id.in_(portion)).values(stopped),
                execution_options={"synchronize_session": False},
            )
            changed = rows_changed(result)


def suppress_all(sessions: Sessions) -> None:
    """The same for every recalled version, after an interruption."""
    with sessions() as session:
        recalled = session.scalars(
            select(Decision.details["block_version_id"].as_integer()).where(Decision.action == Action.RECALL)
        ).all()
    for version_id in recalled:
        suppress(sessions, version_id)


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
    sent = _publications_on(version_id, briefs)
    queued = session.scalar(sent.with_only_columns(func.count()).where(_PLANNED))
    exposed = session.scalar(
        sent.with_only_columns(func.count(Publication.customer_id.distinct())).where(
            Publication.status.in_(EXPOSED)
        )
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
    version_id: int, briefs: Collection[str] = ()
) -> Select[int, str, str, int, str, datetime, PublicationStatus, datetime | None, str | None]:
    return (
        select(
            Publication.id,
            Publication.brief_id,
            Publication.customer_id,
            Publication.message_id,
            Publication.channel,
            Publication.occurrence,
            _SHOWN,
            Publication.sent_at,
            Publication.reason,
        )
        .join(
            MessageBlock,
            (MessageBlock.message_id == Publication.message_id)
            & (MessageBlock.content_hash == Publication.approved_hash),
        )
        .join(BlockVersion, BlockVersion.id == MessageBlock.block_version_id)
        .where(
            MessageBlock.block_version_id == version_id,
            Publication.brief_id.in_(briefs) if briefs else true(),
        )
    )


def _messages_on(version_id: int) -> Select[int]:
    """Messages in which a variant on this block version stands now."""
    return (
        select(MessageVariant.message_id)
        .join(VariantBlock, VariantBlock.variant_id == MessageVariant.variant_id)
        .where(VariantBlock.block_version_id == version_id)
        .distinct()
    )
