"""The whole app over a database with a message, and tokens for people of every role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.database import Sessions
from content_store.models import Role, User
from content_store.settings import Settings
from review.app import app_of
from review.auth.permissions import Scope
from review.auth.tokens import add_token
from review.desk import Desk
from tests.factories import person

HERE = "http://127.0.0.1:8310"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

Caller = Callable[..., TestClient]


@pytest.fixture
def desk(sessions: Sessions, tmp_path: Path) -> Desk:
    return Desk(NEUTRAL_BRAND, Settings(brand=tmp_path), sessions, b"k" * 32, lambda: NOW)


@pytest.fixture
def client(desk: Desk) -> Caller:
    """A client with the token of a user, who is added; every scope unless the test says otherwise."""

    app = app_of(desk)

    def of(
        name: str, *roles: str, scopes: tuple[Scope, ...] = tuple(Scope), **fields: list[str]
    ) -> TestClient:
        with desk.sessions.begin() as session:
            user: User = person(session, name, *(roles or (Role.REVIEWER.value,)), **fields)
            token = add_token(session, user, "test", scopes, by="test", at=NOW, expires_at=None)
        bearer = {"Authorization": f"Bearer {token.secret}"}
        return TestClient(app, base_url=f"{HERE}/api/v1", headers=bearer)

    return of
