"""What a person decides on: candidates, variants, messages, and the decisions themselves."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from content_store.models.base import Base, Hash, Key


class Origin(enum.StrEnum):
    """Where a variant's text comes from."""

    GENERATED = "generated"  #: written by the model from a block's facts
    FALLBACK = "fallback"  #: the approved text, because no candidate passed
    VERBATIM = "verbatim"  #: the approved text, because its block allows nothing else
    EDITED = "edited"  #: written by a person, from another variant


class ReviewStatus(enum.StrEnum):
    """Where a message or variant stands."""

    PENDING = "pending"  #: waits for a decision
    EDITED = "edited"  #: changed by a person; waits for another one
    APPROVED = "approved"  #: may be published while its hash is the approved one
    REJECTED = "rejected"  #: will not be published
    SENT_BACK = "sent_back"  #: to be written again, with a note
    RECALLED = "recalled"  #: a block it stands on was withdrawn
    SUPERSEDED = "superseded"  #: a later run wrote another text in its place


class Action(enum.StrEnum):
    """What the decision log tells of."""

    APPROVE = "approve"
    EDIT = "edit"
    SWAP = "swap"
    REJECT = "reject"
    SEND_BACK = "send_back"
    REOPEN = "reopen"  #: a decision is taken back
    LAPSE = "lapse"  #: a block that an approval stood on expired or changed
    SUPERSEDE = "supersede"  #: a run wrote another message in its place
    RECALL = "recall"  #: a block version was withdrawn; with it every message that stands on it
    APPROVE_BLOCK = "approve_block"
    ADD_USER = "add_user"
    CHANGE_USER = "change_user"


_WAITING = {ReviewStatus.PENDING, ReviewStatus.EDITED}
_DECIDED = {ReviewStatus.APPROVED, ReviewStatus.REJECTED, ReviewStatus.SENT_BACK}

#: action -> (statuses it may start from, status it leads to)
REVIEW_CHANGES: dict[Action, tuple[set[ReviewStatus], ReviewStatus]] = {
    Action.APPROVE: (_WAITING, ReviewStatus.APPROVED),
    Action.EDIT: (_WAITING | _DECIDED, ReviewStatus.EDITED),
    Action.SWAP: (_WAITING | _DECIDED, ReviewStatus.PENDING),
    Action.REJECT: (_WAITING, ReviewStatus.REJECTED),
    Action.SEND_BACK: (_WAITING, ReviewStatus.SENT_BACK),
    # From a waiting status too: an approval that waits for another role can be taken back.
    Action.REOPEN: (_WAITING | _DECIDED, ReviewStatus.PENDING),
    Action.LAPSE: ({ReviewStatus.APPROVED}, ReviewStatus.PENDING),
}


