"""A batch of outcomes that a shop or an app sends: signed as Standard Webhooks 1.0 say, JSON in and out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hmac import compare_digest
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from content_store.models import OutcomeKind
from publishing.channels.webhook import Post, signature
from publishing.decisions.asking import Name
from publishing.enhanced_codes import NO_SUCH_ADDRESS
from publishing.events.body import read_as, read_json, refuse_twice
from publishing.events.told import MOST_ID, MOST_RAW, NotGenuine, Told

PATH = "/v1/events"
ORIGIN = "events"

MOST_EVENTS = 1_000

#: Seconds that a clock may be wrong, or a request under way (Standard Webhooks 1.0).
TOLERANCE = 300

_LIKE = '{"id": ID, "kind": KIND, "at": MOMENT, "receipt" or "customer": WHO, …}'

Amount = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]


class Event(BaseModel):
    """One event of a batch."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: Annotated[Name, Field(max_length=MOST_ID)]
    kind: Annotated[OutcomeKind, Field(strict=False)]
    at: Annotated[str, Field(max_length=40)]
    receipt: Annotated[str, Field(max_length=200)] | None = None
    customer: Name | None = None
    value: Amount | None = None
    margin: Amount | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    code: Annotated[str, StringConstraints(pattern=r"^[245]\.[0-9]{1,3}\.[0-9]{1,3}$")] | None = None

    @model_validator(mode="after")
    def _about_somebody(self) -> Event:
        if (self.receipt is None) == (self.customer is None):
            raise ValueError("give either receipt or customer, and not both")
        return self


def check(headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes], now: datetime) -> None:
    """NotGenuine unless one of the secrets signed `id.timestamp.body` within the last five minutes."""
    name, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()
    if not (name and given and timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise NotGenuine(
            "Sign the request: webhook-id, webhook-timestamp and webhook-signature, as Standard Webhooks say."
        )
    ours = signature(secrets, Post(name, body), int(timestamp)).split()
    if not any(compare_digest(one.encode(), other.encode()) for one in given for other in ours):
        raise NotGenuine("The signature is none of ours: HMAC-SHA256 of id.timestamp.body with the secret.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        raise NotGenuine("The timestamp is more than five minutes off; sign the request when you send it.")


def read(body: bytes) -> list[Told]:
    """The outcomes of a body, also those that stand there twice.

    Raises ValueError with a sentence that names the first wrong event, and TooDeep.
    """
    told = read_json(body)
    refuse_twice(told, "the body")
    events = told.get("events") if isinstance(told, dict) else None
    if not isinstance(events, list) or not isinstance(told, dict) or len(told) > 1:
        raise ValueError('the body: write {"events": [EVENT, …]}.')
    if not 1 <= len(events) <= MOST_EVENTS:
        raise ValueError(f"events: there are {len(events)}; send 1 to {MOST_EVENTS:,} at a time.")
    seen: dict[str, Event] = {}
    found = []
    for number, value in enumerate(events):
        where = f"events[{number}]"
        event = read_as(Event, value, where, _LIKE)
        if seen.setdefault(event.id, event) != event:
            raise ValueError(
                f"{where}: its id stands before it with something else; give each event its own."
            )
        found.append(_told(event, value))
    return found


def _told(event: Event, value: Any) -> Told:
    return Told(
        event.id,
        event.kind,
        event.at,
        event.receipt,
        event.customer,
        event.value,
        event.margin,
        event.currency,
        event.code,
        # Without a code, whoever says "bounced" says that nobody is there.
        gone=event.code is None or event.code in NO_SUCH_ADDRESS,
        raw=json.dumps(value, ensure_ascii=False)[:MOST_RAW],
    )
