"""A real HTTP server in this process that takes webhooks, answers as a test wants, and keeps what it took."""

from __future__ import annotations

import base64
import json
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

from pydantic import SecretStr

from content_store.sending_settings import WebhookSettings

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


class Taken(NamedTuple):
    """A request that came in whole."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def fields(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


class Receiver(ThreadingHTTPServer):
    """Answers by the customer's id: what is not in a table is taken."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[Taken] = []
        self.connections = 0
        #: for everybody, by path, and by customer: a status and headers
        self.answer: tuple[int, dict[str, str]] = (204, {})
        self.paths: dict[str, tuple[int, dict[str, str]]] = {}
        self.to: dict[str, tuple[int, dict[str, str]]] = {}
        #: takes it, and is gone before it says so
        self.drops: set[str] = set()
        #: says it byte by byte, until the test is over
        self.drips: set[str] = set()
        #: bytes of its answers
        self.size = 2
        self.over = Event()
        self.lock = Lock()

    def customers(self) -> Counter[str]:
        return Counter(str(item.fields["customer_id"]) for item in self.taken)

    def ids(self) -> dict[str, set[str]]:
        """The ids under which each customer was written."""
        found: dict[str, set[str]] = {}
        for item in self.taken:
            found.setdefault(str(item.fields["customer_id"]), set()).add(item.id)
        return found

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Receiver

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections += 1

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        item = Taken(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        with self.server.lock:
            self.server.taken.append(item)
        customer = str(item.fields.get("customer_id"))
        if customer in self.server.drops:
            self.close_connection = True
            self.connection.shutdown(SHUT_RDWR)
            return
        if customer in self.server.drips:
            for byte in b"HTTP/1.1 200 O" + b"K" * 1_000:
                self.wfile.write(bytes([byte]))
                if self.server.over.wait(0.05):
                    return
        usual = self.server.paths.get(self.path, self.server.answer)
        code, headers = self.server.to.get(customer, usual)
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        content = b"" if code == 204 else b"x" * self.server.size
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@contextmanager
def receiver(certificate: Path | None = None, **fields: Any) -> Iterator[tuple[Receiver, WebhookSettings]]:
    """The server, and settings that lead to it; with a folder of a certificate by TLS, as localhost."""
    server = Receiver()
    host = f"http://127.0.0.1:{server.server_port}"
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate / "cert.pem", certificate / "cert.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        host = f"https://localhost:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    given: dict[str, Any] = {
        "url": f"{host}/in",
        "allow": ["127.0.0.0/8", "::1"],
        "secret": SecretStr(SECRET),
    }
    try:
        yield server, WebhookSettings(**(given | fields))
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
