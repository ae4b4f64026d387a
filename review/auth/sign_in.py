"""Signing in with a password: the limits on guessing, which hold over several processes, and the check itself."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from content_store.database import Sessions
from content_store.models import SignInAttempt, User
from review.auth.accounts import is_user_name
from review.auth.passwords import hash_password, is_outdated, verify_password

#: Wrong passwords in a row for one name, then a wait that doubles with each further one.
MOST_WRONG = 10
FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)
#: NIST SP 800-63B-4, 3.2.2: at most so many in a row; then only a new password helps.
MOST_EVER = 100

#: Wrong passwords from one address, for whatever names.
MOST_FROM_ADDRESS = 50
ADDRESS_WINDOW = timedelta(minutes=15)

KEPT = timedelta(days=30)


class SignIn(NamedTuple):
    """Who signed in, or nobody; then how long they must wait before the next attempt, 0 for not at all."""

    user: User | None
    wait_seconds: int = 0


def sign_in(
    sessions: Sessions, name: str, password: str, *, address: str, key: bytes, at: datetime
) -> SignIn:
    """Check a name and a password; an unknown name takes the same time and gets the same answer.

    Several transactions, because the attempt is committed as a wrong one before the password is looked at: of any number
    of attempts at once, in whatever processes, no more than the limit get that far.
    """
    name = name.strip().lower()
    with sessions.begin() as session:
        user = session.scalars(select(User).where(User.name == name)).first() if is_user_name(name) else None
        attempt = _record(session, user, name, address_group(address), key, at)
    with sessions.begin() as session:
        wait = _wait(session, attempt, user, at)
        if wait > timedelta(0):
            # Whoever keeps knocking does not make the wait longer.
            session.execute(delete(SignInAttempt).where(SignInAttempt.id == attempt.id))
            return SignIn(None, -int(-wait.total_seconds() // 1))
    kept = user.password_hash if user and user.active else None
    if not verify_password(kept, password) or user is None or kept is None:
        return SignIn(None)
    fresh = hash_password(password) if is_outdated(kept) else kept
    with sessions.begin() as session:
        return SignIn(_welcome(session, user.id, attempt.id, kept, fresh, at))


def address_group(address: str) -> str:
    """What counts as one address: an IPv6 user has a whole /64."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:200]
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def _record(
    session: Session, user: User | None, name: str, address: str, key: bytes, at: datetime
) -> SignInAttempt:
    # People type their password into the wrong field: a name that nobody has is kept as a keyed hash only.
    known_as = (
        user.name
        if user
        else "?" + hmac.new(key, name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    )
    attempt = SignInAttempt(name=known_as, address=address, at=at, succeeded=False)
    session.add(attempt)
    session.flush()
    return attempt


def _wait(session: Session, attempt: SignInAttempt, user: User | None, at: datetime) -> timedelta:
    """How long this attempt must wait, by all the others that were committed."""
    return max(_wait_for_name(session, attempt, user, at), _wait_for_address(session, attempt, at))


def _wait_for_name(session: Session, attempt: SignInAttempt, user: User | None, at: datetime) -> timedelta:
    own = SignInAttempt.name == attempt.name
    last_good = session.scalar(select(func.max(SignInAttempt.id)).where(own, SignInAttempt.succeeded))
    wrong = select(func.count(), func.max(SignInAttempt.at)).where(
        own, ~SignInAttempt.succeeded, SignInAttempt.id != attempt.id
    )
    if last_good is not None:
        wrong = wrong.where(SignInAttempt.id > last_good)
    if user is not None:
        wrong = wrong.where(SignInAttempt.at >= user.sessions_from)
    count, last = session.execute(wrong).one()
    if count < MOST_WRONG or last is None:
        return timedelta(0)
    if count >= MOST_EVER:
        return LONGEST_WAIT
    doubled: timedelta = min(FIRST_WAIT * 2 ** min(count - MOST_WRONG, 7), LONGEST_WAIT)
    return last + doubled - at


def _wait_for_address(session: Session, attempt: SignInAttempt, at: datetime) -> timedelta:
    recent = (
        select(SignInAttempt.at)
        .where(
            SignInAttempt.address == attempt.address,
            SignInAttempt.at > at - ADDRESS_WINDOW,
            ~SignInAttempt.succeeded,
            SignInAttempt.id != attempt.id,
        )
        .order_by(SignInAttempt.at.desc())
        .limit(MOST_FROM_ADDRESS)
    )
    moments = list(session.scalars(recent))
    if len(moments) < MOST_FROM_ADDRESS:
        return timedelta(0)
    return moments[-1] + ADDRESS_WINDOW - at


def _welcome(
    session: Session, user_id: int, attempt_id: int, kept: str, fresh: str, at: datetime
) -> User | None:
    """The user, unless they were locked or given another password a moment ago."""
    user = session.get(User, user_id)
    attempt = session.get(SignInAttempt, attempt_id)
    if user is None or not user.active or user.password_hash != kept:
        return None
    if attempt is not None:
        attempt.succeeded = True
    user.password_hash = fresh
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < at - KEPT))
    return user
