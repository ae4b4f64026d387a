"""What the API says: the shapes of its answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Problem(BaseModel):
    """Why nothing was done, in one sentence."""

    detail: str


class TextOut(_Answer):
    """The text in one slot of a message, or an alternative of it."""

    id: int
    slot: str
    text: str
    origin: str
    status: str
    block_version_ids: list[int]
    sentences: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]
    scores: dict[str, float]
    edited_by: str | None
    edited_from_id: int | None
    override_reason: str | None


class MessageOut(_Answer):
    """A message without its texts."""

    id: int
    brief_id: str
    run_id: int
    segment_id: int
    channel: str
    locale: str
    arm: str
    theme: str
    status: str
    waiting_for: str
    score: float
    fell_back: bool
    content_hash: str
    approved_hash: str | None
    assignee_id: int | None
    created_at: datetime


class FullMessageOut(MessageOut):
    """A message with its texts and their alternatives by slot."""

    texts: list[TextOut]
    alternatives: dict[str, list[TextOut]]


class MessagesOut(BaseModel):
    """A page of messages; `next` is the `after` of the next page."""

    messages: list[MessageOut]
    next: int | None


class CheckOut(_Answer):
    """What gates and scores say of a text, and which block version each sentence stands on."""

    slot: str
    text: str
    verdicts: list[dict[str, Any]]
    scores: dict[str, float]
    sentences: list[dict[str, Any]]


class DecisionOut(_Answer):
    """An entry of the decision log."""

    id: int
    subject: str
    action: str
    by: str
    at: datetime
    message_id: int | None
    from_status: str | None
    to_status: str | None
    content_hash: str | None
    reason: str | None
    details: dict[str, Any]
    previous_hash: str
    entry_hash: str


class DecisionsOut(BaseModel):
    """Entries of the decision log; `next` is the `after` of the next page."""

    decisions: list[DecisionOut]
    next: int | None


class BlockOut(_Answer):
    """A version of a block."""

    id: int
    block_id: str
    number: int
    slot: str
    text: str
    mode: str
    locale: str
    channels: list[str]
    themes: list[str]
    facts: list[dict[str, Any]]
    status: str
    owner: str
    valid_from: date | None
    valid_until: date | None


class ReachOut(_Answer):
    """How far a block version has spread."""

    variants: int
    messages: int
    queued: int
    exposed_customers: int


class RecallOut(BaseModel):
    """A recall: its entry in the log, and what it reached."""

    decision: DecisionOut
    reach: ReachOut


class ReportLineOut(_Answer):
    """A text, message or publication that stands or stood on the version."""

    kind: str
    id: int
    brief_id: str
    channel: str
    status: str
    message_id: int | None
    customer_id: str | None
    occurrence: datetime | None
    sent_at: datetime | None
    slot: str | None
    text: str | None
    reason: str | None


class ReportOut(BaseModel):
    """A recall's entry in the log and a page of one kind of what it reached; `next` is the `after` of the next page."""

    decision: DecisionOut
    lines: list[ReportLineOut]
    next: int | None


class ScheduleOut(_Answer):
    """When a brief is executed by itself."""

    brief_id: str
    cron: str
    time_zone: str
    paused: bool
    changed_by: str
    changed_at: datetime


class RunOut(_Answer):
    """An execution of a brief."""

    id: int
    brief_id: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    reason: str | None
    counts: dict[str, int]
    warnings: list[str]
    progress: dict[str, Any] | None


class RunRequestOut(_Answer):
    """A wish to execute a brief."""

    id: int
    brief_id: str
    by: str
    at: datetime
    taken_at: datetime | None
    reason: str | None
