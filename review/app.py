"""The review page as an application: composed once, from the brand folder."""

from __future__ import annotations

import logging
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException as StarletteHTTPException

from content_store.brand_folder.brand import load_brand
from content_store.database import open_database, session_maker
from content_store.errors import SurmesureError
from content_store.settings import load_settings
from review import static_files
from review.api.app import BUSY, PATH, UNEXPECTED, create_api
from review.auth.guard import API
from review.auth.headers import PAGE_HEADERS, protect
from review.auth.key import load_key
from review.calibration import Calibrations
from review.desk import Desk
from review.housekeeping import housekeeping
from review.pages import page, wants_part
from review.routes import (
    blocks,
    edit,
    message,
    own_password,
    people,
    preferences,
    queue,
    results,
    runs,
    segments,
    sign_in,
    similar,
)
from review.routes.message import status_of
from review.run_groups import RunGroups

log = logging.getLogger("surmesure.review")

ROUTERS = (
    static_files.router,
    sign_in.router,
    own_password.router,
    preferences.router,
    queue.router,
    message.router,
    edit.router,
    similar.router,
    blocks.router,
    runs.router,
    results.router,
    segments.router,
    people.router,
)


def create_app(folder: Path) -> FastAPI:
    """The page of a brand folder; BadInput when something in the folder stands in its way."""
    return app_of(open_desk(folder))


def open_desk(folder: Path) -> Desk:
    """Everything that the page works with, opened and checked."""
    settings = load_settings(folder)
    sessions = session_maker(open_database(settings.database_url))
    desk = Desk(load_brand(folder), settings, sessions, load_key(settings.state_folder))
    # Both are read from files that a person wrote: a mistake must stop the start, not a request.
    _ = desk.policy, desk.day
    return desk


def app_of(desk: Desk) -> FastAPI:
    """The application around a desk."""
    app = FastAPI(
        title="surmesure review", docs_url=None, redoc_url=None, openapi_url=None, lifespan=housekeeping
    )
    app.state.desk = desk
    app.state.calibrations = Calibrations()
    app.state.run_groups = RunGroups()
    for router in ROUTERS:
        app.include_router(router)
    app.mount(PATH, create_api(desk))
    app.add_exception_handler(StarletteHTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(SurmesureError, _answer_error)
    app.add_exception_handler(OperationalError, _answer_busy)
    app.add_exception_handler(PoolTimeout, _answer_busy)
    app.add_exception_handler(Exception, _answer_unexpected)
    protect(app, desk.settings.review)
    return app


def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    return _answer(request, error.status_code, str(error.detail), dict(error.headers or {}))


def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return _answer(request, 422, f"{where}: {first['msg']}.", {})


def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SurmesureError)
    return _answer(request, status_of(error), str(error), {})


def _answer_busy(request: Request, error: Exception) -> Response:
    """The database is locked, broke a deadlock, has no connection left or is gone."""
    log.warning("The database did not answer: %s", error)
    return _answer(request, 503, BUSY, {"Retry-After": "5"})


def _answer_unexpected(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the server logs it
    # This answer goes round the middleware that adds them otherwise.
    return _answer(request, 500, UNEXPECTED, dict(PAGE_HEADERS))


def _answer(request: Request, status: int, sentence: str, headers: dict[str, str]) -> Response:
    """A sentence for whoever asked: JSON for a program, a line on the page for htmx, a page for a browser."""
    if request.url.path.startswith(API):
        return JSONResponse({"detail": sentence}, status, headers)
    if "Location" in headers or status in {204, 304}:
        return Response(status_code=status, headers=headers)
    if wants_part(request):
        return page(
            request,
            "toast.html",
            status,
            {**headers, "HX-Reswap": "none"},
            said=sentence,
            about=None,
            undo=False,
            error=True,
        )
    return page(request, "error.html", status, headers, sentence=sentence, status_code=status)
