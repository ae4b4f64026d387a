"""SendGrid's Event Webhook: a list of events, signed with ECDSA on P-256 over the timestamp and the body.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import BaseModel, ConfigDict, Field

from content_store.errors import BadInput
from content_store.models import OutcomeKind
from publishing.decisions.asking import Name
from publishing.enhanced_codes import NO_SUCH_ADDRESS, enhanced_code
from publishing.events.body import read_as, read_json
from publishing.events.providers import STALE, Finite, MaybeText, link_of, name_of, raw_of
from publishing.events.told import MOST_ID, NotGenuine, Told, seconds

PATH = "/v1/events/sendgrid"
ORIGIN = "sendgrid"

MOST_EVENTS = 10_000

_KINDS = {
    "delivered": OutcomeKind.DELIVERED,
    "bounce": OutcomeKind.BOUNCED,
    "dropped": OutcomeKind.BOUNCED,
    "open": OutcomeKind.OPENED,
    "click": OutcomeKind.CLICKED,
    "unsubscribe": OutcomeKind.UNSUBSCRIBED,
    "group_unsubscribe": OutcomeKind.UNSUBSCRIBED,
    "spamreport": OutcomeKind.COMPLAINED,
}

#: What SendGrid calls bounces of addresses that do not exist.
_NOBODY = "Invalid Address"


class Event(BaseModel):
    """What is read of an event; of its other fields nothing is kept."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    event: str
    sg_event_id: Annotated[Name, Field(max_length=MOST_ID)]
    timestamp: Finite
    email: MaybeText = None
    smtp_id: MaybeText = Field(default=None, alias="smtp-id")
    #: the custom argument, providers.ARGUMENT
    surmesure: MaybeText = None
    #: of a bounce: "blocked" when the server may take the next mail
    type: MaybeText = None
    status: MaybeText = None
    reason: MaybeText = None
    bounce_classification: MaybeText = None
    url: MaybeText = None
    useragent: MaybeText = None
    sg_machine_open: Any = None


def load_public_key(text: str) -> EllipticCurvePublicKey:
    """The key as SendGrid shows it; BadInput when it is none."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except ValueError:
        key = None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise BadInput(
            "publishing.sendgrid_key is no public key on P-256; copy the verification key of SendGrid's event webhook."
        )
    return key


def check(headers: Mapping[str, str], body: bytes, key: EllipticCurvePublicKey, now: datetime) -> None:
    """NotGenuine unless SendGrid signed this very body within the last day."""
    timestamp = headers.get("x-twilio-email-event-webhook-timestamp", "")
    try:
        signature = base64.b64decode(headers.get("x-twilio-email-event-webhook-signature", ""), validate=True)
        key.verify(signature, timestamp.encode() + body, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise NotGenuine("The signature is not SendGrid's; switch on the signed event webhook.") from None
    if (
        not (timestamp.isascii() and timestamp.isdigit())
        or abs(now.timestamp() - int(timestamp[:12])) > STALE
    ):
        raise NotGenuine("The timestamp is more than a day off.")


def read(body: bytes, our_host: str | None) -> list[Told]:
    """What the events say of mails of ours; ValueError with a sentence, TooDeep. `our_host` is that of our own links."""
    events = read_json(body)
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise ValueError(f"the body: write a list of at most {MOST_EVENTS:,} events.")
    found = []
    for number, value in enumerate(events):
        event = read_as(Event, value, f"[{number}]", "an event as SendGrid does")
        if (one := _told(event, our_host)) is not None:
            found.append(one)
    return found


def _told(event: Event, our_host: str | None) -> Told | None:
    """None for what is not about a mail of ours, and for what says nothing of its end."""
    name, kind = name_of(event.surmesure, event.smtp_id), _KINDS.get(event.event)
    link = link_of(event.url, our_host) if kind is OutcomeKind.CLICKED else ""
    if name is None or kind is None or link is None:
        return None
    code = enhanced_code(event.status or "")
    if code in (None, "5.0.0"):
        code = enhanced_code(event.reason or "") or code
    return Told(
        event.sg_event_id,
        kind,
        seconds(event.timestamp),
        receipt=name,
        code=code if kind is OutcomeKind.BOUNCED else None,
        gone=event.bounce_classification == _NOBODY or code in NO_SUCH_ADDRESS,
        to=event.email,
        link=link or None,
        agent=event.useragent,
        by_program=event.sg_machine_open is True,
        raw=raw_of(
            {
                "event": event.event,
                "sg_event_id": event.sg_event_id,
                "timestamp": event.timestamp,
                "name": name,
                "status": event.status,
            }
        ),
    )
