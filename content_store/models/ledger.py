"""The ledger: one row for each message to one customer on one channel, sent in deliveries that workers hold in turn."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_store.models.base import Base, Hash, Key

#: The reason of a publication to somebody whom the brand never writes to.
HOLDOUT = "held out: the brand writes to nobody of its holdout, so that its worth can be measured"


class PublicationStatus(enum.StrEnum):
    """Where a publication stands."""

    PLANNED = "planned"  #: chosen for the customer; goes out when its time comes
    INTENT = "intent"  #: committed before the send; what happens next is this row's answer
    ACCEPTED = "accepted"  #: the channel took it
    REJECTED = "rejected"  #: the channel refused it for good
    SUPPRESSED = "suppressed"  #: consent, a cap, a recall or the holdout stopped it
    UNKNOWN = "unknown"  #: the answer was lost; never sent again by itself


class Occurrence(Base):
    """One scheduled date of a brief, with what was fixed when it was planned."""

    __tablename__ = "occurrences"
    __table_args__ = (UniqueConstraint("brief_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    brief_id: Mapped[str] = mapped_column(ForeignKey("briefs.id"))
    at: Mapped[datetime]
    #: what customers agreed to; and whom it is for and by which channels: a brief that changes meanwhile changes neither
    purpose: Mapped[str] = mapped_column(Key)
    audience: Mapped[dict[str, Any]]
    #: whose members it is for
    segmentation_id: Mapped[int] = mapped_column(ForeignKey("segmentations.id"))
    #: the folder that its files are written to, and their format
    destination: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(Key)
    #: customers of the audience for whom nothing was planned, by reason
    left_out: Mapped[dict[str, int]] = mapped_column(default_factory=dict)
    #: when everybody was planned
    planned_at: Mapped[datetime | None] = mapped_column(default=None)
    #: when nothing was left to send
    finished_at: Mapped[datetime | None] = mapped_column(default=None)


class Delivery(Base):
    """A portion of an occurrence that goes out on one channel together; one worker at a time holds it."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("occurrence_id", "channel", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    channel: Mapped[str] = mapped_column(Key)
    number: Mapped[int]
    #: who sends it now, and until when they are believed to be alive
    owner: Mapped[str | None] = mapped_column(Key, default=None)
    until: Mapped[datetime | None] = mapped_column(default=None)
    #: counts the owners; a write with an older number comes from one that was taken for dead
    fence: Mapped[int] = mapped_column(default=0)
    #: how often in a row the way out was shut; the pauses grow with it
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    #: why nobody takes it up before `until`, in words
    waits_for: Mapped[str | None] = mapped_column(Text, default=None)
    #: when every publication in it had its answer
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    file: Mapped[str | None] = mapped_column(Text, default=None)
    sha256: Mapped[str | None] = mapped_column(Hash, default=None)


class Publication(Base):
    """One message to one customer on one channel, unique for an occurrence of its brief."""

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("brief_id", "occurrence", "customer_id", "channel", "step"),
        Index("ix_publications_message_id_status", "message_id", "status"),
        Index("ix_publications_customer_id", "customer_id"),
        Index("ix_publications_delivery_id", "delivery_id"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, init=False
    )
    brief_id: Mapped[str] = mapped_column(ForeignKey("briefs.id"))
    #: the scheduled moment, fixed when it is planned and the same on every retry
    occurrence: Mapped[datetime]
    #: no foreign key: what was sent stays provable after the customer was erased
    customer_id: Mapped[str] = mapped_column(Key)
    channel: Mapped[str] = mapped_column(Key)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    approved_hash: Mapped[str] = mapped_column(Hash)
    status: Mapped[PublicationStatus]
    propensity: Mapped[float]
    planned_at: Mapped[datetime]
    step: Mapped[int] = mapped_column(default=0)
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"), default=None)
    rendered_hash: Mapped[str | None] = mapped_column(Hash, default=None)
    filled_in: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(Text, default=None)
