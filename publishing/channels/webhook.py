"""Webhooks: a signed request for each publication, its id the same each time (Standard Webhooks 1.0)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import httpcore
import httpx

from content_store.errors import WorkFailed
from content_store.models import PublicationStatus
from content_store.sending_settings import WebhookSettings
from publishing.answers import Answer
from publishing.channels.file import columns
from publishing.escaping import one_line
from publishing.intents import Outgoing
from publishing.outbound import GuardedBackend

#: Bytes of an answer that are read.
MOST_ANSWER = 65_536

#: Answers about this publication: it is malformed for the receiver, and will be each time.
_NEVER = (400, 413, 422)
#: Certainly not taken, and welcome later.
_LATER = (425, 429)
_GONE = 410


class Post(NamedTuple):
    """A request as it goes out, but for its time and signature."""

    id: str
    body: bytes


class Posted(NamedTuple):
    """What became of a request."""

    answer: Answer
    #: what the receiver has against all of them; nothing more is sent before it is put right
    refusal: str | None = None
    #: the receiver wants nothing any more
    gone: bool = False
    #: how long it wants to be left alone
    pause: timedelta | None = None


def build(item: Outgoing, key: bytes) -> Post:
    """The request of one publication: the same id and bytes each time, also from a database that was restored.

    `key` is that of the suppressions: others with the same briefs have another, so their ids never meet.
    """
    row = item.publication
    parts = ("webhook", row.brief_id, row.occurrence.isoformat(), row.customer_id, row.channel, str(row.step))
    name = hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:32]
    return Post(f"pub_{name}", json.dumps(columns(item), ensure_ascii=False).encode())


def signature(secrets: Sequence[bytes], post: Post, at: int) -> str:
    """One for each secret, with spaces between: HMAC-SHA256 of `id.timestamp.body`."""
    signed = f"{post.id}.{at}.".encode() + post.body
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets
    )


def connections(settings: WebhookSettings) -> httpcore.AsyncConnectionPool:
    """Kept open between requests. Redirects are not followed, proxies and cookies not used."""
    return httpcore.AsyncConnectionPool(
        ssl_context=ssl.create_default_context(),
        max_connections=settings.connections,
        keepalive_expiry=5,
        network_backend=GuardedBackend(settings.allow),
    )


async def send(
    pool: httpcore.AsyncConnectionPool, url: httpx.URL, post: Post, settings: WebhookSettings, at: datetime
) -> Posted:
    """Send one request and read the answer, within the time of the settings in all."""
    seconds = int(at.timestamp())
    headers: dict[bytes | str, bytes | str] = {
        "Host": url.netloc.decode("ascii"),
        "Content-Type": "application/json",
        "User-Agent": "surmesure",
        "webhook-id": post.id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(settings.keys, post, seconds),
    }
    there = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    response, words = None, bytearray()
    try:
        async with (
            asyncio.timeout(settings.timeout_seconds),
            pool.stream("POST", there, headers=list(headers.items()), content=post.body) as response,
        ):
            async for part in response.aiter_stream():
                words += part
                if len(words) >= MOST_ANSWER:
                    break
    except WorkFailed as error:
        return Posted(Answer(PublicationStatus.PLANNED), refusal=str(error))
    except (TimeoutError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        # The status is the answer, whatever became of the rest.
        if response is None:
            return _unanswered(error)
    return _answered(response, bytes(words[:300]).decode(errors="replace"), at)


def _unanswered(error: Exception) -> Posted:
    told = str(error) or "no answer in time"
    if not isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return Posted(Answer(PublicationStatus.INTENT, f"the answer was lost: {told}"))
    # httpcore keeps where it came from as the context only.
    if isinstance(error.__context__, ssl.SSLError):
        return Posted(Answer(PublicationStatus.PLANNED), refusal=f"{told}; nothing was sent.")
    return Posted(Answer(PublicationStatus.PLANNED, f"no connection: {told}"))


def _answered(response: httpcore.Response, words: str, at: datetime) -> Posted:
    code = response.status
    told = one_line(f"{code} {words}")
    if 200 <= code < 300:
        return Posted(Answer(PublicationStatus.ACCEPTED))
    if code in _NEVER:
        return Posted(Answer(PublicationStatus.REJECTED, told))
    if code == 409:
        # It has something under this id, and does not say that it is the same.
        return Posted(Answer(PublicationStatus.UNKNOWN, told))
    if code in _LATER or code == 408 or 500 <= code < 600:
        # A server that failed may have done its work before.
        status = PublicationStatus.PLANNED if code in _LATER else PublicationStatus.INTENT
        return Posted(Answer(status, told), pause=_pause(response, code, at))
    return Posted(
        Answer(PublicationStatus.PLANNED), refusal=f"it answers {told}".rstrip() + ".", gone=code == _GONE
    )


def _pause(response: httpcore.Response, code: int, at: datetime) -> timedelta | None:
    """What Retry-After says, in seconds or as a date (RFC 9110, 10.2.3); too many requests want some pause."""
    headers = {name.lower(): value for name, value in response.headers}
    given = headers.get(b"retry-after", b"").decode("latin-1")
    if given.isascii() and given.isdigit():
        return timedelta(seconds=min(int(given[:9]), 999_999_999))
    try:
        return max(parsedate_to_datetime(given).astimezone(UTC) - at, timedelta(0))
    except (ValueError, OverflowError):
        return timedelta(0) if code == 429 else None
