"""What measuring leaves behind: what campaigns cost, how messages are allotted, what was found, and what could not be taken."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_store.models.base import Base, Hash, Key

#: The kind of the inbox's rows that hold an outcome; their bodies name nobody.
OUTCOME = "outcome"


class OutcomeKind(enum.StrEnum):
    """What became of a publication, or what a customer did."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    OPENED = "opened"  #: only where the brand counts opens and the customer agreed to that
    CLICKED = "clicked"
    CONVERTED = "converted"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"


class CostKind(enum.StrEnum):
    """What a campaign uses up; each has a price for one."""

    MODEL_SECONDS = "model_seconds"
    REVIEWER_MINUTES = "reviewer_minutes"
    SENDS = "sends"


class QuarantinedOutcome(Base):
    """An outcome that could not be taken, as it came, with the reason."""

    __tablename__ = "quarantined_outcomes"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    #: who told it: the event intake, a provider, a file
    origin: Mapped[str] = mapped_column(Key)
    received_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    raw: Mapped[str] = mapped_column(Text)
    #: as in the inbox, so that what comes again is kept once; None where it has no id
    external_id: Mapped[str | None] = mapped_column(Key, unique=True, default=None)


class Policy(Base):
    """How often each message of a brief is chosen; the newest of a brief is in force, equal shares without one."""

    __tablename__ = "policies"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    brief_id: Mapped[str] = mapped_column(ForeignKey("briefs.id"), index=True)
    #: how it came about, such as thompson or equal
    method: Mapped[str] = mapped_column(Key)
    #: the share that every arm gets at least
    floor: Mapped[float]
    #: outcomes count up to this moment
    as_of: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(Key)
    #: what it would have earned, as off-policy evaluation says; see evaluation/measurement/off_policy.py
    evaluation: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)


class PolicyShare(Base):
    """The probability of one arm in one place; a place without shares has equal ones."""

    __tablename__ = "policy_shares"

    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id", ondelete="CASCADE"), primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(Key, primary_key=True)
    locale: Mapped[str] = mapped_column(Key, primary_key=True)
    arm: Mapped[str] = mapped_column(Key, primary_key=True)
    share: Mapped[float]


class Cost(Base):
    """Something that was used up for a campaign, at the price of its day; each thing is booked once."""

    __tablename__ = "costs"
    __table_args__ = (UniqueConstraint("kind", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    brief_id: Mapped[str] = mapped_column(ForeignKey("briefs.id"), index=True)
    kind: Mapped[CostKind]
    #: what it was used for, such as "run 12" or "decision 40"
    reference: Mapped[str] = mapped_column(Key)
    quantity: Mapped[float]
    unit_price: Mapped[float]
    currency: Mapped[str] = mapped_column(Key)
    at: Mapped[datetime]


class Measurement(Base):
    """What was found of a campaign at one moment; the same outcomes are not measured twice."""

    __tablename__ = "measurements"
    __table_args__ = (UniqueConstraint("brief_id", "input_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    brief_id: Mapped[str] = mapped_column(ForeignKey("briefs.id"))
    #: outcomes count up to this moment
    as_of: Mapped[datetime]
    made_at: Mapped[datetime]
    input_hash: Mapped[str] = mapped_column(Hash)
    #: evaluation.measurement.results.CampaignResults as JSON values
    results: Mapped[dict[str, Any]]
