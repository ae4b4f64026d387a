"""Signing in and out: the only pages that are there for everybody."""

from __future__ import annotations

import logging
import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from content_store.errors import SurmesureError, WorkFailed
from content_store.models import User
from review.auth import csrf, oidc
from review.auth.guard import signed_in
from review.auth.identities import admit
from review.auth.safe_next import is_safe_next
from review.auth.sessions import (
    LIFETIME,
    close_session,
    cookie_name,
    drop_cookie,
    find_session,
    open_session,
    set_cookie,
)
from review.auth.sign_in import sign_in
from review.desk import Desk
from review.pages import page

router = APIRouter(include_in_schema=False)

log = logging.getLogger("surmesure.review")

SESSION, VISIT, PENDING = "session", "visit", "pending"


def desk_of(request: Request) -> Desk:
    """Where this app works."""
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]


@router.get("/sign-in")
def show_sign_in(request: Request, desk: AtDesk, next: str = "/") -> Response:
    """The form; whoever is signed in already goes on."""
    _check_next(next)
    cookie = request.cookies.get(cookie_name(desk.settings.review, SESSION))
    with desk.reads() as session:
        known = cookie and find_session(session, cookie, desk.key, desk.now())
    return RedirectResponse(next, 303) if known else _form(request, desk, next)


@router.post("/sign-in")
def take_sign_in(
    request: Request,
    desk: AtDesk,
    token: Annotated[str | None, Depends(csrf.sent_token)],
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Open a session for the right name and password; 401 for a wrong pair, 429 after too many of them."""
    _check_next(next)
    csrf.check_origin(request, desk.settings.review)
    csrf.check_token(desk.key, _visit(request, desk) or secrets.token_hex(), token)
    address = request.client.host if request.client else ""
    result = sign_in(desk.sessions, name, password, address=address, key=desk.key, at=desk.now())
    if result.wait_seconds:
        log.warning("Too many wrong passwords for one name or from %s.", address)
        answer = _form(request, desk, next, 429, minutes=-(-result.wait_seconds // 60), name=name)
        answer.headers["Retry-After"] = str(result.wait_seconds)
        return answer
    if result.user is None:
        return _form(request, desk, next, 401, wrong=True, name=name)
    return _welcome(request, desk, result.user, next)


@router.post("/sign-out", dependencies=[Depends(signed_in)])
def take_sign_out(request: Request, desk: AtDesk) -> Response:
    """End the session here, not only in the browser."""
    settings = desk.settings.review
    with desk.sessions.begin() as session:
        close_session(session, request.cookies.get(cookie_name(settings, SESSION)), desk.key)
    response = RedirectResponse("/sign-in", 303)
    drop_cookie(response, settings, SESSION)
    return response


@router.get("/sign-in/oidc")
def start_oidc(request: Request, desk: AtDesk, next: str = "/") -> Response:
    """On to the identity provider."""
    _check_next(next)
    settings = desk.settings.review
    if settings.oidc_issuer is None:
        raise HTTPException(404, "There is no identity provider here.")
    try:
        begun = oidc.start(settings, next, desk.now())
    except WorkFailed as error:
        return _refused(request, desk, error)
    response = RedirectResponse(begun.url, 303)
    set_cookie(response, settings, PENDING, oidc.seal(begun.pending, desk.key), oidc.PATIENCE)
    return response


@router.get("/sign-in/oidc/callback")
def finish_oidc(request: Request, desk: AtDesk) -> Response:
    """Back from the identity provider."""
    settings = desk.settings.review
    if settings.oidc_issuer is None:
        raise HTTPException(404, "There is no identity provider here.")
    try:
        pending = oidc.unseal(request.cookies.get(cookie_name(settings, PENDING)), desk.key)
        identity = oidc.finish(settings, pending, request.query_params, desk.now())
        with desk.sessions.begin() as session:
            user = admit(session, identity, settings, brand=desk.brand.name, at=desk.now())
    except SurmesureError as error:
        return _refused(request, desk, error)
    return _welcome(request, desk, user, pending.next_path)


def _welcome(request: Request, desk: Desk, user: User, next_path: str) -> Response:
    """A new session with a new secret, whatever the browser sent; what it had before is over."""
    settings = desk.settings.review
    with desk.sessions.begin() as session:
        close_session(session, request.cookies.get(cookie_name(settings, SESSION)), desk.key)
        cookie = open_session(session, user.id, desk.key, desk.now())
    response = RedirectResponse(next_path, 303)
    set_cookie(response, settings, SESSION, cookie, LIFETIME)
    drop_cookie(response, settings, VISIT)
    drop_cookie(response, settings, PENDING)
    return response


def _form(
    request: Request,
    desk: Desk,
    next_path: str,
    status: int = 200,
    *,
    name: str = "",
    wrong: bool = False,
    minutes: int = 0,
    refused: str = "",
) -> Response:
    settings = desk.settings.review
    visit = _visit(request, desk) or secrets.token_urlsafe(24)
    response = page(
        request,
        "sign_in.html",
        status,
        next=next_path,
        csrf_token=csrf.form_token(desk.key, visit),
        oidc_label=settings.oidc_label if settings.oidc_issuer else "",
        typed=name,
        wrong=wrong,
        minutes=minutes,
        refused=refused,
    )
    set_cookie(response, settings, VISIT, visit, LIFETIME)
    return response


def _refused(request: Request, desk: Desk, error: SurmesureError) -> Response:
    log.warning("A sign-in through the identity provider failed: %s", error)
    return _form(request, desk, "/", 502 if isinstance(error, WorkFailed) else 403, refused=str(error))


def _visit(request: Request, desk: Desk) -> str | None:
    return request.cookies.get(cookie_name(desk.settings.review, VISIT))


def _check_next(next_path: str) -> None:
    if not is_safe_next(next_path):
        raise HTTPException(
            400, "This link leads away from this page; open the page itself and sign in there."
        )
