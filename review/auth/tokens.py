"""API tokens: keys with which other tools act for a user; shown once, only their hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import chain
from content_store.errors import BadInput
from content_store.models import Action, ApiToken, User
from review.auth.permissions import Scope

PREFIX = "sm_"


class NewToken(NamedTuple):
    """A token as it was made; the secret is not kept anywhere."""

    token: ApiToken
    secret: str


class Holder(NamedTuple):
    """Whom a token acts for, and within which scopes."""

    user: User
    scopes: frozenset[Scope]


def add_token(
    session: Session,
    user: User,
    name: str,
    scopes: Sequence[Scope],
    *,
    by: str,
    at: datetime,
    expires_at: datetime | None,
) -> NewToken:
    """Make a token for a user; the decision log tells of it."""
    if not name.strip() or len(name) > 100:
        raise BadInput("a token needs a name of 1 to 100 characters, such as the tool that will use it.")
    if not scopes:
        raise BadInput(f"a token needs at least one scope: {', '.join(Scope)}.")
    if expires_at is not None and expires_at <= at:
        raise BadInput("a token must expire after today.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        user_id=user.id,
        name=name.strip(),
        token_hash=_hash(secret),
        scopes=sorted({scope.value for scope in scopes}),
        created_at=at,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    details = {"token_added": token.name, "scopes": token.scopes}
    chain.append(
        session, subject=f"user {user.name}", action=Action.CHANGE_USER, by=by, at=at, details=details
    )
    return NewToken(token, secret)


def find_token(session: Session, secret: str, at: datetime) -> Holder | None:
    """Whom a token acts for, unless it is unknown, revoked or expired, or its user is locked.

    Looked up by its SHA-256: how long that takes tells nothing about the 256 random bits.
    """
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    token = session.scalars(select(ApiToken).where(ApiToken.token_hash == _hash(secret))).first()
    if token is None or token.revoked_at is not None:
        return None
    if token.expires_at is not None and token.expires_at <= at:
        return None
    user = session.get(User, token.user_id)
    if user is None or not user.active:
        return None
    return Holder(user, frozenset(Scope(scope) for scope in token.scopes))


def tokens_of(session: Session, user: User) -> list[ApiToken]:
    """The tokens of a user that were not revoked, the oldest first."""
    query = select(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    return list(session.scalars(query.order_by(ApiToken.id)))


def revoke_tokens(session: Session, user: User, name: str, *, by: str, at: datetime) -> int:
    """End every token of a user with this name; gives how many."""
    found = [token for token in tokens_of(session, user) if token.name == name]
    if not found:
        raise BadInput(f"{user.name} has no token named {name}.")
    for token in found:
        token.revoked_at = at
    details = {"token_revoked": name}
    chain.append(
        session, subject=f"user {user.name}", action=Action.CHANGE_USER, by=by, at=at, details=details
    )
    return len(found)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
