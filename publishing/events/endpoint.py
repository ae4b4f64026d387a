"""The doors that outcomes come in by: each knows who may send, and what is read of the body."""

from __future__ import annotations

import json
from asyncio import Semaphore
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from content_store.app_settings import PublishingSettings
from content_store.turns import taking_turns
from publishing.events import batch, mailgun, sendgrid
from publishing.events.desk import Desk
from publishing.events.intake import take
from publishing.events.told import NotGenuine, Told, TooDeep

#: Bytes of a body; SendGrid sends at most 768 kB at a time.
MOST_BYTES = 1_000_000

#: Batches that are taken in at once; the others wait, so that who unsubscribes finds a thread. SQLite has one writer.
MOST_AT_ONCE = {"postgresql": 8, "sqlite": 1}

#: The bodies that may be longer than those of other pages.
LONG = dict.fromkeys((batch.PATH, sendgrid.PATH, mailgun.PATH), MOST_BYTES)

#: Headers, body and now -> what was told; raises NotGenuine, TooDeep, and ValueError with a sentence.
Reader = Callable[[Mapping[str, str], bytes, datetime], list[Told]]

_WRONG_BODIES = {
    408: "The body took too long to come; send it again.",
    413: f"The body has more than {MOST_BYTES:,} bytes.",
}

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Turns(NamedTuple):
    """Who takes a batch in, and what they do after it."""

    taken: Semaphore
    pause: Callable[[], None]


def routes(settings: PublishingSettings, desk: Desk, our_host: str | None) -> list[Route]:
    """The doors for which there is a key; `our_host` is that of the links that we count ourselves."""
    made, turns = [], _turns(desk)
    if keys := settings.events_keys:

        def signed(headers: Mapping[str, str], body: bytes, now: datetime) -> list[Told]:
            batch.check(headers, body, keys, now)
            return batch.read(body)

        made.append(_route(batch.PATH, batch.ORIGIN, signed, desk, turns))
    if settings.sendgrid_key is not None:
        public_key = sendgrid.load_public_key(settings.sendgrid_key)

        def from_sendgrid(headers: Mapping[str, str], body: bytes, now: datetime) -> list[Told]:
            sendgrid.check(headers, body, public_key, now)
            return sendgrid.read(body, our_host)

        made.append(_route(sendgrid.PATH, sendgrid.ORIGIN, from_sendgrid, desk, turns))
    if settings.mailgun_key is not None:
        signing_key = settings.mailgun_key.get_secret_value()

        def from_mailgun(_: Mapping[str, str], body: bytes, now: datetime) -> list[Told]:
            return mailgun.read(body, signing_key, our_host, now)

        made.append(_route(mailgun.PATH, mailgun.ORIGIN, from_mailgun, desk, turns))
    return made


def _turns(desk: Desk) -> Turns:
    dialect = desk.sessions.kw["bind"].dialect.name
    return Turns(Semaphore(MOST_AT_ONCE[dialect]), taking_turns(desk.sessions))


def _route(path: str, origin: str, read: Reader, desk: Desk, turns: Turns) -> Route:
    async def answer(request: Request) -> Response:
        try:
            body = await request.body()
        except HTTPException as error:
            return _refuse(error.status_code, _WRONG_BODIES[error.status_code], error.headers)
        async with turns.taken:
            answer = await run_in_threadpool(_answer, request.headers, body, origin, read, desk)
            # Before the next batch, whoever clicks or unsubscribes comes in.
            await run_in_threadpool(turns.pause)
            return answer

    return Route(path, answer, methods=["POST"])


def _answer(headers: Mapping[str, str], body: bytes, origin: str, read: Reader, desk: Desk) -> Response:
    try:
        told = read(headers, body, desk.now())
    except NotGenuine as error:
        return _refuse(401, str(error), {"WWW-Authenticate": "Signature"})
    except TooDeep:
        return _refuse(413, "The body is nested too deeply.")
    except ValueError as error:
        return _refuse(422, str(error))
    taken = take(desk, origin, told)
    quarantined = [{"id": name, "reason": reason} for name, reason in taken.quarantined]
    return _json(200, {"taken": taken.taken, "known": taken.known, "quarantined": quarantined})


def _refuse(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    return _json(status, {"error": sentence}, headers)


def _json(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    # In ASCII: a sentence may quote half of a character that the sender wrote.
    return Response(json.dumps(value).encode(), status, {**_HEADERS, **(headers or {})}, "application/json")
