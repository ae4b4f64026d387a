"""Language and colours of the page, kept in cookies of this browser; they are there before sign-in too."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import RedirectResponse, Response

from review.auth.safe_next import is_safe_next
from review.i18n import COOKIE, LANGUAGES
from review.pages import THEME_COOKIE, THEMES
from review.routes.sign_in import AtDesk

router = APIRouter(include_in_schema=False)

KEPT = timedelta(days=365)


@router.get("/language/{language}")
def choose_language(desk: AtDesk, language: str, back: Annotated[str, Query(alias="next")] = "/") -> Response:
    if language not in LANGUAGES:
        raise HTTPException(404, "The page does not speak this language.")
    return _keep(desk.settings.review.secure, COOKIE, language, back)


@router.get("/theme/{theme}")
def choose_theme(desk: AtDesk, theme: str, back: Annotated[str, Query(alias="next")] = "/") -> Response:
    if theme not in THEMES:
        raise HTTPException(404, "There are no such colours.")
    return _keep(desk.settings.review.secure, THEME_COOKIE, theme, back)


def _keep(secure: bool, name: str, value: str, back: str) -> Response:
    if not is_safe_next(back):
        raise HTTPException(400, "This link leads away from this page.")
    response = RedirectResponse(back, 303)
    response.set_cookie(
        name, value, max_age=int(KEPT.total_seconds()), secure=secure, httponly=True, samesite="lax"
    )
    return response
