"""Who sends a request and whether they may: the dependencies that every route but sign-in has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import SplitResult, quote, urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from content_store.models import User
from review.auth import characters, csrf
from review.auth.permissions import ROLE_PERMISSIONS, Permission, permissions_of
from review.auth.safe_next import is_safe_next
from review.auth.sessions import cookie_name, extend_session, find_session
from review.auth.tokens import find_token
from review.desk import Desk

API = "/api/"

_bearer = HTTPBearer(auto_error=False, description="An API token, from `surmesure users token`.")


@dataclass(frozen=True)
class Caller:
    """Who sends a request, and what they may do with it."""

    user: User
    permissions: frozenset[Permission]
    #: what forms and htmx must send back; None with an API token, which needs none
    csrf_token: str | None

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


def signed_in(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    sent: Annotated[str | None, Depends(csrf.sent_token)],
) -> Caller:
    """The person behind a request, by API token or by session; kept in `request.state.caller`.

    Nobody: 401 for the API, the sign-in page for a browser. From another site or without the form token: 403.
    """
    desk: Desk = request.app.state.desk
    caller = _by_token(desk, bearer.credentials) if bearer else _by_cookie(desk, request, sent)
    if caller is None:
        raise _nobody(request, by_token=bearer is not None)
    request.state.caller = caller
    return caller


async def plainly_signed_in(request: Request, caller: Annotated[Caller, Depends(signed_in)]) -> Caller:
    """The person behind a request, which says nothing in control characters."""
    await characters.refuse_control(request)
    return caller


def may(permission: Permission) -> Callable[[Caller], Caller]:
    """A dependency that gives the person behind a request, or 403 for one whose roles do not allow it."""

    def allowed(caller: SignedIn) -> Caller:
        if not caller.may(permission):
            roles = [role.value for role, given in ROLE_PERMISSIONS.items() if permission in given]
            raise HTTPException(
                403,
                f"You may not {permission.value.replace('_', ' ')}; that needs the role {' or '.join(roles)}"
                f"{'' if caller.csrf_token else ', and the scope of the token'}.",
            )
        return caller

    return allowed


def visible(user: User, brief_id: str) -> None:
    """404 for an item of another team's brief, as if it did not exist."""
    if not user.sees(brief_id):
        raise HTTPException(404, "There is no such item.")


SignedIn = Annotated[Caller, Depends(plainly_signed_in)]


def _by_token(desk: Desk, secret: str) -> Caller | None:
    with desk.reads() as session:
        holder = find_token(session, secret, desk.now())
    return Caller(holder.user, permissions_of(holder.user, holder.scopes), None) if holder else None


def _by_cookie(desk: Desk, request: Request, sent: str | None) -> Caller | None:
    cookie = request.cookies.get(cookie_name(desk.settings.review, "session"))
    if cookie is None:
        return None
    with desk.reads() as session:
        found = find_session(session, cookie, desk.key, desk.now())
    if found is None:
        return None
    if request.method not in csrf.SAFE_METHODS:
        csrf.check_origin(request, desk.settings.review)
        csrf.check_token(desk.key, found.session_hash, sent)
    if found.extend_to is not None:
        with desk.sessions.begin() as session:
            extend_session(session, found)
    token = csrf.form_token(desk.key, found.session_hash)
    return Caller(found.user, permissions_of(found.user), token)


def _nobody(request: Request, *, by_token: bool) -> HTTPException:
    if by_token or request.url.path.startswith(API):
        return HTTPException(
            401,
            "Send a valid API token, or sign in.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if request.headers.get("hx-request") == "true":
        # htmx would put the sign-in page into the part of the page that it swaps.
        current = _split(request.headers.get("hx-current-url", ""))
        target = _sign_in(current.path, current.query)
        return HTTPException(401, "Sign in again.", headers={"HX-Redirect": target})
    asked = request.url if request.method in csrf.SAFE_METHODS else urlsplit("/")
    return HTTPException(303, "Sign in first.", headers={"Location": _sign_in(asked.path, asked.query)})


def _split(address: str) -> SplitResult:
    """The parts of an address; what is none leads to the start."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("/")


def _sign_in(path: str, query: str) -> str:
    target = f"{path}?{query}" if query else path
    return f"/sign-in?next={quote(target, safe='')}" if target != "/" and is_safe_next(target) else "/sign-in"
