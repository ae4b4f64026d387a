"""One request, one effect: an action and the answer kept for its idempotency key are committed together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import Header, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from content_store.models import KeptAnswer
from review.auth.guard import Caller
from review.desk import Desk

#: How long an answer is kept.
KEPT = timedelta(days=7)

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,100}$",
        description="The same key gives the same answer again.",
    ),
]


def once(
    request: Request,
    desk: Desk,
    caller: Caller,
    key: str | None,
    wanted: BaseModel | None,
    act: Callable[[Session], BaseModel],
    status: int = 200,
) -> Response:
    """Do `act` in a transaction and answer with what it gives; a repeated key gets the answer of the first time.

    `wanted` is what the request's body asked for.
    """
    if key is None:
        with desk.sessions.begin() as session:
            return _answer(status, act(session).model_dump_json())
    request_hash = _request_hash(request, wanted)
    try:
        with desk.sessions.begin() as session:
            kept = session.get(KeptAnswer, (caller.user.id, key))
            if kept is not None:
                return _again(kept, request_hash)
            session.execute(delete(KeptAnswer).where(KeptAnswer.at < desk.now() - KEPT))
            kept = KeptAnswer(
                user_id=caller.user.id,
                key=key,
                request_hash=request_hash,
                status=status,
                body="",
                at=desk.now(),
            )
            session.add(kept)
            # Written before anything is done: the same key sent twice at once waits here, and finds the answer.
            session.flush()
            kept.body = act(session).model_dump_json()
        return _answer(status, kept.body)
    except IntegrityError:
        # The same key came twice at once; the other one was first.
        with desk.reads() as session:
            kept = session.get(KeptAnswer, (caller.user.id, key))
            if kept is None:
                raise
            return _again(kept, request_hash)


def answered(
    request: Request, desk: Desk, caller: Caller, key: str | None, wanted: BaseModel
) -> Response | None:
    """The answer of the first time, for an action that needs slow work before its transaction; None the first time."""
    if key is None:
        return None
    with desk.reads() as session:
        kept = session.get(KeptAnswer, (caller.user.id, key))
    return _again(kept, _request_hash(request, wanted)) if kept else None


def _request_hash(request: Request, wanted: BaseModel | None) -> str:
    asked = wanted.model_dump_json() if wanted else ""
    parts = (request.method, request.url.path, request.headers.get("if-match", ""), asked)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _again(kept: KeptAnswer, request_hash: str) -> Response:
    if kept.request_hash != request_hash:
        raise HTTPException(
            422, "This Idempotency-Key was used for another request; take a new key for each one."
        )
    return _answer(kept.status, kept.body)


def _answer(status: int, body: str) -> Response:
    return Response(body, status, media_type="application/json")
