"""The people who work here: adding them, changing what they may do, and standing in for who is away."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import chain
from content_store.errors import BadInput
from content_store.models import Action, Brief, Role, User
from review.auth.passwords import check_password, hash_password

PRODUCT = "surmesure"
LOCALES = ("en", "fr")

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")


def add_user(
    session: Session,
    *,
    name: str,
    full_name: str,
    roles: Sequence[Role],
    brand: str,
    by: str,
    at: datetime,
    password: str | None = None,
    email: str | None = None,
    briefs: Sequence[str] = (),
    locale: str = "en",
    subject: str | None = None,
) -> User:
    """Add a person; without a password they come in by the identity provider alone. The decision log tells of it.

    Should come first in its transaction: the password is hashed before the database is asked, so that nobody waits.
    """
    name = name.strip().lower()
    if not is_user_name(name):
        raise BadInput(
            f"{name[:80]!r} is not a user name; use 2 to 64 of a-z, 0-9, dot, dash, underscore, plus and @, a letter or digit first."
        )
    user = User(
        name=name,
        full_name=_line("the full name", full_name),
        roles=_roles(roles),
        created_at=at,
        sessions_from=at,
        locale=_locale(locale),
        email=_email(email),
        subject=subject,
    )
    if password is not None:
        user.password_hash = _hashed(password, user, brand)
    chain.lock(session)
    if session.scalars(select(User.id).where(User.name == name)).first() is not None:
        raise BadInput(f"there is a user {name} already; `surmesure users set {name}` changes them.")
    user.briefs = _briefs(session, briefs)
    session.add(user)
    session.flush()
    details = {"roles": user.roles, "briefs": user.briefs, "password": password is not None}
    _log(session, user, Action.ADD_USER, by, at, details)
    return user


def change_user(
    session: Session,
    user: User,
    *,
    by: str,
    at: datetime,
    full_name: str | None = None,
    roles: Sequence[Role] | None = None,
    briefs: Sequence[str] | None = None,
    active: bool | None = None,
    email: str | None = None,
    locale: str | None = None,
    subject: str | None = None,
) -> User:
    """Change what is given; new roles, briefs or a lock end the user's sessions. An active admin must remain.

    An empty text removes the e-mail address.
    """
    chain.lock(session)
    session.refresh(user)
    given: dict[str, tuple[Any, Callable[[Any], Any]]] = {
        "full_name": (full_name, lambda value: _line("the full name", value)),
        "roles": (roles, _roles),
        "briefs": (briefs, lambda value: _briefs(session, value)),
        "active": (active, bool),
        "email": (email, _email),
        "locale": (locale, _locale),
        "subject": (subject, str),
    }
    wanted = {key: check(value) for key, (value, check) in given.items() if value is not None}
    changed = {key: value for key, value in wanted.items() if value != getattr(user, key)}
    if not changed:
        return user
    before = {key: getattr(user, key) for key in changed}
    for key, value in changed.items():
        setattr(user, key, value)
    session.flush()
    _refuse_without_admin(session, user, before)
    if changed.keys() & {"roles", "briefs", "active"}:
        user.sessions_from = at
    # The log can never be cleaned, so names, addresses and identities are not written into it.
    told: dict[str, Any] = {
        key: [before[key], changed[key]] for key in changed if key in {"roles", "briefs", "active", "locale"}
    }
    for key in changed.keys() - told.keys():
        told[key] = "changed"
    _log(session, user, Action.CHANGE_USER, by, at, told)
    return user


def set_password(session: Session, user: User, password: str, *, brand: str, by: str, at: datetime) -> None:
    """Give a user a new password, which ends their sessions and a lock after wrong attempts.

    Should come first in its transaction, with a user read in another one: the password is hashed before the database is
    asked, so that nobody waits.
    """
    kept = _hashed(password, user, brand)
    chain.lock(session)
    user = session.get_one(User, user.id, populate_existing=True)
    user.password_hash = kept
    user.sessions_from = at
    _log(session, user, Action.CHANGE_USER, by, at, {"password": "changed"})


def set_away(
    session: Session, user: User, *, until: datetime | None, deputy: User | None, by: str, at: datetime
) -> None:
    """Note that a user is away, and who is told of what waits for them; without a moment they are back."""
    if until is not None and until <= at:
        raise BadInput("the day of return must lie ahead.")
    if deputy is not None and (deputy.id == user.id or not deputy.active):
        raise BadInput(f"{deputy.name} cannot stand in for {user.name}; choose another active user.")
    if deputy is not None and deputy.away_until is not None and until is not None and deputy.away_until > at:
        raise BadInput(f"{deputy.name} is away too; choose another active user.")
    user.away_until = until
    user.deputy_id = deputy.id if deputy is not None and until is not None else None
    deputy_name = deputy.name if user.deputy_id is not None and deputy is not None else None
    _log(session, user, Action.CHANGE_USER, by, at,
         {"away_until": until.isoformat() if until else None, "deputy": deputy_name})  # fmt: skip


def user_named(session: Session, name: str) -> User:
    """The user of a name, or BadInput."""
    name = name.strip().lower()
    user = session.scalars(select(User).where(User.name == name)).first() if is_user_name(name) else None
    if user is None:
        raise BadInput(f"there is no user {name[:80]!r}; `surmesure users list` shows those there are.")
    return user


def is_user_name(name: str) -> bool:
    """True for what can be the name of a user."""
    return _NAME.fullmatch(name) is not None


def users(session: Session) -> list[User]:
    """Everybody, in the order of their names."""
    return list(session.scalars(select(User).order_by(User.name)))


def _log(
    session: Session, user: User, action: Action, by: str, at: datetime, details: dict[str, Any]
) -> None:
    chain.append(session, subject=f"user {user.name}", action=action, by=by, at=at, details=details)


def _refuse_without_admin(session: Session, user: User, before: dict[str, Any]) -> None:
    """Writers hold the log's head, so that two admins cannot lock each other out at once."""
    was_admin = Role.ADMIN in before.get("roles", user.roles) and before.get("active", user.active)
    if not was_admin or (user.active and user.holds(Role.ADMIN)):
        return
    others = session.scalars(select(User).where(User.active, User.id != user.id))
    if not any(other.holds(Role.ADMIN) for other in others):
        raise BadInput(f"{user.name} is the only active admin; make another one first.")


