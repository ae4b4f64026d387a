"""A desk with a clock that tests turn, a small app around it, and people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import pytest
from argon2 import PasswordHasher
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from content_store.app_settings import ReviewSettings
from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.database import Sessions
from content_store.models import Role, User
from content_store.settings import Settings
from review.auth import headers, passwords
from review.auth.accounts import add_user
from review.auth.guard import Caller, SignedIn, may, visible
from review.auth.permissions import Permission
from review.desk import Desk
from review.routes import own_password, sign_in

PASSWORD = "seven wet kettles sing"
HERE = "http://127.0.0.1:8310"


@dataclass
class Clock:
    """The desk's clock."""

    moment: datetime = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **time: float) -> None:
        self.moment += timedelta(**time)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Real argon2, with parameters that take a hundredth of the time."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys_hash.cache_clear()
    yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(sessions: Sessions, clock: Clock, tmp_path: Path) -> Desk:
    return Desk(NEUTRAL_BRAND, Settings(brand=tmp_path), sessions, b"k" * 32, clock)


@pytest.fixture
def person(desk: Desk) -> Callable[..., User]:
    """Adds a user; by default `ana`, a reviewer with PASSWORD."""

    def add(name: str = "ana", *roles: Role, password: str | None = PASSWORD, **values: str) -> User:
        with desk.sessions.begin() as session:
            return add_user(
                session,
                name=name,
                full_name=f"{name.title()} Berg",
                roles=roles or (Role.REVIEWER,),
                brand="Larkfield",
                by="test",
                at=desk.now(),
                password=password,
                **values,
            )

    return add


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return browser(desk)


def browser(desk: Desk, settings: ReviewSettings | None = None, url: str = HERE) -> TestClient:
    """A browser on a small app: a page, an action, and the same as an API."""
    if settings is not None:
        desk = replace(desk, settings=desk.settings.model_copy(update={"review": settings}))
    return TestClient(small_app(desk), base_url=url, follow_redirects=False)


def small_app(desk: Desk) -> FastAPI:
    app = FastAPI()
    app.state.desk = desk
    app.include_router(sign_in.router)
    app.include_router(own_password.router)

    @app.get("/page")
    def page(caller: SignedIn) -> str:
        return caller.user.name

    @app.get("/form")
    def form(caller: SignedIn) -> str:
        return caller.csrf_token or ""

    @app.post("/act")
    def act(caller: Annotated[Caller, Depends(may(Permission.DECIDE))]) -> str:
        return caller.user.name

    @app.get("/api/v1/briefs/{brief_id}")
    def brief(brief_id: str, caller: SignedIn) -> str:
        visible(caller.user, brief_id)
        return brief_id

    @app.post("/api/v1/decisions")
    def decide(body: dict[str, object], caller: Annotated[Caller, Depends(may(Permission.DECIDE))]) -> str:
        return f"{caller.user.name} {len(body)}"

    headers.protect(app, desk.settings.review)
    return app


def form_token(client: TestClient, path: str = "/sign-in") -> str:
    """The token in the sign-in form."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', client.get(path).text)
    assert found is not None
    return found[1]


def sign_in_as(
    client: TestClient, name: str = "ana", password: str = PASSWORD, **fields: str
) -> tuple[int, str]:
    """Send the sign-in form as a browser does; gives the status and the place it leads to."""
    values = {"csrf_token": form_token(client), "name": name, "password": password, **fields}
    answer = client.post("/sign-in", data=values, headers={"Origin": str(client.base_url)})
    return answer.status_code, answer.headers.get("location", "")


def page_token(client: TestClient) -> str:
    """The token for the forms of the session that the browser has."""
    return str(client.get("/form").json())
