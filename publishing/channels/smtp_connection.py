"""Connections to a mail server: as safe as the settings say, kept over many mails, and no answer without an end."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from content_store.errors import WorkFailed
from content_store.sending_settings import SmtpSettings

#: Bytes of one answer, over all its lines.
MOST_BYTES = 65_536

_PIECE = 16_384


class LimitedSMTP(smtplib.SMTP):
    """smtplib with limits: its own timeout begins anew with every byte, and its answers may have any number of lines.

    An answer that is too long, too slow or none closes the connection; `timeout` is for the whole of it, and for the
    whole of what is sent.
    """

    _unread = b""

    def getreply(self) -> tuple[int, bytes]:
        """Code and text of an answer (RFC 5321, 4.2); the code is -1 when it is none."""
        deadline, lines, size = monotonic() + self.timeout, list[bytes](), 0
        while True:
            line = self._line(deadline, MOST_BYTES - size)
            size += len(line) + 1
            lines.append(line)
            code, more = line[:3], line[3:4] == b"-"
            if not (code.isdigit() and b"200" <= code < b"600" and code == lines[0][:3]):
                return -1, b"\n".join(lines)
            if not more:
                return int(code), b"\n".join(part[4:].strip(b" \t\r") for part in lines)

    def send(self, s: Any) -> None:
        """Send bytes, or text in the encoding of commands."""
        rest = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        deadline = monotonic() + self.timeout
        try:
            while rest:
                self._wait(deadline)
                rest = rest[self._socket().send(rest[:_PIECE]) :]
        except OSError as error:
            self._lose(str(error))

    def starttls(self, *given: Any, **named: Any) -> tuple[int, bytes]:
        """As smtplib does; whatever came in clear after the answer was slipped in by somebody else (RFC 3207, 6)."""
        answer = super().starttls(*given, **named)
        self._unread = b""
        return answer

    def _line(self, deadline: float, most: int) -> bytes:
        while b"\n" not in self._unread[:most]:
            if len(self._unread) >= most:
                self._lose(f"its answer is longer than {MOST_BYTES:,} bytes")
            try:
                self._wait(deadline)
                read = self._socket().recv(_PIECE)
            except OSError as error:
                self._lose(str(error))
            if not read:
                self._lose("it hung up")
            self._unread += read
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _wait(self, deadline: float) -> None:
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._socket().settimeout(left)

    def _socket(self) -> Any:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        return self.sock

    def _lose(self, words: str) -> None:
        self.close()
        raise smtplib.SMTPServerDisconnected(words)


class LimitedSMTPS(LimitedSMTP, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@contextmanager
def kept(settings: SmtpSettings) -> Iterator[Callable[[], smtplib.SMTP]]:
    """What gives a connection that works: the same one as long as the server answers on it, else a new one.

    Asked for one, it raises WorkFailed with the server's words when there is none.
    """
    server: smtplib.SMTP | None = None

    def ready() -> smtplib.SMTP:
        nonlocal server
        if server is None or not _answers(server):
            server = _opened(settings)
        return server

    try:
        yield ready
    finally:
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()


@contextmanager
def connected(settings: SmtpSettings) -> Iterator[smtplib.SMTP]:
    """One connection; WorkFailed with the server's words when there is none."""
    with kept(settings) as ready:
        yield ready()


def words(error: Exception) -> str:
    """What the server said, or what happened to the connection."""
    if isinstance(error, smtplib.SMTPResponseException):
        told = error.smtp_error
        return f"{error.smtp_code} {told.decode(errors='replace') if isinstance(told, bytes) else told}"
    return str(error) or type(error).__name__


def _answers(server: smtplib.SMTP) -> bool:
    try:
        if server.sock is not None and server.noop()[0] == 250:
            return True
    except (smtplib.SMTPException, OSError):
        pass
    server.close()
    return False


def _opened(settings: SmtpSettings) -> smtplib.SMTP:
    where = f"{settings.host}:{settings.port}"
    try:
        return _open(settings)
    except smtplib.SMTPNotSupportedError as error:
        raise WorkFailed(f"{where}: {error} Nothing is sent in clear.") from None
    except (smtplib.SMTPException, OSError) as error:
        raise WorkFailed(f"{where} takes no mail: {words(error)}; publish again when it does.") from None


def _open(settings: SmtpSettings) -> smtplib.SMTP:
    host, port, timeout = settings.host or "", settings.port, settings.timeout_seconds
    context = ssl.create_default_context()
    server = (
        LimitedSMTPS(host, port, timeout=timeout, context=context)
        if settings.security == "tls"
        else LimitedSMTP(host, port, timeout=timeout)
    )
    try:
        if settings.security == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        if settings.username:
            server.login(settings.username, settings.password.get_secret_value() if settings.password else "")
    except BaseException:
        server.close()
        raise
    return server
