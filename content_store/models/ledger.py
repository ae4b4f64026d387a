"""The ledger: one row for each message to one customer on one channel."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_store.models.base import Base, Hash, Key


class PublicationStatus(enum.StrEnum):
    """Where a publication stands."""

    PLANNED = "planned"  #: chosen for the customer; goes out when its time comes
    INTENT = "intent"  #: committed before the send; what happens next is this row's answer
    ACCEPTED = "accepted"  #: the channel took it
    REJECTED = "rejected"  #: the channel refused it for good
    SUPPRESSED = "suppressed"  #: consent, a cap, a recall or the holdout stopped it
    UNKNOWN = "unknown"  #: the answer was lost; never sent again by itself


class Publication(Base):
    """One message to one customer on one channel, unique for an occurrence of its brief."""

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("brief_id", "occurrence", "customer_id", "channel", "step"),
        Index("ix_publications_message_id_status", "message_id", "status"),
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
    rendered_hash: Mapped[str | None] = mapped_column(Hash, default=None)
    filled_in: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(Text, default=None)
