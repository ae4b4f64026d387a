"""Mails that come back: what a delivery report (RFC 3464) or a complaint (RFC 5965) says of a mail of ours."""

from __future__ import annotations

import enum
import re
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from typing import NamedTuple

from publishing.enhanced_codes import enhanced_code
from publishing.message_names import MessageName, read_message_id

#: Reports are a few kilobytes, with the whole of our mail a few more.
MOST_BYTES = 2_000_000
MOST_LINES = 50_000

#: Parts within parts: the parser's work grows with their depth.
MOST_PARTS = 40

#: Bytes of a Content-Type: the work of reading its parameters grows with the square.
MOST_TYPE = 5_000

_PART = re.compile(rb"(?i)multipart/|message/")
_TYPE = re.compile(rb"(?i)(?:\A|[\r\n])content-type:(?:[^\r\n]|(?:\r\n|\r|\n)[ \t])*")
_LINE_END = re.compile(rb"\r\n|\r|\n")


class Kind(enum.StrEnum):
    """What became of a mail."""

    FAILED = "failed"  #: it will never arrive
    DELAYED = "delayed"  #: some server still tries
    DELIVERED = "delivered"  #: it arrived, or was handed to a server that reports no more
    COMPLAINED = "complained"  #: the customer called it spam


#: What RFC 3464, 2.3.3 calls an action, the gravest first: a mail of ours has one recipient, who may be several people.
_ACTIONS = {
    "failed": Kind.FAILED,
    "delayed": Kind.DELAYED,
    "delivered": Kind.DELIVERED,
    "relayed": Kind.DELIVERED,
    "expanded": Kind.DELIVERED,
}


class Report(NamedTuple):
    """What came back says of one mail."""

    mail: MessageName
    kind: Kind
    #: enhanced status code (RFC 3463), such as 5.1.1
    code: str | None = None
    #: what the server that gave up was told, in its words
    diagnostic: str | None = None
    #: whom the mail that came back was addressed to
    to: str | None = None


class NoReport(Exception):  # noqa: N818 - most mails are none, which is no error
    """A mail that says nothing of a mail of ours; the message says why, and is one of a few."""


def parse(raw: bytes) -> Report:
    """Read a mail as it came in; whether the mail that it names is one of ours is not known yet. Raises NoReport."""
    if len(raw) > MOST_BYTES or len(_LINE_END.findall(raw)) > MOST_LINES:
        raise NoReport("it is too large for a report")
    if any(len(found[0]) > MOST_TYPE for found in _TYPE.finditer(raw)):
        raise NoReport("its Content-Type is too long")
    if len(_PART.findall(raw)) > MOST_PARTS:
        raise NoReport("it has too many parts within parts")
    message = message_from_bytes(raw)
    if message.get_content_type() != "multipart/report":
        raise NoReport("it is no report of a mail server (multipart/report)")
    parts = {part.get_content_type(): part for part in reversed(_inside(message))}
    if "message/delivery-status" in parts:
        kind, code, diagnostic = _delivery(parts["message/delivery-status"])
    elif "message/feedback-report" in parts:
        kind, code, diagnostic = _feedback(parts["message/feedback-report"]), None, None
    else:
        raise NoReport("it is a report of another kind")
    returned = _returned(parts)
    mail = read_message_id(_field(returned, "Message-ID")) if returned is not None else None
    if returned is None or mail is None:
        raise NoReport("it names no mail of ours")
    return Report(mail, kind, code, diagnostic, parseaddr(_field(returned, "To"))[1] or None)


def _delivery(part: Message) -> tuple[Kind, str | None, str | None]:
    """The gravest of what it says of recipients."""
    blocks = {_field(block, "Action").lower(): block for block in reversed(_inside(part))}
    action = next((action for action in _ACTIONS if action in blocks), None)
    if action is None:
        raise NoReport("it says nothing of a recipient")
    block = blocks[action]
    diagnostic = _field(block, "Diagnostic-Code") or None
    code = enhanced_code(_field(block, "Status"))
    if code in (None, "5.0.0"):
        # Some servers, Exim among them, have only a general status of their own and quote the other's.
        code = enhanced_code(diagnostic or "") or code
    return _ACTIONS[action], code, diagnostic


def _feedback(part: Message) -> Kind:
    (fields, *_) = _inside(part) or [Message()]
    if _field(fields, "Feedback-Type").lower() != "abuse":
        raise NoReport("it is feedback of another kind than a complaint")
    return Kind.COMPLAINED


def _returned(parts: dict[str, Message]) -> Message | None:
    """The headers of the mail that came back."""
    if "message/rfc822" in parts:
        return next(iter(_inside(parts["message/rfc822"])), None)
    for name in ("text/rfc822-headers", "message/rfc822-headers"):
        if name in parts:
            inside = _inside(parts[name])
            content = parts[name].get_payload(decode=True)
            return inside[0] if inside else message_from_bytes(content if isinstance(content, bytes) else b"")
    return None


def _inside(part: Message) -> list[Message]:
    inside = part.get_payload()
    return [item for item in inside if isinstance(item, Message)] if isinstance(inside, list) else []


def _field(message: Message, name: str) -> str:
    """The value of a field on one line, at most 1,000 characters; empty when it is missing."""
    return " ".join(str(message.get(name, ""))[:1_000].split())
