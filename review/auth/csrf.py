"""Requests that change something must come from our own pages: origin headers and a token bound to the session."""

from __future__ import annotations

import hashlib
import hmac

from fastapi import HTTPException, Request

from content_store.app_settings import ReviewSettings
from content_store.setting_parts import LOOPBACK

HEADER = "X-CSRF-Token"
FIELD = "csrf_token"

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def form_token(key: bytes, bound_to: str) -> str:
    """The token for the forms of one session (its hash), or of one visit to the sign-in page."""
    return hmac.new(key, f"form token of {bound_to}".encode(), hashlib.sha256).hexdigest()


async def sent_token(request: Request) -> str | None:
    """The token that came with a request, in the header (htmx) or in a form's field; a FastAPI dependency."""
    if request.method in SAFE_METHODS:
        return None
    if token := request.headers.get(HEADER):
        return token
    if request.headers.get("content-type", "").lower().startswith(FORMS):
        value = (await request.form()).get(FIELD)
        return value if isinstance(value, str) else None
    return None


def check_origin(request: Request, settings: ReviewSettings) -> None:
    """Refuse with 403 what a browser says comes from elsewhere.

    Browsers send Sec-Fetch-Site to https and to this machine, and Origin with every POST; what sends neither is no
    browser of today and must still hold the token.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site not in {None, "same-origin"} or (origin is not None and origin not in origins(settings))
    if foreign:
        raise HTTPException(403, "This request comes from another site; open the page itself and try again.")


def check_token(key: bytes, bound_to: str, token: str | None) -> None:
    """Refuse with 403 a token that is missing or belongs to another session."""
    # compare_digest takes only ASCII as text.
    sent = (token or "").encode("utf-8", "replace")
    if not hmac.compare_digest(form_token(key, bound_to).encode(), sent):
        raise HTTPException(403, "The page was open for too long or in another session; load it again.")


def origins(settings: ReviewSettings) -> frozenset[str]:
    """Scheme, host and port under which our own pages are open."""
    if settings.public_url is not None:
        return frozenset({settings.origin})
    names = (f"[{name}]" if ":" in name else name for name in LOOPBACK)
    return frozenset(f"http://{name}:{settings.port}" for name in names)
