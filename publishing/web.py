"""The public app: customers stop messages there, by one click (RFC 8058), sites ask what to show, and outcomes come in. It
is no part of the review page.

The signed token in a link is the authority. There is no cookie and no sign-in, so a form token would protect nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, FastAPI, Form, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from content_store import queries, suppressions
from content_store.brand_folder.brand import Brand, load_brand
from content_store.database import Sessions, open_database, reading, session_maker
from content_store.models import Publication
from content_store.settings import Settings, load_settings
from content_store.withdrawals import withdraw, withdraw_everything
from publishing.clicks import endpoint as clicks
from publishing.clicks.counting import Counter
from publishing.decisions import endpoint
from publishing.decisions.service import Decisions, Works, be_impatient
from publishing.events import endpoint as events
from publishing.events.desk import Desk
from publishing.opt_out import PATH, load_key, read_token
from publishing.web_page import page

log = logging.getLogger("surmesure.web")

MOST_BYTES = 10_000

#: Of what is too long so much is read and thrown away.
MOST_THROWN_AWAY = 20_000_000

#: Clicks wait in memory meanwhile, so another group of them is tried after that.
CLICK_SECONDS = 2.0

#: A body that takes longer to come is refused: whoever sends a byte a second would be waited for for days.
BODY_SECONDS = 30.0

#: Who tells of outcomes tries again, and would not wait for longer.
EVENTS_SECONDS = 5.0

ONE_CLICK = "One-Click"

#: The value of the button that stops all that the brand sends.
EVERYTHING = "yes"


def N_(text: str) -> str:
    """Marks a text for the catalogues; it is translated where it is shown."""
    return text


#: Status -> headline and sentence.
REFUSALS = {
    400: (N_("Nothing was changed."), N_("To stop messages, open the link in one of them and press the button.")),
    404: (N_("This link does not work."), N_("It is incomplete or damaged; open it again from the message that you got.")),
    405: (N_("Nothing was changed."), N_("This page can only be opened, and its button pressed.")),
    408: (N_("Nothing was changed."), N_("What was sent took too long to come; please try again.")),
    413: (N_("Nothing was changed."), N_("What was sent is too long for this page.")),
    503: (N_("Nothing was changed."), N_("There is too much to do just now; please try again in a minute.")),
}  # fmt: skip
UNFORESEEN = (N_("Nothing was changed."), N_("Something went wrong here; please try again later."))


class Public(NamedTuple):
    """What the app works with; `app.state.public` holds it."""

    brand: str
    sessions: Sessions
    #: signs the links; see publishing.opt_out
    key: bytes
    #: whether browsers come by https
    secure: bool
    #: the one clock; tests turn it
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class Stop(NamedTuple):
    """What a link stops."""

    publication_id: int
    customer_id: str
    purpose: str
    channel: str


def create_app(folder: Path) -> FastAPI:
    """The app of a brand folder; BadInput when something in the folder stands in its way."""
    settings = load_settings(folder)
    sessions = session_maker(open_database(settings.database_url))
    key, brand = load_key(settings.state_folder), load_brand(folder)
    public = Public(brand.name, sessions, key, settings.publishing.secure)
    telling = open_database(settings.database_url)
    be_impatient(telling, EVENTS_SECONDS)
    desk = Desk(
        session_maker(telling),
        key,
        suppressions.load_key(settings.state_folder),
        settings.measuring.currency,
        brand.open_pixel,
        public.now,
    )
    routes = events.routes(settings.publishing, desk, settings.publishing.link_host)
    counter = None
    if settings.publishing.public_url is not None:
        hasty = open_database(settings.database_url)
        be_impatient(hasty, CLICK_SECONDS)
        counter = Counter(session_maker(hasty), public.now)
        routes += clicks.routes(counter, key, brand.link_domains, pixel=brand.open_pixel)
    secret = settings.publishing.decisions_key
    if secret is None:
        return app_of(public, None, *routes, counter=counter)
    decisions = Decisions(_works(settings, brand))
    asked = endpoint.route(decisions, brand.on_request, secret.get_secret_value(), key)
    return app_of(public, decisions, asked, *routes, counter=counter)


def app_of(
    public: Public, decisions: Decisions | None = None, *routes: Route, counter: Counter | None = None
) -> FastAPI:
    """The app around what it works with; when it ends, clicks that wait are written down."""

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with decisions.running() if decisions is not None else nullcontext():
            yield
        if counter is not None:
            await run_in_threadpool(counter.close)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, lifespan=running)
    app.state.public = public
    app.include_router(router)
    app.router.routes.extend(routes)
    app.add_middleware(BodyLimit, longer=events.LONG, seconds=BODY_SECONDS)
    app.add_exception_handler(StarletteHTTPException, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse)
    app.add_exception_handler(OperationalError, _busy)
    app.add_exception_handler(PoolTimeout, _busy)
    app.add_exception_handler(Exception, _fail)
    return app


def _works(settings: Settings, brand: Brand) -> Works:
    """What decisions work with: connections of their own, which wait for nobody."""
    settings.moment()  # so that a wrong as_of is said now
    seconds = settings.publishing.decisions_ms / 1000
    engine = open_database(settings.database_url)
    be_impatient(engine, seconds)
    return Works(
        brand,
        engine,
        suppressions.load_key(settings.state_folder),
        settings.membership_folder,
        seconds,
        settings.moment,
        settings.marks_folder,
    )


def stop_of(token: str, request: Request) -> Stop:
    """What the link of a request stops; 404 for a token that we did not make."""
    public: Public = request.app.state.public
    publication_id = read_token(public.key, token)
    if publication_id is None:
        raise HTTPException(404)
    with reading(public.sessions)() as session:
        row = session.get(Publication, publication_id)
        if row is None:
            raise HTTPException(404)
        purpose = queries.purpose_of(session, row)
        if purpose is None:
            raise HTTPException(404)
    return Stop(row.id, row.customer_id, purpose, row.channel)


router = APIRouter()


@router.api_route(PATH + "{token}", methods=["GET", "HEAD"])
def ask(request: Request, stop: Annotated[Stop, Depends(stop_of)]) -> Response:
    """Shows what would be stopped and changes nothing: programs that look for harm follow links (RFC 8058, 1)."""
    return _page(request, "unsubscribe.html", stop=stop)


@router.post(PATH + "{token}")
def stop_messages(
    request: Request,
    stop: Annotated[Stop, Depends(stop_of)],
    one_click: Annotated[str | None, Form(alias="List-Unsubscribe")] = None,
    everything: Annotated[str | None, Form()] = None,
) -> Response:
    """Withdraws the consent at once, for a mail program and for the page's button alike (RFC 8058, 3.1).

    The page's other button withdraws all that the customer agreed to (GDPR, art. 21(2)); no mail program presses that.
    """
    if one_click != ONE_CLICK:
        return _stop_everything(request, stop, everything)
    public: Public = request.app.state.public
    with public.sessions.begin() as session:
        withdraw(
            session,
            stop.customer_id,
            stop.purpose,
            stop.channel,
            at=public.now(),
            proof=f"the unsubscribe link of publication {stop.publication_id}",
        )
    return _page(request, "stopped.html", stop=stop, everything=False)


def _stop_everything(request: Request, stop: Stop, pressed: str | None) -> Response:
    if pressed != EVERYTHING:
        raise HTTPException(400)
    public: Public = request.app.state.public
    proof = f"the page of publication {stop.publication_id}: stop everything"
    with public.sessions.begin() as session:
        withdraw_everything(session, stop.customer_id, at=public.now(), proof=proof)
    return _page(request, "stopped.html", stop=stop, everything=True)


class BodyLimit:
    """Answers 413 to a body of more than 10 kB, or what a path may have, and 408 to one that takes too long to come.

    What is too long is read on for a while and thrown away: whoever is answered while still sending may never see why.
    """

    def __init__(self, app: ASGIApp, longer: Mapping[str, int], seconds: float) -> None:
        self.app, self.longer, self.seconds = app, longer, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, most, until, over = 0, self.longer.get(scope.get("path", ""), MOST_BYTES), None, False

        async def counted() -> Message:
            nonlocal size, until, over
            until = until or asyncio.get_running_loop().time() + self.seconds
            try:
                # After the body only the end of the connection is waited for, which may take its time.
                async with asyncio.timeout_at(None if over else until):
                    message = await receive()
                    size += len(message.get("body", b""))
                    while most < size <= MOST_THROWN_AWAY and message.get("more_body", False):
                        message = await receive()
                        size += len(message.get("body", b""))
            except TimeoutError:
                raise HTTPException(408, headers={"Connection": "close"}) from None
            over = not message.get("more_body", False)
            if size > most:
                raise HTTPException(413, headers={"Connection": "close"})
            return message

        await self.app(scope, counted, send)


def _page(
    request: Request, name: str, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> Response:
    public: Public = request.app.state.public
    strict = {"Strict-Transport-Security": "max-age=31536000"} if public.secure else {}
    return page(request, name, status, {**strict, **(headers or {})}, brand=public.brand, **values)


def _refuse(request: Request, error: Exception) -> Response:
    if isinstance(error, StarletteHTTPException):
        return _sentence(request, error.status_code, dict(error.headers or {}))
    return _sentence(request, 400, {})


def _busy(request: Request, error: Exception) -> Response:
    """The database is locked, broke a deadlock, has no connection left or is gone."""
    log.warning("The database did not answer: %s", error)
    return _sentence(request, 503, {"Retry-After": "5"})


def _fail(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the server logs it
    return _sentence(request, 500, {})


def _sentence(request: Request, status: int, headers: dict[str, str]) -> Response:
    title, sentence = REFUSALS.get(status, UNFORESEEN)
    return _page(request, "sentence.html", status, headers, title=title, sentence=sentence)
