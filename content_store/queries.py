"""Queries that more than one caller needs; the caller opens the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from content_store.models import (
    Action,
    BlockStatus,
    BlockVector,
    BlockVersion,
    Candidate,
    Consent,
    Customer,
    Decision,
    Message,
    MessageVariant,
    Occurrence,
    Publication,
    ReviewStatus,
    Segmentation,
    SegmentSnapshot,
    Source,
    SourceKind,
    Variant,
)


def usable_versions(
    session: Session, day: date, *, locale: str, channel: str, slots: Sequence[str] | None = None
) -> list[BlockVersion]:
    """Approved block versions that are valid on the day, for one locale and channel, ordered by id."""
    query = (
        select(BlockVersion)
        .where(
            BlockVersion.status == BlockStatus.APPROVED,
            BlockVersion.locale == locale,
            or_(BlockVersion.valid_from.is_(None), BlockVersion.valid_from <= day),
            or_(BlockVersion.valid_until.is_(None), BlockVersion.valid_until >= day),
        )
        .order_by(BlockVersion.id)
    )
    if slots is not None:
        query = query.where(BlockVersion.slot.in_(slots))
    return [version for version in session.scalars(query) if channel in version.channels]


def searchable_ids(
    session: Session,
    *,
    day: date | None = None,
    locale: str | None = None,
    slot: str | None = None,
    channel: str | None = None,
    theme: str | None = None,
) -> list[int]:
    """Ids of approved block versions that pass every filter given."""
    query = select(BlockVersion.id, BlockVersion.channels, BlockVersion.themes).where(
        BlockVersion.status == BlockStatus.APPROVED
    )
    if day is not None:
        query = query.where(
            or_(BlockVersion.valid_from.is_(None), BlockVersion.valid_from <= day),
            or_(BlockVersion.valid_until.is_(None), BlockVersion.valid_until >= day),
        )
    if locale is not None:
        query = query.where(BlockVersion.locale == locale)
    if slot is not None:
        query = query.where(BlockVersion.slot == slot)
    rows = session.execute(query.order_by(BlockVersion.id))
    return [
        version
        for version, channels, themes in rows
        if (channel is None or channel in channels) and (theme is None or theme in themes)
    ]


def versions_without_vector(session: Session, model: str) -> list[BlockVersion]:
    """Approved versions that this encoder has not seen, by id."""
    known = select(BlockVector.block_version_id).where(BlockVector.model == model)
    query = select(BlockVersion).where(
        BlockVersion.status == BlockStatus.APPROVED, BlockVersion.id.not_in(known)
    )
    return list(session.scalars(query.order_by(BlockVersion.id)))


def vector_dimension(session: Session, model: str) -> int | None:
    """Numbers in a vector of this encoder, None when none is stored."""
    vector = session.scalars(select(BlockVector.vector).where(BlockVector.model == model).limit(1)).first()
    return None if vector is None else len(vector) // 4


def version_names(session: Session) -> dict[int, tuple[str, int]]:
    """Block version id -> (block id, version number)."""
    rows = session.execute(select(BlockVersion.id, BlockVersion.block_id, BlockVersion.number))
    return {version: (block, number) for version, block, number in rows}


def all_versions(session: Session) -> list[BlockVersion]:
    """Every block version, by block and number."""
    return list(session.scalars(select(BlockVersion).order_by(BlockVersion.block_id, BlockVersion.number)))


def consenting_customers(session: Session, purpose: str, channel: str) -> list[str]:
    """Customers whose newest consent for the purpose and channel is a yes."""
    newest = (
        select(Consent.customer_id, func.max(Consent.at).label("at"))
        .where(Consent.purpose == purpose, Consent.channel == channel)
        .group_by(Consent.customer_id)
        .subquery()
    )
    query = (
        select(Consent.customer_id)
        .join(newest, (newest.c.customer_id == Consent.customer_id) & (newest.c.at == Consent.at))
        .where(Consent.purpose == purpose, Consent.channel == channel, Consent.granted)
        .order_by(Consent.customer_id)
    )
    return list(session.scalars(query))


def agreed_of(session: Session, customer_ids: Sequence[str], purpose: str, channel: str) -> set[str]:
    """Those of the customers whose newest consent for the purpose and channel is a yes."""
    rows = session.execute(
        select(Consent.customer_id, Consent.granted)
        .where(Consent.customer_id.in_(customer_ids), Consent.purpose == purpose, Consent.channel == channel)
        .order_by(Consent.at)
    ).all()
    newest: dict[str, bool] = dict(rows)
    return {customer_id for customer_id, granted in newest.items() if granted}


def purpose_of(session: Session, row: Publication) -> str | None:
    """What the customer had agreed to when a publication was planned; the brief may say something else by now."""
    return session.scalar(
        select(Occurrence.purpose).where(Occurrence.brief_id == row.brief_id, Occurrence.at == row.occurrence)
    )


def customer_ids(session: Session) -> list[str]:
    """Every customer's id, in order."""
    return list(session.scalars(select(Customer.id).order_by(Customer.id)))


