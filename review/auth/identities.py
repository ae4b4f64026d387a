"""Which user an identity of the provider is, and what the provider's groups allow them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.app_settings import ReviewSettings
from content_store.errors import BadInput
from content_store.models import Role, User
from review.auth.accounts import add_user, change_user
from review.auth.oidc import Identity

#: Whom the decision log names for what a sign-in changes.
PROVIDER = "identity provider"


def admit(
    session: Session, identity: Identity, settings: ReviewSettings, *, brand: str, at: datetime
) -> User:
    """The user of an identity, with the roles that the provider gives; BadInput for whom nobody let in.

    Whom the provider took every role away from is locked here too, and that is committed before they are refused.
    """
    roles = {Role(role) for group, role in settings.oidc_roles.items() if group in identity.groups}
    if settings.oidc_roles and not roles:
        _lock(session, identity, at)
        raise BadInput("none of your groups has a role here; ask an admin of this page.")
    user = _known(session, identity, at)
    if user is None and settings.oidc_create_users:
        return add_user(
            session,
            name=identity.preferred_name,
            full_name=identity.full_name,
            roles=sorted(roles),
            brand=brand,
            by=PROVIDER,
            at=at,
            email=identity.email,
            subject=identity.subject,
        )
    if user is None:
        raise BadInput(
            "you are not a user of this page yet; ask an admin to add you with your e-mail address."
        )
    if not user.active:
        raise BadInput("your account is locked; ask an admin of this page.")
    return change_user(session, user, by=PROVIDER, at=at, roles=sorted(roles)) if roles else user


def _lock(session: Session, identity: Identity, at: datetime) -> None:
    """Their sessions and tokens end; the refusal that follows takes back whatever is not committed."""
    user = session.scalars(select(User).where(User.subject == identity.subject)).first()
    if user is not None:
        change_user(session, user, by=PROVIDER, at=at, active=False)
        session.commit()


def _known(session: Session, identity: Identity, at: datetime) -> User | None:
    """By subject; else whoever an admin added with the same verified address, who from now on has this subject."""
    user = session.scalars(select(User).where(User.subject == identity.subject)).first()
    if user is not None or identity.email is None:
        return user
    same = session.scalars(select(User).where(User.email == identity.email, User.subject.is_(None))).all()
    if len(same) != 1 or not same[0].active:
        return None
    return change_user(session, same[0], by=PROVIDER, at=at, subject=identity.subject)
