"""What publishing remembers beside the ledger: who must not be reached, when it happens by itself, and who we are."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_store.models.base import Base, Hash, Key


class SuppressionReason(enum.StrEnum):
    """Why an address or a customer is not reached any more."""

    BOUNCED = "bounced"  #: the mailbox does not exist
    COMPLAINED = "complained"  #: the customer called it spam
    ERASED = "erased"  #: the customer asked to be forgotten (GDPR, art. 17)


class Suppression(Base):
    """Somebody who is not reached, whatever a source says; only a keyed hash, so that it survives their erasure."""

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("key_hash", "channel"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    #: of an address or a customer's id; see content_store/suppressions.py
    key_hash: Mapped[str] = mapped_column(Hash)
    #: empty for every channel
    channel: Mapped[str] = mapped_column(Key)
    reason: Mapped[SuppressionReason]
    at: Mapped[datetime]
    #: where it is known from, without personal data
    proof: Mapped[str] = mapped_column(Text)


class InboxItem(Base):
    """Something that came in from outside, committed before it is acknowledged; the same thing is taken once."""

    __tablename__ = "inbox"
    __table_args__ = (Index("ix_inbox_taken_at_id", "taken_at", "id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, init=False
    )
    #: what the sender calls it, or its SHA-256
    external_id: Mapped[str] = mapped_column(Key, unique=True)
    kind: Mapped[str] = mapped_column(Key)
    received_at: Mapped[datetime]
    body: Mapped[dict[str, Any]]
    publication_id: Mapped[int | None] = mapped_column(
        ForeignKey("publications.id"), default=None, index=True
    )
    #: whom it is about; no foreign key, as in the ledger
    customer_id: Mapped[str | None] = mapped_column(Key, default=None, index=True)
    #: when it was written to the lake
    taken_at: Mapped[datetime | None] = mapped_column(default=None)


class PublishSchedule(Base):
    """When a brief is published by itself, and where to."""

    __tablename__ = "publish_schedules"

    brief_id: Mapped[str] = mapped_column(Key, primary_key=True)
    cron: Mapped[str] = mapped_column(Key)
    time_zone: Mapped[str] = mapped_column(Key)
    destination: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(Key)
    paused: Mapped[bool]
    changed_by: Mapped[str] = mapped_column(Key)
    changed_at: Mapped[datetime]


class ScheduledOccurrence(Base):
    """An occurrence that a schedule publishes: whoever runs the schedules comes back to it until it is over."""

    __tablename__ = "scheduled_occurrences"

    brief_id: Mapped[str] = mapped_column(Key, primary_key=True)
    #: the moment at which the schedule fell due
    at: Mapped[datetime] = mapped_column(primary_key=True)
    destination: Mapped[str] = mapped_column(Text)
    form: Mapped[str] = mapped_column(Key)
    #: when it is taken up again; while it is under way, when its process is taken for dead; None when it is over
    again_at: Mapped[datetime | None]
    #: how often in a row it was taken up and its process did not say how it ended
    attempts: Mapped[int] = mapped_column(default=0)
    #: what went wrong the last time
    reason: Mapped[str | None] = mapped_column(Text, default=None)
    #: Prefect's id of the newest flow run for it
    flow_run_id: Mapped[str | None] = mapped_column(Key, default=None)


class DisabledDestination(Base):
    """A receiver that said it wants nothing any more; nothing is sent there until a person opens it again."""

    __tablename__ = "disabled_destinations"

    name: Mapped[str] = mapped_column(Key, primary_key=True)
    disabled_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)


class Installation(Base):
    """This database: its name for machines that publish from it, and how often it did; one row."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(Key)
    #: counts what was sent; a copy from before knows a smaller number than the machine does
    mark: Mapped[int] = mapped_column(BigInteger)
