"""A browser that is signed in to the whole page, for tests of its parts."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.database import Sessions
from content_store.models import User
from content_store.settings import Settings
from review.app import app_of
from review.auth import csrf
from review.auth.sessions import cookie_name, open_session, session_hash
from review.desk import Desk
from tests.factories import NOW

HERE = "http://127.0.0.1:8310"


def desk_at(sessions: Sessions, folder: Path) -> Desk:
    """A desk whose clock stands at NOW."""
    return Desk(NEUTRAL_BRAND, Settings(brand=folder), sessions, b"k" * 32, lambda: NOW)


def browser_of(desk: Desk, user: User) -> TestClient:
    """A browser in which the user is signed in; what it sends holds the form token."""
    with desk.sessions.begin() as session:
        cookie = open_session(session, user.id, desk.key, desk.now())
    client = TestClient(app_of(desk), base_url=HERE, follow_redirects=False, raise_server_exceptions=True)
    client.cookies.set(cookie_name(desk.settings.review, "session"), cookie)
    token = csrf.form_token(desk.key, session_hash(cookie, desk.key) or "")
    client.headers.update({csrf.HEADER: token, "Origin": HERE})
    return client