def newest_fingerprints(session: Session, kinds: Sequence[SourceKind]) -> list[str]:
    """The fingerprint of the newest content of each location of these kinds, ordered by kind and location."""
    newest = select(func.max(Source.id)).where(Source.kind.in_(kinds)).group_by(Source.kind, Source.location)
    query = select(Source.fingerprint).where(Source.id.in_(newest)).order_by(Source.kind, Source.location)
    return list(session.scalars(query))


def latest_segmentation(session: Session) -> Segmentation | None:
    """The newest pass over the customers."""
    return session.scalars(select(Segmentation).order_by(Segmentation.id.desc()).limit(1)).first()


def snapshots(session: Session, segmentation_id: int) -> list[SegmentSnapshot]:
    """The segments of one pass, the largest first."""
    return list(
        session.scalars(
            select(SegmentSnapshot)
            .where(SegmentSnapshot.segmentation_id == segmentation_id)
            .order_by(SegmentSnapshot.size.desc(), SegmentSnapshot.segment_id)
        )
    )


def segment_names(session: Session) -> dict[int, str]:
    """Segment id -> its newest name."""
    newer = aliased(SegmentSnapshot)
    query = select(SegmentSnapshot.segment_id, SegmentSnapshot.name).where(
        ~select(newer.id)
        .where(newer.segment_id == SegmentSnapshot.segment_id, newer.id > SegmentSnapshot.id)
        .exists()
    )
    return dict(session.execute(query).all())


def messages(
    session: Session,
    *,
    brief: str | None = None,
    status: ReviewStatus | None = None,
    limit: int | None = None,
) -> list[Message]:
    """Messages by id, filtered."""
    query = select(Message).order_by(Message.id)
    if brief is not None:
        query = query.where(Message.brief_id == brief)
    if status is not None:
        query = query.where(Message.status == status)
    return list(session.scalars(query.limit(limit) if limit else query))


def variants(
    session: Session,
    *,
    brief: str | None = None,
    slot: str | None = None,
    status: ReviewStatus | None = None,
    limit: int | None = None,
) -> list[Variant]:
    """Variants by id, filtered."""
    query = select(Variant).order_by(Variant.id)
    if brief is not None:
        query = query.where(Variant.brief_id == brief)
    if slot is not None:
        query = query.where(Variant.slot == slot)
    if status is not None:
        query = query.where(Variant.status == status)
    return list(session.scalars(query.limit(limit) if limit else query))


def message_variants(session: Session, message_ids: Sequence[int]) -> dict[int, list[Variant]]:
    """Message id -> its variants in the order of their slots."""
    rows = session.execute(
        select(MessageVariant.message_id, Variant)
        .join(Variant, Variant.id == MessageVariant.variant_id)
        .where(MessageVariant.message_id.in_(message_ids))
        .order_by(MessageVariant.message_id, MessageVariant.position)
    )
    filled: dict[int, list[Variant]] = {}
    for message_id, variant in rows:
        filled.setdefault(message_id, []).append(variant)
    return filled


def alternatives(session: Session, variant: Variant) -> list[Variant]:
    """Other variants that could stand in the same slot of the same message."""
    return list(
        session.scalars(
            select(Variant)
            .where(
                Variant.brief_id == variant.brief_id,
                Variant.segment_id == variant.segment_id,
                Variant.channel == variant.channel,
                Variant.locale == variant.locale,
                Variant.slot == variant.slot,
                Variant.theme == variant.theme,
                Variant.id != variant.id,
                Variant.status.not_in([ReviewStatus.SUPERSEDED, ReviewStatus.RECALLED]),
            )
            .order_by(Variant.id)
        )
    )


def variant_with_text(
    session: Session,
    *,
    brief_id: str,
    segment_id: int,
    channel: str,
    locale: str,
    slot: str,
    theme: str,
    content_hash: str,
) -> Variant | None:
    """The variant of this place that holds exactly this text, if there is one."""
    return session.scalars(
        select(Variant).where(
            Variant.brief_id == brief_id,
            Variant.segment_id == segment_id,
            Variant.channel == channel,
            Variant.locale == locale,
            Variant.slot == slot,
            Variant.theme == theme,
            Variant.content_hash == content_hash,
        )
    ).first()


class DecidedTexts(NamedTuple):
    """Texts of a model that stand in messages on which people decided, and those of them in approved messages."""

    approved: int
    decided: int


def decided_texts(session: Session, model: str) -> DecidedTexts:
    """How people last decided on the messages in which texts of this model (its fingerprint) stand."""
    last = (
        select(func.max(Decision.id))
        .where(Decision.action.in_([Action.APPROVE, Action.REJECT, Action.SEND_BACK]))
        .group_by(Decision.message_id)
    )
    query = (
        select(Decision.action, func.count())
        .join(MessageVariant, MessageVariant.message_id == Decision.message_id)
        .join(Variant, Variant.id == MessageVariant.variant_id)
        .join(Candidate, Candidate.id == Variant.candidate_id)
        .where(Decision.id.in_(last), Candidate.model == model)
        .group_by(Decision.action)
    )
    counts: dict[Action, int] = dict(session.execute(query).all())
    return DecidedTexts(counts.get(Action.APPROVE, 0), sum(counts.values()))
