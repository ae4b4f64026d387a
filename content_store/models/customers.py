"""Customers, what they agreed to, where the data came from, and the rows that could not be taken."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_store.models.base import Base, Hash, Key


class SourceKind(enum.StrEnum):
    """What a source holds."""

    CUSTOMERS = "customers"  #: one row per customer
    CONSENTS = "consents"  #: one row per consent given or withdrawn
    EVENTS = "events"  #: one row per thing that a customer did
    OUTCOMES = "outcomes"  #: one row per thing that became of a publication, or that a customer did


class Source(Base):
    """A file or query that was ingested once; the same bytes are not ingested again."""

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    kind: Mapped[SourceKind]
    location: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Hash)
    accepted: Mapped[int]
    quarantined: Mapped[int]
    ingested_at: Mapped[datetime]


class Customer(Base):
    """A person or household that the brand may write to."""

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"), index=True)
    email: Mapped[str | None] = mapped_column(Text, default=None)
    phone: Mapped[str | None] = mapped_column(Text, default=None)
    first_name: Mapped[str | None] = mapped_column(Text, default=None)
    locale: Mapped[str | None] = mapped_column(Key, default=None)
    time_zone: Mapped[str | None] = mapped_column(Key, default=None)
    attributes: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)


def profile_text(attributes: dict[str, Any]) -> str:
    """A customer in words: what is encoded of somebody who has no events yet."""
    return ", ".join(f"{name} {value}" for name, value in sorted(attributes.items())) or "new customer"


class Consent(Base):
    """A consent given or withdrawn at one moment, with its proof (GDPR, art. 7(1)); rows are only added."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("customer_id", "purpose", "channel", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    purpose: Mapped[str] = mapped_column(Key)
    channel: Mapped[str] = mapped_column(Key)
    granted: Mapped[bool]
    at: Mapped[datetime]
    wording: Mapped[str | None] = mapped_column(Text, default=None)
    proof: Mapped[str | None] = mapped_column(Text, default=None)


class QuarantinedRow(Base):
    """A row that broke the contract, kept as it came, with the place and the reason."""

    __tablename__ = "quarantined_rows"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), index=True)
    line: Mapped[int]
    column: Mapped[str] = mapped_column(Key)
    reason: Mapped[str] = mapped_column(Text)
    raw: Mapped[str] = mapped_column(Text)
