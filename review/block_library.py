"""The library as its pages show it: a line for each block, a block with its versions, and where they are used."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from content_store.models import (
    BlockStatus,
    BlockVersion,
    Decision,
    Message,
    MessageVariant,
    ReviewStatus,
    User,
    VariantBlock,
)
from review.diff import Piece, word_diff

#: Blocks on one page of the list.
ROWS = 60

#: Waits for somebody to approve it.
UNDECIDED = (BlockStatus.DRAFT, BlockStatus.HELD)


class Show(StrEnum):
    """Which blocks are listed."""

    ALL = "all"
    UNDECIDED = "undecided"  #: a version waits for somebody to approve it
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


def _blank(value: object) -> object:
    return None if value == "" else value


class Filters(BaseModel):
    """What was asked for, from the address of the page."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    show: Show = Show.ALL
    slot: Annotated[str | None, Field(max_length=200), BeforeValidator(_blank)] = None
    search: Annotated[str | None, Field(max_length=200), BeforeValidator(_blank)] = None
    #: the last block of the page before
    after: Annotated[str | None, Field(max_length=200), BeforeValidator(_blank)] = None

    def next(self, last: str) -> str:
        """The address of the page after this one."""
        return f"/blocks?{urlencode(self.model_copy(update={'after': last}).model_dump(mode='json', exclude_none=True))}"


class BlockLine(NamedTuple):
    """A block in the list, by its approved version or else its newest."""

    version: BlockVersion
    versions: int
    undecided: bool
    messages: int


class Use(NamedTuple):
    """How many messages of a brief stand on a block version, by status."""

    brief_id: str
    status: ReviewStatus
    messages: int


class VersionView(NamedTuple):
    """A version, and what changed since the one before."""

    version: BlockVersion
    changes: list[Piece] | None
    #: what the decision log tells of it, the newest first
    told: Sequence[Decision]


def block_lines(session: Session, filters: Filters, user: User) -> list[BlockLine]:
    """Blocks by id, a page of them, with the messages of the user's team counted."""
    shown = _shown(filters)
    versions = session.scalars(shown.order_by(BlockVersion.block_id).limit(ROWS)).all()
    ids = [version.block_id for version in versions]
    counts: dict[str, int] = dict(
        session.execute(
            select(BlockVersion.block_id, func.count())
            .where(BlockVersion.block_id.in_(ids))
            .group_by(BlockVersion.block_id)
        ).all()
    )
    undecided = set(
        session.scalars(
            select(BlockVersion.block_id).where(
                BlockVersion.block_id.in_(ids), BlockVersion.status.in_(UNDECIDED)
            )
        )
    )
    used = _messages_by_block(session, ids, user)
    return [
        BlockLine(
            version,
            counts[version.block_id],
            version.block_id in undecided,
            used.get(version.block_id, 0),
        )
        for version in versions
    ]


def version_views(session: Session, block_id: str) -> list[VersionView]:
    """Every version of a block, the newest first."""
    versions = session.scalars(
        select(BlockVersion).where(BlockVersion.block_id == block_id).order_by(BlockVersion.number)
    ).all()
    subjects = {f"block {block_id} version {version.number}": version.id for version in versions}
    told: dict[int, list[Decision]] = {version.id: [] for version in versions}
    entries = session.scalars(
        select(Decision).where(Decision.subject.in_(subjects)).order_by(Decision.id.desc())
    )
    for entry in entries:
        told[subjects[entry.subject]].append(entry)
    before: Sequence[BlockVersion | None] = [None, *versions]
    views = [
        VersionView(version, word_diff(old.text, version.text) if old else None, told[version.id])
        for old, version in zip(before, versions, strict=False)
    ]
    return views[::-1]


def uses(session: Session, version_ids: Sequence[int], user: User) -> dict[int, list[Use]]:
    """Block version -> the messages of the user's team that stand on it, without superseded ones."""
    rows = session.execute(
        select(
            VariantBlock.block_version_id,
            Message.brief_id,
            Message.status,
            func.count(Message.id.distinct()),
        )
        .join(MessageVariant, MessageVariant.variant_id == VariantBlock.variant_id)
        .join(Message, Message.id == MessageVariant.message_id)
        .where(VariantBlock.block_version_id.in_(version_ids), Message.status != ReviewStatus.SUPERSEDED)
        .group_by(VariantBlock.block_version_id, Message.brief_id, Message.status)
        .order_by(Message.brief_id, Message.status)
    )
    found: dict[int, list[Use]] = {}
    for version_id, brief_id, status, count in rows:
        if user.sees(brief_id):
            found.setdefault(version_id, []).append(Use(brief_id, status, count))
    return found


def slots(session: Session) -> list[str]:
    """The slots for which there are blocks."""
    return list(session.scalars(select(BlockVersion.slot).distinct().order_by(BlockVersion.slot)))


def _shown(filters: Filters) -> Select[BlockVersion]:
    """The version by which each block is shown."""
    every = aliased(BlockVersion)
    approved = func.max(case((every.status == BlockStatus.APPROVED, every.id)))
    chosen = select(func.coalesce(approved, func.max(every.id))).group_by(every.block_id)
    query = select(BlockVersion).where(BlockVersion.id.in_(chosen))
    if filters.show is Show.UNDECIDED:
        query = query.where(
            exists().where(every.block_id == BlockVersion.block_id, every.status.in_(UNDECIDED))
        )
    elif filters.show is not Show.ALL:
        query = query.where(BlockVersion.status == BlockStatus(filters.show))
    if filters.slot is not None:
        query = query.where(BlockVersion.slot == filters.slot)
    if filters.search is not None:
        words = filters.search.strip()
        query = query.where(
            or_(
                BlockVersion.block_id.icontains(words, autoescape=True),
                BlockVersion.text.icontains(words, autoescape=True),
            )
        )
    return query.where(BlockVersion.block_id > filters.after) if filters.after else query


def _messages_by_block(session: Session, block_ids: Sequence[str], user: User) -> dict[str, int]:
    query = (
        select(BlockVersion.block_id, func.count(MessageVariant.message_id.distinct()))
        .join(VariantBlock, VariantBlock.block_version_id == BlockVersion.id)
        .join(MessageVariant, MessageVariant.variant_id == VariantBlock.variant_id)
        .join(Message, Message.id == MessageVariant.message_id)
        .where(BlockVersion.block_id.in_(block_ids), Message.status != ReviewStatus.SUPERSEDED)
        .group_by(BlockVersion.block_id)
    )
    if user.briefs:
        query = query.where(Message.brief_id.in_(user.briefs))
    return dict(session.execute(query).all())
