"""What may be said: blocks and their versions, the briefs that use them, and the templates that frame them."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_store.models.base import Base, Hash, Key


class BlockMode(enum.StrEnum):
    """How a block's text may be used."""

    VERBATIM = "verbatim"  #: word for word only: offers, legal text
    REWRITE = "rewrite"  #: the model may write anew from its facts


class BlockStatus(enum.StrEnum):
    """Where a block version stands."""

    DRAFT = "draft"  #: written, not approved
    HELD = "held"  #: looks like an instruction to the model; a person must look at it
    APPROVED = "approved"  #: may be used while it is valid
    SUPERSEDED = "superseded"  #: a newer version took its place; not used for new texts
    WITHDRAWN = "withdrawn"  #: may never be used again


BLOCK_CHANGES: dict[BlockStatus, set[BlockStatus]] = {
    BlockStatus.DRAFT: {
        BlockStatus.APPROVED,
        BlockStatus.HELD,
        BlockStatus.SUPERSEDED,
        BlockStatus.WITHDRAWN,
    },
    BlockStatus.HELD: {BlockStatus.APPROVED, BlockStatus.SUPERSEDED, BlockStatus.WITHDRAWN},
    BlockStatus.APPROVED: {BlockStatus.SUPERSEDED, BlockStatus.WITHDRAWN},
    BlockStatus.SUPERSEDED: {BlockStatus.APPROVED, BlockStatus.WITHDRAWN},
    BlockStatus.WITHDRAWN: set(),
}


class Block(Base):
    """A piece of approved content under one name; its text lives in its versions."""

    __tablename__ = "blocks"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    created_at: Mapped[datetime]


class BlockVersion(Base):
    """One immutable text of a block with its facts; only the status moves."""

    __tablename__ = "block_versions"
    __table_args__ = (UniqueConstraint("block_id", "number"), UniqueConstraint("block_id", "content_hash"))

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    block_id: Mapped[str] = mapped_column(ForeignKey("blocks.id"))
    number: Mapped[int]
    content_hash: Mapped[str] = mapped_column(Hash)
    slot: Mapped[str] = mapped_column(Key, index=True)
    text: Mapped[str] = mapped_column(Text)
    mode: Mapped[BlockMode]
    locale: Mapped[str] = mapped_column(Key)
    channels: Mapped[list[str]]
    themes: Mapped[list[str]]
    facts: Mapped[list[dict[str, Any]]]
    status: Mapped[BlockStatus] = mapped_column(index=True)
    owner: Mapped[str] = mapped_column(Key)
    created_at: Mapped[datetime]
    valid_from: Mapped[date | None] = mapped_column(default=None)
    valid_until: Mapped[date | None] = mapped_column(default=None)
    held_reason: Mapped[str | None] = mapped_column(Text, default=None)

    def valid_on(self, day: date) -> bool:
        """True from the first to the last day of validity, both included."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


class BlockVector(Base):
    """The embedding of a block version by one encoder: float32 bytes, so that the index is rebuilt without it."""

    __tablename__ = "block_vectors"

    block_version_id: Mapped[int] = mapped_column(
        ForeignKey("block_versions.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(Hash, primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class Brief(Base):
    """One campaign as its file says it."""

    __tablename__ = "briefs"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    content_hash: Mapped[str] = mapped_column(Hash)
    content: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class TemplateVersion(Base):
    """One immutable version of an e-mail template: MJML and the text part."""

    __tablename__ = "template_versions"
    __table_args__ = (UniqueConstraint("name", "content_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(Key)
    number: Mapped[int]
    content_hash: Mapped[str] = mapped_column(Hash)
    mjml: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