class Candidate(Base):
    """Raw model output for one slot, with everything needed to write it again."""

    __tablename__ = "candidates"
    __table_args__ = (UniqueConstraint("input_hash", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    input_hash: Mapped[str] = mapped_column(Hash)
    number: Mapped[int]
    slot: Mapped[str] = mapped_column(Key)
    text: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(Key)
    prompt_hash: Mapped[str] = mapped_column(Hash)
    model: Mapped[str] = mapped_column(Hash)
    seed: Mapped[int] = mapped_column(BigInteger)
    tokens: Mapped[int]
    block_version_ids: Mapped[list[int]]
    passed: Mapped[bool]
    #: [{"gate", "passed", "reason"}], the failed gates only
    refusals: Mapped[list[dict[str, Any]]]
    scores: Mapped[dict[str, float]]


class Variant(Base):
    """The text that fills one slot: a candidate that passed the gates, or approved text."""

    __tablename__ = "variants"
    __table_args__ = (
        UniqueConstraint("brief_id", "segment_id", "channel", "locale", "slot", "theme", "content_hash"),
        Index("ix_variants_status_id", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    brief_id: Mapped[str] = mapped_column(ForeignKey("briefs.id"))
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"))
    channel: Mapped[str] = mapped_column(Key)
    locale: Mapped[str] = mapped_column(Key)
    slot: Mapped[str] = mapped_column(Key)
    theme: Mapped[str] = mapped_column(Key)
    text: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(Hash)
    origin: Mapped[Origin]
    status: Mapped[ReviewStatus]
    block_version_ids: Mapped[list[int]]
    #: [{"text", "block_version_id", "fact", "similarity"}]: what each sentence stands on
    sentences: Mapped[list[dict[str, Any]]]
    #: [{"gate", "passed", "reason"}]
    verdicts: Mapped[list[dict[str, Any]]]
    scores: Mapped[dict[str, float]]
    created_at: Mapped[datetime]
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("candidates.id"), default=None)
    #: the variant whose text a person changed, who that was, and why a gate's objection was set aside
    edited_from_id: Mapped[int | None] = mapped_column(ForeignKey("variants.id"), default=None)
    edited_by: Mapped[str | None] = mapped_column(Key, default=None)
    override_reason: Mapped[str | None] = mapped_column(Text, default=None)


class VariantBlock(Base):
    """A block version that a variant stands on; what recall looks up."""

    __tablename__ = "variant_blocks"

    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    block_version_id: Mapped[int] = mapped_column(
        ForeignKey("block_versions.id"), primary_key=True, index=True
    )


class Message(Base):
    """An ordered set of variants for one brief × segment × channel × locale: one arm of its experiment."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_status_id", "status", "id"),
        Index("ix_messages_status_score_id", "status", "score", "id"),
        Index("ix_messages_brief_id_segment_id", "brief_id", "segment_id"),
        Index("ix_messages_brief_id_status_id", "brief_id", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    brief_id: Mapped[str] = mapped_column(ForeignKey("briefs.id"))
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"))
    channel: Mapped[str] = mapped_column(Key)
    locale: Mapped[str] = mapped_column(Key)
    arm: Mapped[str] = mapped_column(Key)
    theme: Mapped[str] = mapped_column(Key)
    content_hash: Mapped[str] = mapped_column(Hash)
    personal_fields: Mapped[dict[str, Any]]
    status: Mapped[ReviewStatus]
    created_at: Mapped[datetime]
    template_version_id: Mapped[int | None] = mapped_column(ForeignKey("template_versions.id"), default=None)
    #: says in words that a model wrote part of it (EU AI Act, art. 50); as brand.yaml had it when this was composed
    ai_notice: Mapped[str | None] = mapped_column(Text, default=None)
    approved_hash: Mapped[str | None] = mapped_column(Hash, default=None)
    #: the roles whose approval is missing, in order, with spaces between; empty when nobody is waited for
    waiting_for: Mapped[str] = mapped_column(Key, default="reviewer", server_default="reviewer")
    #: how likely readers like its weakest written text, 0 to 1; what "most doubtful first" goes by
    score: Mapped[float] = mapped_column(default=1.0, server_default="1")
    #: in at least one slot nothing passed and approved text stands in
    fell_back: Mapped[bool] = mapped_column(default=False, server_default=false())
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True, default=None)
    #: who looks at it, and until when others are not led to it; see content_store/claims.py
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), default=None)
    claimed_until: Mapped[datetime | None] = mapped_column(default=None)


class Approval(Base):
    """One role's approval of the bytes that a message has now; gone with any change of them."""

    __tablename__ = "approvals"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(Key, primary_key=True)
    by: Mapped[str] = mapped_column(Key)
    content_hash: Mapped[str] = mapped_column(Hash)
    at: Mapped[datetime]


class MessageBlock(Base):
    """A block version that stood in a message while it had this hash; what was sent under the hash is found by it."""

    __tablename__ = "message_blocks"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    content_hash: Mapped[str] = mapped_column(Hash, primary_key=True)
    block_version_id: Mapped[int] = mapped_column(
        ForeignKey("block_versions.id"), primary_key=True, index=True
    )


class MessageVariant(Base):
    """The variant that stands in one slot of a message."""

    __tablename__ = "message_variants"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    slot: Mapped[str] = mapped_column(Key, primary_key=True)
    position: Mapped[int]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), index=True)


class Decision(Base):
    """An entry of the decision log: what a person decided about exact bytes, when and why.

    Rows are only added, a trigger refuses anything else. Each holds the hash of the one before, so that no entry can
    be changed, left out or put in between without breaking every later hash.
    """

    __tablename__ = "decisions"

    #: 1, 2, 3 … without a gap
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: what was decided on, such as "message 12", "block roast version 2", "user ana"
    subject: Mapped[str] = mapped_column(Key, index=True)
    action: Mapped[Action]
    by: Mapped[str] = mapped_column(Key)
    at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(Hash)
    entry_hash: Mapped[str] = mapped_column(Hash, unique=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True, default=None)
    from_status: Mapped[ReviewStatus | None] = mapped_column(default=None)
    to_status: Mapped[ReviewStatus | None] = mapped_column(default=None)
    content_hash: Mapped[str | None] = mapped_column(Hash, default=None)
    reason: Mapped[str | None] = mapped_column(Text, default=None)
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)


class ChainHead(Base):
    """The newest entry of the decision log: the one row that writers lock, so that entries come one after another."""

    __tablename__ = "chain_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    entry_hash: Mapped[str] = mapped_column(Hash)
