"""Mailgun's webhooks: one event each, signed with HMAC-SHA256 over a timestamp and a token that stand in the body.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from content_store.models import OutcomeKind
from publishing.decisions.asking import Name
from publishing.enhanced_codes import NO_SUCH_ADDRESS, enhanced_code
from publishing.events.body import read_as, read_json
from publishing.events.providers import ARGUMENT, STALE, Finite, MaybeText, link_of, name_of, raw_of
from publishing.events.told import MOST_ID, NotGenuine, Told, seconds

PATH = "/v1/events/mailgun"
ORIGIN = "mailgun"

_KINDS = {
    "delivered": OutcomeKind.DELIVERED,
    "failed": OutcomeKind.BOUNCED,
    "opened": OutcomeKind.OPENED,
    "clicked": OutcomeKind.CLICKED,
    "unsubscribed": OutcomeKind.UNSUBSCRIBED,
    "complained": OutcomeKind.COMPLAINED,
}

_LIKE = "a webhook as Mailgun does"


class _Read(BaseModel):
    """What is read of an object; of its other fields nothing is kept."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Signature(_Read):
    """Proves where a request comes from; the event itself is not covered, so only https keeps it as it was."""

    timestamp: str = Field(pattern=r"^[0-9]{1,12}$")
    token: str = Field(min_length=1, max_length=200)
    signature: str = Field(max_length=200)


class Headers(_Read):
    """Of the mail, as Mailgun quotes it."""

    message_id: MaybeText = Field(default=None, alias="message-id")


class Message(_Read):
    """The mail."""

    headers: Headers = Headers()


class Status(_Read):
    """What the customer's mail server said."""

    enhanced_code: MaybeText = Field(default=None, alias="enhanced-code")
    message: MaybeText = None


class Client(_Read):
    """Who clicked or opened."""

    bot: MaybeText = None
    client_type: MaybeText = Field(default=None, alias="client-type")
    user_agent: MaybeText = Field(default=None, alias="user-agent")


class Event(_Read):
    """What happened."""

    event: str
    id: Annotated[Name, Field(max_length=MOST_ID)]
    timestamp: Finite
    recipient: MaybeText = None
    #: "temporary" when Mailgun tries again
    severity: MaybeText = None
    url: MaybeText = None
    message: Message = Message()
    status: Status = Field(default=Status(), alias="delivery-status")
    client: Client = Field(default=Client(), alias="client-info")
    #: an object, or an empty list where there are none
    variables: Any = Field(default=None, alias="user-variables")


class Webhook(_Read):
    """The body of a request."""

    signature: Signature
    event: Any = Field(alias="event-data")


def read(body: bytes, key: str, our_host: str | None, now: datetime) -> list[Told]:
    """What the event says of a mail of ours; ValueError with a sentence, NotGenuine, TooDeep."""
    webhook = read_as(Webhook, read_json(body), "the body", _LIKE)
    _check(webhook.signature, key, now)
    told = _told(read_as(Event, webhook.event, "event-data", _LIKE), our_host)
    return [told] if told is not None else []


def _check(signed: Signature, key: str, now: datetime) -> None:
    """NotGenuine unless Mailgun signed within the last day."""
    ours = hmac.new(key.encode(), f"{signed.timestamp}{signed.token}".encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(ours.encode(), signed.signature.encode()):
        raise NotGenuine("The signature is not Mailgun's; check the webhook signing key.")
    if abs(now.timestamp() - int(signed.timestamp)) > STALE:
        raise NotGenuine("The timestamp is more than a day off.")


def _told(event: Event, our_host: str | None) -> Told | None:
    """None for what is not about a mail of ours, and for what says nothing of its end."""
    variables = event.variables if isinstance(event.variables, dict) else {}
    name = name_of(variables.get(ARGUMENT), event.message.headers.message_id)
    kind = _KINDS.get(event.event) if event.severity != "temporary" else None
    link = link_of(event.url, our_host) if kind is OutcomeKind.CLICKED else ""
    if name is None or kind is None or link is None:
        return None
    code = enhanced_code(event.status.enhanced_code or "") or enhanced_code(event.status.message or "")
    return Told(
        event.id,
        kind,
        seconds(event.timestamp),
        receipt=name,
        code=code if kind is OutcomeKind.BOUNCED else None,
        gone=code in NO_SUCH_ADDRESS,
        to=event.recipient,
        link=link or None,
        agent=event.client.user_agent,
        by_program=bool(event.client.bot) or event.client.client_type in ("bot", "robot"),
        raw=raw_of(
            {"event": event.event, "id": event.id, "timestamp": event.timestamp, "name": name, "code": code}
        ),
    )