def _hashed(password: str, user: User, brand: str) -> str:
    names = [user.name, user.full_name, (user.email or "").partition("@")[0], brand, PRODUCT]
    check_password(password, about=names)
    return hash_password(password)


def _line(what: str, value: str) -> str:
    line = unicodedata.normalize("NFC", " ".join(value.split()))
    if not 1 <= len(line) <= 100 or any(unicodedata.category(letter).startswith("C") for letter in line):
        raise BadInput(f"{what} must have 1 to 100 printable characters.")
    return line


def _roles(roles: Sequence[Role]) -> list[str]:
    if not roles:
        raise BadInput(f"a user needs at least one role: {', '.join(Role)}.")
    return [role.value for role in Role if role in roles]


def _briefs(session: Session, briefs: Sequence[str]) -> list[str]:
    known = set(session.scalars(select(Brief.id).where(Brief.id.in_(briefs)))) if briefs else set()
    if unknown := sorted(set(briefs) - known):
        raise BadInput(f"there is no brief {unknown[0]} in the database; a run takes briefs in.")
    return sorted(set(briefs))


def _locale(locale: str) -> str:
    if locale not in LOCALES:
        raise BadInput(f"the page does not speak {locale}; choose one of {', '.join(LOCALES)}.")
    return locale


def _email(email: str | None) -> str | None:
    if not email:
        return None
    if len(email) > 254 or not re.fullmatch(
        r"[^@\s\x00-\x1f<>]+@[^@\s\x00-\x1f<>]+\.[^@\s\x00-\x1f<>]+", email
    ):
        raise BadInput(f"{email[:80]!r} is not an e-mail address.")
    return email.lower()
