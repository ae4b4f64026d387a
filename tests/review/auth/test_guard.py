"""Who may do what: every request is held to session or token, origin, form token, role, scope and team."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from content_store import chain
from content_store.errors import BadInput
from content_store.models import ApiToken, Brief, Decision, Role, User
from review.auth.accounts import change_user
from review.auth.permissions import ROLE_PERMISSIONS, SCOPE_PERMISSIONS, Permission, Scope, permissions_of
from review.auth.tokens import add_token, revoke_tokens, tokens_of
from review.desk import Desk
from tests.review.auth.conftest import HERE, Clock, browser, page_token, sign_in_as

Person = Callable[..., User]


def token_for(desk: Desk, user: User, *scopes: Scope, days: float | None = None) -> str:
    with desk.sessions.begin() as session:
        expires = None if days is None else desk.now() + timedelta(days=days)
        made = add_token(session, user, "CI", scopes, by="root", at=desk.now(), expires_at=expires)
    return made.secret


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_the_table_of_roles_is_this_one() -> None:
    see, edit, decide, override, recall, blocks, run, people, export = Permission
    table = {
        Role.VIEWER: {see},
        Role.AUTHOR: {see, edit, run},
        Role.REVIEWER: {see, edit, decide, override, recall, blocks},
        Role.LEGAL: {see, edit, decide, override, recall, blocks, export},
        Role.ADMIN: {see, people, export},
    }
    assert table == ROLE_PERMISSIONS


def test_every_permission_can_be_had_by_a_role_and_by_a_scope() -> None:
    assert set().union(*ROLE_PERMISSIONS.values()) == set(Permission)
    assert set().union(*SCOPE_PERMISSIONS.values()) == set(Permission)


def test_an_admin_decides_on_nothing_unless_another_role_says_so(person: Person) -> None:
    assert Permission.DECIDE not in permissions_of(person("root", Role.ADMIN))
    assert Permission.DECIDE in permissions_of(person("both", Role.ADMIN, Role.LEGAL))


def test_a_token_never_allows_more_than_its_user_may(person: Person) -> None:
    viewer = person("vera", Role.VIEWER)
    assert permissions_of(viewer, frozenset(Scope)) == {Permission.SEE}
    assert permissions_of(person("rita"), frozenset({Scope.READ})) == {Permission.SEE}
    assert permissions_of(person("rob"), frozenset()) == set()


def test_the_api_answers_401_and_a_page_leads_to_sign_in(client: TestClient) -> None:
    answer = client.get("/api/v1/briefs/spring")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json() == {"detail": "Send a valid API token, or sign in."}
    assert client.get("/page").headers["location"] == "/sign-in?next=%2Fpage"
    assert client.post("/act").headers["location"] == "/sign-in"
    part = client.get("/page", headers={"HX-Request": "true", "HX-Current-URL": HERE + "/page?a=1"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in?next=%2Fpage%3Fa%3D1")
    part = client.get("/page", headers={"HX-Request": "true", "HX-Current-URL": "https://x.y//evil.example"})
    assert part.headers["hx-redirect"] == "/sign-in"


@pytest.mark.parametrize("role", Role)
def test_a_role_without_the_permission_gets_403(client: TestClient, person: Person, role: Role) -> None:
    person("ana", role)
    sign_in_as(client)
    answer = client.post("/act", headers={"X-CSRF-Token": page_token(client)})
    may = role in {Role.REVIEWER, Role.LEGAL}
    assert answer.status_code == (200 if may else 403)
    if not may:
        assert answer.json()["detail"] == "You may not decide; that needs the role reviewer or legal."


def test_a_form_works_with_the_token_in_the_header_or_in_a_field(client: TestClient, person: Person) -> None:
    person()
    sign_in_as(client)
    token = page_token(client)
    assert client.post("/act", headers={"X-CSRF-Token": token, "Origin": HERE}).json() == "ana"
    assert client.post("/act", data={"csrf_token": token}).json() == "ana"
    assert client.post("/act", files={"csrf_token": (None, token)}).json() == "ana"
    by_api = client.post("/api/v1/decisions", json={"a": 1}, headers={"X-CSRF-Token": token})
    assert by_api.json() == "ana 1"


def test_a_request_from_another_site_is_refused_even_with_the_token(
    client: TestClient, person: Person
) -> None:
    person()
    sign_in_as(client)
    token = {"X-CSRF-Token": page_token(client)}
    for foreign in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8311"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ):
        answer = client.post("/act", headers=token | foreign)
        assert answer.status_code == 403, foreign
        assert "another site" in answer.json()["detail"]
    assert (
        client.post("/act", headers=token | {"Sec-Fetch-Site": "same-origin", "Origin": HERE}).status_code
        == 200
    )


def test_a_request_without_the_token_or_with_another_sessions_is_refused(
    client: TestClient, desk: Desk, person: Person
) -> None:
    person()
    person("bob")
    sign_in_as(client)
    other = browser(desk)
    sign_in_as(other, "bob")
    for wrong in ({}, {"X-CSRF-Token": page_token(other)}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": ""}):
        assert client.post("/act", headers=wrong).status_code == 403
    assert client.post("/act", data={"csrf_token": "é\0"}).status_code == 403
    assert client.post("/act", json={"csrf_token": page_token(client)}).status_code == 403
    before = page_token(client)
    sign_out = client.post("/sign-out", data={"csrf_token": before})
    assert sign_out.status_code == 303
    sign_in_as(client)
    assert client.post("/act", headers={"X-CSRF-Token": before}).status_code == 403


def test_a_token_acts_for_its_user_within_its_scopes_and_needs_no_form_token(
    client: TestClient, desk: Desk, person: Person
) -> None:
    secret = token_for(desk, person(), Scope.DECIDE)
    assert secret.startswith("sm_")
    assert len(secret) == 46
    answer = client.post(
        "/api/v1/decisions", json={}, headers=bearer(secret) | {"Origin": "https://ci.example"}
    )
    assert answer.json() == "ana 0"
    readonly = token_for(desk, person("bob"), Scope.READ)
    assert client.get("/api/v1/briefs/spring", headers=bearer(readonly)).status_code == 200
    refused = client.post("/api/v1/decisions", json={}, headers=bearer(readonly))
    assert refused.status_code == 403
    assert refused.json()["detail"].endswith("reviewer or legal, and the scope of the token.")


def test_a_token_is_not_mixed_with_a_session(client: TestClient, desk: Desk, person: Person) -> None:
    readonly = token_for(desk, person(), Scope.READ)
    sign_in_as(client)
    token = {"X-CSRF-Token": page_token(client)}
    assert client.post("/act", headers=token | bearer(readonly)).status_code == 403
    assert client.post("/act", headers=token | bearer("sm_wrong")).status_code == 401
    # A proxy in front may ask for a password of its own.
    assert client.post("/act", headers=token | {"Authorization": "Basic eDp5"}).status_code == 200


@pytest.mark.parametrize(
    "secret", ["", "sm_", "sm_" + "A" * 43, "sm_é", "x" * 5000, "sm_' OR 1=1 --", "Bearer sm_x"]
)
def test_a_made_up_token_is_refused(client: TestClient, desk: Desk, person: Person, secret: str) -> None:
    token_for(desk, person(), Scope.READ)
    headers = {b"Authorization": f"Bearer {secret}".encode()}
    assert client.get("/api/v1/briefs/spring", headers=headers).status_code == 401


def test_a_token_ends_when_it_expires_is_revoked_or_its_user_is_locked(
    client: TestClient, desk: Desk, clock: Clock, person: Person
) -> None:
    def status(secret: str) -> int:
        return client.get("/api/v1/briefs/spring", headers=bearer(secret)).status_code

    ana = person()
    short = token_for(desk, ana, Scope.READ, days=1)
    long = token_for(desk, ana, Scope.READ)
    assert (status(short), status(long)) == (200, 200)
    clock.pass_by(days=1)
    assert (status(short), status(long)) == (401, 200)
    with desk.sessions.begin() as session:
        assert revoke_tokens(session, ana, "CI", by="root", at=clock()) == 2
        assert tokens_of(session, ana) == []
        with pytest.raises(BadInput, match="no token named CI"):
            revoke_tokens(session, ana, "CI", by="root", at=clock())
    assert status(long) == 401
    bob = person("bob")
    of_bob = token_for(desk, bob, Scope.READ)
    with desk.sessions.begin() as session:
        change_user(session, session.merge(bob), by="root", at=clock(), active=False)
    assert status(of_bob) == 401


def test_the_database_and_the_log_hold_no_token(desk: Desk, person: Person) -> None:
    secret = token_for(desk, person(), Scope.EDIT, Scope.READ)
    with desk.sessions() as session:
        kept = session.scalars(select(ApiToken)).one()
        entries = session.scalars(select(Decision).order_by(Decision.id)).all()
        assert chain.verify(session).problems == []
    assert secret not in repr(kept)
    assert kept.scopes == ["edit", "read"]
    assert secret not in repr(entries)
    assert entries[-1].details == {"token_added": "CI", "scopes": ["edit", "read"]}


@pytest.mark.parametrize("name, scopes, days", [("", [Scope.READ], 1), ("a" * 101, [Scope.READ], 1),
                                                ("CI", [], 1), ("CI", [Scope.READ], 0)])  # fmt: skip
def test_a_token_without_name_scope_or_time_is_refused(
    desk: Desk, person: Person, name: str, scopes: Sequence[Scope], days: int
) -> None:
    user, at = person(), desk.now()
    with desk.sessions.begin() as session, pytest.raises(BadInput):
        add_token(session, user, name, scopes, by="root", at=at, expires_at=at + timedelta(days=days))


def test_an_item_of_another_team_does_not_exist(client: TestClient, desk: Desk, person: Person) -> None:
    ana = person()
    with desk.sessions.begin() as session:
        session.add(Brief(id="spring", content_hash="0" * 64, content={}, updated_at=desk.now()))
        session.flush()
        change_user(session, session.merge(ana), by="root", at=desk.now(), briefs=["spring"])
    secret = token_for(desk, ana, Scope.READ)
    assert client.get("/api/v1/briefs/spring", headers=bearer(secret)).json() == "spring"
    answer = client.get("/api/v1/briefs/autumn", headers=bearer(secret))
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such item."})
    everywhere = token_for(desk, person("bob"), Scope.READ)
    assert client.get("/api/v1/briefs/autumn", headers=bearer(everywhere)).status_code == 200
