"""What every answer carries and every request is held to, as plain ASGI middleware."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from content_store.app_settings import ReviewSettings
from content_store.setting_parts import LOOPBACK

MOST_BYTES = 1_000_000
DEEPEST = 64

_MOST_THROWN_AWAY = 10 * MOST_BYTES

# It also takes a string that never ends, else each quotation mark in one would be tried anew.
_STRING = re.compile(rb'"(?:[^"\\]|\\.?)*+(?:"|\Z)', re.DOTALL)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

#: Nothing inline, nothing from elsewhere, nobody frames us.
PAGE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none';"
        " base-uri 'none'",
        "X-Content-Type-Options": "nosniff",
        # Not no-referrer: browsers would then send `Origin: null` with our own forms.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        "Cache-Control": "no-store",
    }
)

#: For the answer inside the preview's frame, whose route sets these itself: an e-mail brings its own style; it runs
#: nothing, asks nothing of any host, and is of no origin.
PREVIEW_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
        " form-action 'none'; frame-ancestors 'self'; base-uri 'none'",
    }
)


class PageHeaders:
    """Adds the headers that an answer does not set itself; with https also Strict-Transport-Security."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.headers = dict(PAGE_HEADERS)
        if secure:
            self.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    # Files in static/ may be kept; pages hold what customers will read.
                    if name != "Cache-Control" or not scope["path"].startswith("/static/"):
                        headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class BodyLimit:
    """Reads a request's body before anybody else: at most a megabyte, and JSON at most 64 levels deep; else 413."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        try:
            body = await _read(scope, receive)
        except ClientDisconnect:
            return
        if body is None:
            sentence = f"The request is larger than {MOST_BYTES} bytes."
        elif not _is_form(scope) and _too_deep(body):
            sentence = f"The JSON is nested more than {DEEPEST} levels deep."
        else:
            await self.app(scope, _again(body, receive), send)
            return
        answer = json.dumps({"detail": sentence})
        # The rest of a body that is too large is not read, so the connection cannot be used again.
        response = Response(answer, 413, {"Connection": "close"}, "application/json")
        await response(scope, receive, send)


def protect(app: FastAPI, settings: ReviewSettings) -> None:
    """Put all of it around an app; the last one added is the first that a request meets."""
    app.add_middleware(BodyLimit)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_hosts(settings), www_redirect=False)
    app.add_middleware(PageHeaders, secure=settings.secure)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)


def _hosts(settings: ReviewSettings) -> list[str]:
    """Other names for this address are refused: a name that an attacker points at this machine is not ours."""
    if settings.public_url is None:
        return [*LOOPBACK, "[::1]"]
    host = urlsplit(settings.public_url).hostname or ""
    return [host, f"[{host}]"] if ":" in host else [host]


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """The body, or None when it is too large; ClientDisconnect when it does not come whole.

    What is too large is read on for a while and thrown away: whoever is answered while still sending may never see why.
    """
    announced = Headers(scope=scope).get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > _MOST_THROWN_AWAY:
        return None
    body = bytearray()
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        piece = message.get("body", b"")
        size += len(piece)
        if size <= MOST_BYTES:
            body += piece
        if size > _MOST_THROWN_AWAY or not message.get("more_body", False):
            return bytes(body) if size <= MOST_BYTES else None


def _again(body: bytes, receive: Receive) -> Receive:
    """Hands the body out once, then goes on with what the server says."""
    pending = [body]

    async def receive_body() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return receive_body


def _is_form(scope: Scope) -> bool:
    return Headers(scope=scope).get("content-type", "").lower().startswith(_FORMS)


def _too_deep(body: bytes) -> bool:
    """Counts the brackets outside strings, without building anything."""
    depth = 0
    for bracket in re.findall(rb"[\[\]{}]", _STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            return True
    return False
