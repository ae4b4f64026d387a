"""The JSON API: the same actions as the pages, for other tools; its description is at /api/v1/openapi.json."""

from __future__ import annotations

import logging
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from content_store.errors import BadInput, NotAllowed, StaleState, SurmesureError
from review.api import blocks, log, messages, preparing, runs
from review.desk import Desk

PATH = "/api/v1"

#: What is said of the database, and of a mistake of ours; neither tells what stood in the error.
BUSY = "The database is busy or does not answer; nothing was changed, so try again in a moment."
UNEXPECTED = "Something went wrong here that should not; tell whoever runs this page at what time it was."

DESCRIPTION = """\
Sign requests with `Authorization: Bearer sm_…` (`surmesure users token`); a token's scopes and its user's roles both bound it.

* Whatever changes a message names the bytes that were seen: `If-Match` with the `ETag` of the message. Other bytes: 412.
  Somebody was faster: 409.
* A POST with an `Idempotency-Key` that comes again gets the first answer again; the same key with another request is 422.
* Every error is `{"detail": "one sentence"}`.
"""


def create_api(desk: Desk) -> FastAPI:
    """The API of one brand, to be mounted under PATH."""
    api = FastAPI(
        title="surmesure",
        version=version("surmesure"),
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        servers=[{"url": PATH}],
        root_path_in_servers=False,
    )
    api.state.desk = desk
    for router in (messages.router, preparing.router, blocks.router, runs.router, log.router):
        api.include_router(router)
    api.add_exception_handler(SurmesureError, _say)
    api.add_exception_handler(RequestValidationError, _say_what_is_wrong)
    api.add_exception_handler(OperationalError, _say_busy)
    api.add_exception_handler(PoolTimeout, _say_busy)
    api.add_exception_handler(Exception, _say_unexpected)
    return api


def _say(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    return JSONResponse({"detail": str(error)}, _status(error))


def _say_what_is_wrong(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        # Read before anybody asks who sends it, so it is no 422, which tells of what the action takes.
        return JSONResponse({"detail": f"The body is not JSON from character {first['loc'][-1]} on."}, 400)
    where = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"detail": f"{where}: {first['msg']}."}, 422)


def _say_busy(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    logging.getLogger("surmesure.review").warning("The database did not answer: %s", error)
    return JSONResponse({"detail": BUSY}, 503, {"Retry-After": "5"})


def _say_unexpected(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - the server logs it
    return JSONResponse({"detail": UNEXPECTED}, 500)


def _status(error: Exception) -> int:
    kinds = ((StaleState, 409), (NotAllowed, 403), (BadInput, 422))
    return next((code for kind, code in kinds if isinstance(error, kind)), 503)
