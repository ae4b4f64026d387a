"""What a receipt says: what exactly a customer got, what it stood on, who approved it, and why they got it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple


class SentenceOn(NamedTuple):
    """A sentence and the approved block version it stands on."""

    text: str
    block: str | None
    version: int | None


class SlotReceipt(NamedTuple):
    """The text of one slot, and where it comes from."""

    slot: str
    text: str
    written_by: str
    sentences: list[SentenceOn]


class ApprovedBy(NamedTuple):
    """Who approved it, as what and when."""

    name: str
    roles: list[str]
    at: datetime


class Agreement(NamedTuple):
    """The consent that a publication rested on."""

    purpose: str
    channel: str
    at: datetime
    wording: str | None
    proof: str | None
    source: str


class Receipt(NamedTuple):
    """One publication to one customer; the texts are None where nothing can be shown."""

    publication: int
    brief: str
    occurrence: datetime
    channel: str
    status: str
    reason: str | None
    planned_at: datetime
    sent_at: datetime | None
    message: int
    why: str
    subject: str | None
    text: str | None
    html: str | None
    landing_page: str | None
    filled_in: dict[str, Any] | None
    checked: str
    slots: list[SlotReceipt]
    approved: list[ApprovedBy]
    consent: Agreement | None
