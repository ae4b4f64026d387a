"""POST /v1/decisions: a site's or an app's server asks what to show a customer, and shows its key."""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from publishing.decisions.asking import read_question, tell
from publishing.decisions.service import Decisions
from publishing.receipt_tokens import receipt

PATH = "/v1/decisions"

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def route(decisions: Decisions, slots: Collection[str], key: str, receipt_key: bytes) -> Route:
    """The endpoint; `key` is what whoever asks must show, `receipt_key` signs the receipts."""
    expected = f"Bearer {key}".encode()

    async def answer(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode("latin-1"), expected):
            return _refuse(401, "Show the key: Authorization: Bearer KEY.", {"WWW-Authenticate": "Bearer"})
        try:
            question = read_question(await request.body(), slots)
        except ValueError as error:
            return _refuse(422, str(error))
        except HTTPException as error:
            reason = "took too long to come" if error.status_code == 408 else "is too long"
            return _refuse(error.status_code, f"The body {reason}.", error.headers or {})
        decided = await decisions.answer(question)
        numbers = {item.publication_id for item in decided.decisions if item.publication_id is not None}
        receipts = {number: receipt(receipt_key, number) for number in numbers}
        return _json(200, tell(decided.decisions, receipts))

    return Route(PATH, answer, methods=["POST"])


def _refuse(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    return _json(status, json.dumps({"error": sentence}, ensure_ascii=False).encode(), headers or {})


def _json(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status, {**_HEADERS, **(headers or {})}, "application/json")
