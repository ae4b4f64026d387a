"""A message as one customer gets it: rendered by the code that sends it, with a real customer's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from content_store.errors import BadInput
from content_store.models import Brief, Message
from evaluation.gates.sms import Segments, segments
from publishing.render import Rendered, customer_fields, message_parts, prepare, render
from review.desk import Desk
from review.segment_view import examples, newest_snapshot

#: Stands where the link of each customer will stand.
UNSUBSCRIBE = "https://unsubscribe.example/one-click"


class PhoneText(NamedTuple):
    """The text of one slot on a phone, with the channel's suffix."""

    slot: str
    text: str
    characters: int
    most_characters: int | None
    #: None where nobody counts segments
    segments: Segments | None
    most_segments: int | None


class Preview(NamedTuple):
    """What is shown of one customer's message."""

    #: None when the message cannot be rendered; then `problem` says why
    rendered: Rendered | None
    problem: str
    sender: str
    phone: list[PhoneText]
    #: how many example customers there are, and which one this is; 0 is a customer of whom nothing is known
    examples: int
    example: int


def preview(session: Session, desk: Desk, message: Message, example: int) -> Preview:
    """The message for the example customer of that number, from 1; for any other number with the fallbacks."""
    snapshot = newest_snapshot(session, message.segment_id)
    customers = examples(session, snapshot.exemplars) if snapshot else []
    chosen = customers[example - 1] if 1 <= example <= len(customers) else None
    brief = session.get(Brief, message.brief_id)
    sender = str((brief.content.get("sender") or {}).get("name", "")) if brief else ""
    try:
        rendered = _rendered(session, desk, message, customer_fields(chosen) if chosen else {})
    except BadInput as error:
        return Preview(None, str(error), sender, [], len(customers), example if chosen else 0)
    phone = [] if rendered.html is not None else _phone_texts(desk, message.channel, rendered.slots)
    return Preview(rendered, "", sender or desk.brand.name, phone, len(customers), example if chosen else 0)


def _rendered(session: Session, desk: Desk, message: Message, fields: Mapping[str, Any]) -> Rendered:
    parts = message_parts(session, message.id, desk.brand)
    return render(prepare(parts), fields, unsubscribe_url=UNSUBSCRIBE)


def _phone_texts(desk: Desk, channel_name: str, slots: Mapping[str, str]) -> list[PhoneText]:
    channel = desk.brand.channels.get(channel_name)
    found = []
    for slot, text in slots.items():
        limits = channel.slots.get(slot) if channel else None
        most_segments = channel.segments(slot, channel_name) if channel and limits else None
        counted = segments(text) if channel_name == "sms" or most_segments else None
        most_characters = limits.max_chars if limits else None
        found.append(PhoneText(slot, text, len(text), most_characters, counted, most_segments))
    return found
