"""Mails: built once, signed, and handed to a server whose every answer means something (RFC 5321)."""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

import dkim

from content_store.brand_folder.briefs import Sender
from content_store.errors import BadInput, WorkFailed
from content_store.models import PublicationStatus
from content_store.sending_settings import SmtpSettings
from publishing.answers import Answer
from publishing.channels.smtp_connection import words
from publishing.enhanced_codes import NO_SUCH_ADDRESS, enhanced_code
from publishing.render import AI_HEADER, Rendered

# Nothing that a relay would have to convert, which would break the signature.
_POLICY = SMTP.clone(cte_type="7bit")

#: Answers that are about us and not about the customer: sign in first, or not from this sender.
_OURS = (530, 534, 535, 538)

#: "Service not available, closing transmission channel."
_CLOSING = 421

_DOT = re.compile(rb"(?m)^\.")

#: What a signature covers; RFC 8058 wants both unsubscribe headers in it.
_SIGNED = (
    b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip


class Mail(NamedTuple):
    """A mail as it goes out; what comes back of it goes to `sender`."""

    sender: str
    to: str
    content: bytes


def build(
    rendered: Rendered,
    sender: Sender,
    to: str,
    opt_out: str,
    name: str,
    at: datetime,
    *,
    bounces_to: str | None = None,
) -> Mail:
    """The mail of one publication; `name` makes its Message-ID. What comes back goes to the sender without `bounces_to`.

    BadInput when one of the addresses cannot stand in a header; `trial` tells whether that is the sender's.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address(sender.address, sender.name)
    message["To"] = _address(to)
    if sender.reply_to:
        message["Reply-To"] = _address(sender.reply_to)
    message["Subject"] = rendered.subject or ""
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{name}@{sender.address.rpartition('@')[2]}>"
    if rendered.ai_mark:
        message[AI_HEADER] = rendered.ai_mark
    message.set_content(rendered.text)
    if rendered.html is not None:
        message.add_alternative(rendered.html, subtype="html")
    # Written by hand: a long link would be folded into encoded words, which nobody reads as a link (RFC 2369, 2).
    stop = f"List-Unsubscribe: <{opt_out}>\r\n"
    if opt_out.startswith("https://"):
        stop += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return Mail(bounces_to or sender.address, to, stop.encode("ascii") + message.as_bytes())


def trial(sender: Sender, opt_out: str, settings: SmtpSettings, at: datetime) -> None:
    """Build and sign a mail that is not sent, so that what is wrong with all of them is found before the first.

    BadInput for the sender's address, WorkFailed for the key.
    """
    nothing = Rendered("email", "", None, "", {}, "", {}, {}, None, "")
    sign(build(nothing, sender, "trial@example.com", opt_out, "trial", at), settings)


def _address(address: str, name: str = "") -> Address:
    try:
        if not address.isascii():
            raise ValueError("most servers take ASCII only")
        return Address(name, addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:
        raise BadInput(f"the address {address[:100]!r} is none that a mail can have ({error}).") from None


def sign(mail: Mail, settings: SmtpSettings) -> Mail:
    """The mail with a DKIM signature (RFC 6376), when a key is configured; WorkFailed when the key is none."""
    if not (settings.dkim_key and settings.dkim_domain and settings.dkim_selector):
        return mail
    try:
        key = settings.dkim_key.expanduser().read_bytes()
        present = [name for name in _SIGNED if re.search(rb"(?im)^" + name + rb":", mail.content)]
        signature = dkim.sign(
            mail.content,
            settings.dkim_selector.encode(),
            settings.dkim_domain.encode(),
            key,
            include_headers=present,
        )
    except OSError as error:
        raise WorkFailed(f"{settings.dkim_key}: {error.strerror}; smtp.dkim_key names that file.") from None
    except (dkim.DKIMException, ValueError) as error:
        raise WorkFailed(
            f"{settings.dkim_key} signs nothing: {error}; it must be a private key in PEM."
        ) from None
    return mail._replace(content=signature + mail.content)


def send(server: smtplib.SMTP, mail: Mail) -> Answer:
    """Hand one mail over.

    Up to the end of the text nothing was taken, and a lost connection means to come again. After it nobody knows: the
    answer is UNKNOWN, and the mail is never sent again by itself. 4xx means later, 5xx never (RFC 5321, 4.2.1); what
    the server has against the sender is WorkFailed, and says nothing of the customer.
    """
    try:
        for command, taken in (
            (f"MAIL FROM:<{mail.sender}>", (250,)),
            (f"RCPT TO:<{mail.to}>", (250, 251, 252)),
            ("DATA", (354,)),
        ):
            code, text = server.docmd(command)
            if code not in taken:
                if code == _CLOSING or not 400 <= code < 600:
                    # It hangs up, or no longer answers what was asked.
                    server.close()
                else:
                    with suppress(smtplib.SMTPException, OSError):
                        server.rset()
                if code in _OURS or (command.startswith("MAIL") and 500 <= code < 600):
                    raise WorkFailed(
                        f"the mail server takes nothing from {mail.sender}: {_refusal(code, text).reason};"
                        " put that right and publish again: it goes on from there."
                    )
                return _refusal(code, text)._replace(
                    no_such_address=command.startswith("RCPT") and _says_nobody(code, text)
                )
    except (smtplib.SMTPException, OSError) as error:
        server.close()
        return Answer(PublicationStatus.PLANNED, f"the connection was lost: {words(error)}")
    try:
        server.send(_DOT.sub(b"..", mail.content) + b".\r\n")
        code, text = server.getreply()
    except (smtplib.SMTPException, OSError) as error:
        server.close()
        return Answer(PublicationStatus.UNKNOWN, f"the connection was lost before the answer: {words(error)}")
    if 200 <= code < 300:
        return Answer(PublicationStatus.ACCEPTED)
    if code == _CLOSING or not 400 <= code < 600:
        server.close()
    if 400 <= code < 600:
        return _refusal(code, text)
    return Answer(PublicationStatus.UNKNOWN, "the server's answer was none")


def _says_nobody(code: int, text: bytes) -> bool:
    return 500 <= code < 600 and enhanced_code(text.decode(errors="replace")) in NO_SUCH_ADDRESS


def _refusal(code: int, text: bytes) -> Answer:
    told = f"{code} {text.decode(errors='replace')[:300]}"
    again = not 500 <= code < 600
    return Answer(PublicationStatus.PLANNED if again else PublicationStatus.REJECTED, told)
