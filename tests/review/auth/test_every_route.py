"""No route of the whole application lets anybody past who may not: the table is walked, not remembered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from content_store.models import Role, User
from review.app import ROUTERS, app_of
from review.auth.permissions import Scope
from review.auth.tokens import add_token
from review.desk import Desk
from tests.review.auth.conftest import HERE, sign_in_as

Person = Callable[..., User]

#: The start only leads to the queue.
FOR_EVERYBODY = {"/", "/sign-in", "/sign-in/oidc", "/sign-in/oidc/callback", "/static/{name}",
                 "/language/{language}", "/theme/{theme}"}  # fmt: skip
#: What anybody who is signed in may send.
FOR_EACH = {"/sign-out"}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


class Call(NamedTuple):
    """One method of one route."""

    method: str
    path: str

    @property
    def address(self) -> str:
        return re.sub(r"\{[^}]*\}", "1", self.path)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return TestClient(app_of(desk), base_url=HERE, follow_redirects=False)


def calls(client: TestClient) -> list[Call]:
    """Every route of pages and API."""
    app: Any = client.app
    api = next(route for route in app.routes if getattr(route, "path", "") == "/api/v1")
    found = [
        *_calls(ROUTERS, ""),
        *_calls((each.original_router for each in api.routes if hasattr(each, "original_router")), "/api/v1"),
    ]
    return [call for call in found if call.path not in FOR_EVERYBODY]


def _calls(routers: Any, prefix: str) -> Iterator[Call]:
    for router in routers:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods or ()):
                yield Call(method, prefix + route.path)


def session_token(client: TestClient) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', client.get("/queue").text)
    assert found is not None
    return found[1]


def test_there_are_routes_to_walk(client: TestClient) -> None:
    found = calls(client)
    assert len(found) > 20
    assert {call.path.startswith("/api/v1/") for call in found} == {True, False}


def test_without_signing_in_no_route_answers(client: TestClient) -> None:
    for call in calls(client):
        answer = client.request(call.method, call.address)
        expected = 401 if call.path.startswith("/api/") else 303
        assert answer.status_code == expected, call
        assert "sign-in" in answer.headers.get("location", "sign-in"), call


def test_with_a_wrong_token_no_route_answers(client: TestClient) -> None:
    for call in calls(client):
        answer = client.request(call.method, call.address, headers={"Authorization": "Bearer sm_wrong"})
        assert answer.status_code == 401, call


def test_from_another_site_nothing_is_changed(client: TestClient, person: Person) -> None:
    person("ana", Role.REVIEWER, Role.LEGAL, Role.AUTHOR, Role.ADMIN)
    sign_in_as(client)
    headers = {"X-CSRF-Token": session_token(client), "Origin": "https://evil.example"}
    for call in calls(client):
        if call.method in UNSAFE:
            assert client.request(call.method, call.address, headers=headers).status_code == 403, call
            assert client.request(call.method, call.address).status_code == 403, call


def test_a_viewer_changes_nothing_by_page_or_by_token(client: TestClient, desk: Desk, person: Person) -> None:
    viewer = person("ana", Role.VIEWER)
    with desk.sessions.begin() as session:
        made = add_token(session, viewer, "all", list(Scope), by="root", at=desk.now(), expires_at=None)
    sign_in_as(client)
    form = {"X-CSRF-Token": session_token(client)}
    for call in calls(client):
        if call.method in UNSAFE and call.path not in FOR_EACH:
            for headers in (form, {"Authorization": f"Bearer {made.secret}"}):
                assert client.request(call.method, call.address, headers=headers).status_code == 403, call


def test_every_page_carries_the_policy_and_is_not_kept(client: TestClient, person: Person) -> None:
    person("ana", *Role)
    sign_in_as(client)
    for call in calls(client):
        if call.method == "GET":
            answer = client.get(call.address)
            assert answer.status_code < 500, call
            assert "default-src 'none'" in answer.headers["content-security-policy"], call
            assert (
                "unsafe-inline" not in answer.headers["content-security-policy"]
                or "sandbox" in answer.headers["content-security-policy"]
            ), call
            assert answer.headers["cache-control"] == "no-store", call
