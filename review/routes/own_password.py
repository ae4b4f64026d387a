"""One's own password: whoever is signed in and knows the old one gives a new one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from content_store.errors import BadInput
from review.auth.accounts import set_password
from review.auth.guard import SignedIn
from review.auth.passwords import LONGEST, SHORTEST
from review.auth.sessions import LIFETIME, open_session, set_cookie
from review.auth.sign_in import sign_in
from review.pages import page
from review.routes.sign_in import SESSION, AtDesk

router = APIRouter(include_in_schema=False)


@router.get("/password")
def show_password(request: Request, caller: SignedIn) -> Response:
    """The form; only whoever has a password can change it here."""
    return _form(request, has_one=caller.user.password_hash is not None)


@router.post("/password")
def take_password(
    request: Request,
    desk: AtDesk,
    caller: SignedIn,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Set a new password and end every other session of this person; the old one is guessed at within the same limits."""
    name, at = caller.user.name, desk.now()
    address = request.client.host if request.client else ""
    known = sign_in(desk.sessions, name, old, address=address, key=desk.key, at=at)
    if known.wait_seconds:
        answer = _form(request, 429, minutes=-(-known.wait_seconds // 60))
        answer.headers["Retry-After"] = str(known.wait_seconds)
        return answer
    if known.user is None:
        return _form(request, 403, wrong=True)
    if new != again:
        return _form(request, 422, differ=True)
    try:
        with desk.sessions.begin() as session:
            set_password(session, known.user, new, brand=desk.brand.name, by=name, at=at)
            cookie = open_session(session, known.user.id, desk.key, at)
    except BadInput as error:
        return _form(request, 422, refused=str(error))
    response = RedirectResponse("/", 303)
    set_cookie(response, desk.settings.review, SESSION, cookie, LIFETIME)
    return response


def _form(
    request: Request,
    status: int = 200,
    *,
    has_one: bool = True,
    wrong: bool = False,
    differ: bool = False,
    minutes: int = 0,
    refused: str = "",
) -> Response:
    return page(
        request,
        "sign_in_password.html",
        status,
        has_one=has_one,
        wrong=wrong,
        differ=differ,
        minutes=minutes,
        refused=refused,
        shortest=SHORTEST,
        longest=LONGEST,
    )
