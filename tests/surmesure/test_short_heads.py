"""A request whose headers do not end is hung up on; one with a long body is served."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from surmesure.short_heads import MOST_BYTES, ShortHeads


async def _count(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """Where an app says how long a body is."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/", _count, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", http=ShortHeads))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()[:2]
    server.should_exit = True
    thread.join()
    listener.close()


def _answers(address: tuple[str, int], *parts: bytes) -> bytes:
    found = b""
    with socket.create_connection(address, timeout=30) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # hung up on
        try:
            while part := connection.recv(65_536):
                found += part
        except ConnectionResetError:
            pass
    return found


def test_a_header_without_an_end_is_hung_up_on(address: tuple[str, int]) -> None:
    begun = b"POST / HTTP/1.1\r\nHost: here\r\nLong: "
    assert b"200 OK" not in _answers(address, begun, *[b"a" * 65_536] * 16, b"\r\nContent-Length: 0\r\n\r\n")


def test_headers_without_an_end_are_hung_up_on(address: tuple[str, int]) -> None:
    line = b"Name: " + b"a" * 1_000 + b"\r\n"
    many = [line] * (MOST_BYTES // len(line) + 1)
    assert b"200 OK" not in _answers(address, b"POST / HTTP/1.1\r\nHost: here\r\n", *many, b"\r\n")


def test_long_bodies_one_after_the_other_are_served(address: tuple[str, int]) -> None:
    body = b"b" * (2 * MOST_BYTES)
    with httpx.Client(base_url=f"http://127.0.0.1:{address[1]}", timeout=60, trust_env=False) as client:
        assert [client.post("/", content=sent).text for sent in (body, body, b"")] == [
            "1048576",
            "1048576",
            "0",
        ]
