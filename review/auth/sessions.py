"""Signed-in browsers: the session is a row here, the browser holds only a signed secret that leads to it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from itsdangerous import BadSignature, Signer
from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from starlette.responses import Response

from content_store.app_settings import ReviewSettings
from content_store.models import User, WebSession

LIFETIME = timedelta(hours=12)
IDLE = timedelta(hours=1)

# Not every request needs a write.
_EXTEND_AFTER = timedelta(minutes=5)


class Found(NamedTuple):
    """Who is behind a cookie."""

    user: User
    session_hash: str
    #: a later end that the session has earned by being used; to be written by `extend_session`
    extend_to: datetime | None


def open_session(session: Session, user_id: int, key: bytes, at: datetime) -> str:
    """A new session with a new secret; gives the value of the cookie."""
    session.execute(delete(WebSession).where(WebSession.expires_at <= at))
    secret = secrets.token_urlsafe(32)
    expires = at + IDLE
    session.add(WebSession(token_hash=_hash(secret), user_id=user_id, created_at=at, expires_at=expires))
    session.flush()
    return _signer(key).sign(secret).decode()


def find_session(session: Session, cookie: str | None, key: bytes, at: datetime) -> Found | None:
    """The user of a session that is not over: not closed, an hour idle, twelve hours old or older than a change of rights."""
    token_hash = session_hash(cookie, key)
    opened = session.get(WebSession, token_hash) if token_hash else None
    if opened is None or opened.expires_at <= at:
        return None
    user = session.get(User, opened.user_id)
    if user is None or not user.active or opened.created_at < user.sessions_from:
        return None
    expires = min(opened.created_at + LIFETIME, at + IDLE)
    earned = expires - opened.expires_at >= _EXTEND_AFTER
    return Found(user, opened.token_hash, expires if earned else None)


def extend_session(session: Session, found: Found) -> None:
    """Move the end of a session that was used; one that was closed meanwhile stays closed."""
    session.execute(
        update(WebSession)
        .where(WebSession.token_hash == found.session_hash)
        .values(expires_at=found.extend_to)
        .execution_options(synchronize_session=False)
    )


def close_session(session: Session, cookie: str | None, key: bytes) -> None:
    """End the session of a cookie, if there is one."""
    if token_hash := session_hash(cookie, key):
        session.execute(delete(WebSession).where(WebSession.token_hash == token_hash))


def session_hash(cookie: str | None, key: bytes) -> str | None:
    """What a session is known by here, from a cookie that we signed."""
    try:
        return _hash(_signer(key).unsign(cookie or "").decode())
    except (BadSignature, UnicodeDecodeError):
        return None


def cookie_name(settings: ReviewSettings, use: str) -> str:
    """With https a name that browsers accept only for this host; else with the port, which cookies do not tell apart."""
    return f"__Host-surmesure-{use}" if settings.secure else f"surmesure-{use}-{settings.port}"


def set_cookie(
    response: Response, settings: ReviewSettings, use: str, value: str, lifetime: timedelta
) -> None:
    """A cookie that scripts cannot read.

    Lax, not Strict: a link in a notification must find the reviewer signed in, and the identity provider's redirect
    must find the sign-in that it belongs to. What changes anything is a POST with a form token (review.auth.csrf).
    """
    response.set_cookie(
        cookie_name(settings, use),
        value,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, settings: ReviewSettings, use: str) -> None:
    """Have the browser forget a cookie."""
    set_cookie(response, settings, use, "", timedelta(0))


def _signer(key: bytes) -> Signer:
    return Signer(key, salt=b"session", key_derivation="hmac", digest_method=hashlib.sha256)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
