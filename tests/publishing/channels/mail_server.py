"""A real SMTP server in this process that answers as a test wants, and keeps what it took."""

from __future__ import annotations

import socket
from asyncio import Transport
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from content_store.sending_settings import SmtpSettings


class MailServer:
    """Answers by the recipient's address: what is not in a table is taken."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        #: the answer to every MAIL FROM
        self.sender = "250 OK"
        #: answers to RCPT TO and after the text
        self.to: dict[str, str] = {}
        self.text: dict[str, str] = {}
        #: takes the mail, and is gone before it says so
        self.drops: set[str] = set()
        #: hangs up instead of an answer to RCPT TO
        self.hangs_up_at: set[str] = set()
        #: takes so many mails on one connection
        self.most_mails: int | None = None
        #: the envelope's sender of each mail
        self.senders: list[str] = []
        #: how often somebody connected and said hello
        self.connections = 0
        self._on_this: dict[Session, int] = {}

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        self.connections += 1
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.most_mails is not None and self._on_this.get(session, 0) >= self.most_mails:
            return "421 4.7.0 too many mails on one connection"
        envelope.mail_from = address
        return self.sender

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.hangs_up_at:
            _hang_up(server)
        envelope.rcpt_tos.append(address)
        return self.to.get(address, "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        if address in self.text:
            return self.text[address]
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        self.senders.append(str(envelope.mail_from))
        self._on_this[session] = self._on_this.get(session, 0) + 1
        if address in self.drops:
            _hang_up(server)
        return "250 OK"

    def mails(self) -> list[EmailMessage]:
        """What was taken, parsed."""
        return [message_from_bytes(mail, EmailMessage, policy=policy.default) for mail in self.taken]

    def addresses(self) -> list[str]:
        return [str(mail["To"]) for mail in self.mails()]


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, Transport)
    server.transport.abort()


@contextmanager
def mail_server(**fields: Any) -> Iterator[tuple[MailServer, SmtpSettings]]:
    """The server, and settings that lead to it."""
    handler = MailServer()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, **fields)
    controller.start()
    try:
        yield handler, SmtpSettings(host="127.0.0.1", port=port, security="none")
    finally:
        controller.stop()
