"""Who works with the product: users with their roles, their sessions, tokens and attempts to sign in."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from content_store.models.base import Base, Hash, Key


class Role(enum.StrEnum):
    """What a user may do; a user may hold several."""

    VIEWER = "viewer"  #: sees everything, changes nothing
    AUTHOR = "author"  #: edits texts, starts and schedules runs
    REVIEWER = "reviewer"  #: decides on messages for the brand
    LEGAL = "legal"  #: decides on messages for the law
    ADMIN = "admin"  #: manages people; decides on nothing unless another role says so


class User(Base):
    """A person who signs in, here or through the brand's identity provider."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    #: what they sign in with and what the decision log names; lower case
    name: Mapped[str] = mapped_column(Key, unique=True)
    full_name: Mapped[str] = mapped_column(Key)
    roles: Mapped[list[str]]
    created_at: Mapped[datetime]
    #: sessions opened before this moment are over: a new password, new roles or a lock moves it
    sessions_from: Mapped[datetime]
    #: the briefs of their team; empty means all
    briefs: Mapped[list[str]] = mapped_column(default_factory=list)
    locale: Mapped[str] = mapped_column(Key, default="en")
    active: Mapped[bool] = mapped_column(default=True)
    email: Mapped[str | None] = mapped_column(Text, default=None)
    password_hash: Mapped[str | None] = mapped_column(Text, default=None)
    #: issuer and subject of an OpenID Connect identity
    subject: Mapped[str | None] = mapped_column(Text, unique=True, default=None)
    away_until: Mapped[datetime | None] = mapped_column(default=None)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), default=None)

    def holds(self, *roles: Role) -> bool:
        """True with any of the roles."""
        return any(role.value in self.roles for role in roles)

    def sees(self, brief_id: str) -> bool:
        """True for a brief of their team."""
        return not self.briefs or brief_id in self.briefs


class WebSession(Base):
    """A signed-in browser, known by the hash of its secret."""

    __tablename__ = "web_sessions"

    token_hash: Mapped[str] = mapped_column(Hash, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiToken(Base):
    """A key with which another tool acts for a user, within its scopes; only its hash is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Key)
    token_hash: Mapped[str] = mapped_column(Hash, unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class SignInAttempt(Base):
    """One attempt to sign in, for the limits on guessing."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_name_at", "name", "at"),
        Index("ix_sign_in_attempts_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(Key)
    address: Mapped[str] = mapped_column(Key)
    at: Mapped[datetime]
    succeeded: Mapped[bool]


class KeptAnswer(Base):
    """The answer to an API request with an idempotency key, given again when the request comes again."""

    __tablename__ = "kept_answers"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    request_hash: Mapped[str] = mapped_column(Hash)
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)
