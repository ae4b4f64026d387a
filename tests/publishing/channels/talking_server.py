"""A server of a few lines that says whatever a test wants, at whatever pace, and forgets what it is told."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from content_store.sending_settings import SmtpSettings

#: Says something to one who is connected; the event is set when nobody listens any more.
Say = Callable[[socket.socket, Event], None]

#: Seconds between two bytes of a server that drips.
_PACE = 0.02


def line(text: bytes) -> Say:
    """One line."""
    return lambda connection, _: connection.sendall(text + b"\r\n")


def drip(text: bytes) -> Say:
    """The same bytes over and over, one now and then."""

    def say(connection: socket.socket, over: Event) -> None:
        while not over.wait(_PACE):
            for byte in text:
                connection.sendall(bytes([byte]))
                over.wait(_PACE)

    return say


def flood(text: bytes) -> Say:
    """The same bytes over and over, as fast as they are read."""

    def say(connection: socket.socket, over: Event) -> None:
        while not over.is_set():
            connection.sendall(text * 1000)

    return say


def nothing(_connection: socket.socket, _over: Event) -> None:
    """No answer to this line, but to the next one perhaps."""


def deaf(_connection: socket.socket, over: Event) -> None:
    """Nothing at all, and nothing more is read."""
    over.wait()


@contextmanager
def server_that_says(*said: Say, timeout_seconds: float = 0.5) -> Iterator[SmtpSettings]:
    """To one who connects: the first as a greeting, then one for each line that comes in; then it hangs up."""
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            # Whoever had enough hangs up in the middle.
            with connection, suppress(OSError):
                connection.settimeout(30)
                commands = connection.makefile("rb")
                said[0](connection, over)
                for say in said[1:]:
                    commands.readline()
                    say(connection, over)

        thread = Thread(target=serve)
        thread.start()
        port = listening.getsockname()[1]
        try:
            yield SmtpSettings(host="127.0.0.1", port=port, security="none", timeout_seconds=timeout_seconds)
        finally:
            over.set()
            thread.join()
