"""Signing in and out with a password: sessions, cookies, and the limits on guessing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import select

from content_store.app_settings import ReviewSettings
from content_store.models import Role, SignInAttempt, User, WebSession
from review.auth import passwords
from review.auth.accounts import change_user, set_password
from review.auth.sign_in import address_group, sign_in
from review.desk import Desk
from tests.review.auth.conftest import PASSWORD, Clock, browser, form_token, page_token, sign_in_as

COOKIE = "surmesure-session-8310"
Person = Callable[..., User]


def attempt(desk: Desk, name: str, password: str, address: str = "192.0.2.1") -> tuple[bool, int]:
    result = sign_in(desk.sessions, name, password, address=address, key=desk.key, at=desk.now())
    return result.user is not None, result.wait_seconds


def test_the_right_password_opens_the_page_that_was_asked_for(client: TestClient, person: Person) -> None:
    person()
    sent_away = client.get("/page?a=1&b=2")
    assert (sent_away.status_code, sent_away.headers["location"]) == (
        303,
        "/sign-in?next=%2Fpage%3Fa%3D1%26b%3D2",
    )
    assert sign_in_as(client, " ANA ", next="/page?a=1&b=2") == (303, "/page?a=1&b=2")
    assert client.get("/page").json() == "ana"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client: TestClient, person: Person) -> None:
    person()
    answers = []
    for name in ("ana", "bob"):
        data = {"csrf_token": form_token(client), "name": name, "password": "wrong"}
        answer = client.post("/sign-in", data=data)
        assert answer.status_code == 401
        assert "The name or the password is wrong." in answer.text
        assert "set-cookie" not in answer.headers or COOKIE not in answer.headers["set-cookie"]
        answers.append(answer.text.replace(name, "NAME"))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "name", ["", "\0", "a" * 5000, "Ana\u0000", "' OR 1=1 --", "\ud800", "ana\n", "<script>alert(1)</script>"]
)
def test_any_text_may_stand_in_the_name(desk: Desk, name: str) -> None:
    assert attempt(desk, name, PASSWORD) == (False, 0)


def test_what_was_typed_as_a_name_is_shown_escaped_and_not_kept(client: TestClient, desk: Desk) -> None:
    data = {"csrf_token": form_token(client), "name": "<b>my password", "password": "x"}
    assert "&lt;b&gt;my password" in client.post("/sign-in", data=data).text
    with desk.sessions() as session:
        kept = session.scalars(select(SignInAttempt.name)).one()
    assert kept.startswith("?")
    assert "password" not in kept


def test_a_locked_user_and_one_without_a_password_stay_outside(desk: Desk, person: Person) -> None:
    person("root", Role.ADMIN)
    user = person()
    person("oidconly", password=None)
    assert attempt(desk, "ana", PASSWORD) == (True, 0)
    with desk.sessions.begin() as session:
        change_user(session, session.merge(user), by="root", at=desk.now(), active=False)
    assert attempt(desk, "ana", PASSWORD) == (False, 0)
    assert attempt(desk, "oidconly", "") == (False, 0)


def test_the_cookie_is_signed_and_closed_to_scripts(client: TestClient, person: Person) -> None:
    person()
    data = {"csrf_token": form_token(client), "name": "ana", "password": PASSWORD}
    cookies = client.post("/sign-in", data=data).headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith(COOKIE))
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Path=/" in session
    assert "Domain" not in session
    assert "Secure" not in session
    value = client.cookies[COOKIE]
    for forged in (("A" if value[0] != "A" else "B") + value[1:], value.partition(".")[0], "x.y", "é", ""):
        client.cookies.clear()
        answer = client.get("/page", headers={b"Cookie": f"{COOKIE}={forged}".encode()})
        assert answer.status_code == 303


def test_with_https_the_cookie_is_secure_and_of_this_host_only(desk: Desk, person: Person) -> None:
    person()
    settings = ReviewSettings(public_url="https://review.example.com")
    client = browser(desk, settings, "https://review.example.com")
    assert sign_in_as(client) == (303, "/")
    assert set(client.cookies) == {"__Host-surmesure-session"}
    answer = client.get("/sign-in")
    assert answer.status_code == 303
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    client.cookies.clear()
    assert "Secure" in client.get("/sign-in").headers["set-cookie"]


def test_the_database_keeps_no_secret_that_would_open_a_session(
    client: TestClient, desk: Desk, person: Person
) -> None:
    person()
    sign_in_as(client)
    with desk.sessions() as session:
        kept = session.scalars(select(WebSession)).one()
    assert kept.token_hash not in client.cookies[COOKIE]
    client.cookies.clear()
    assert client.get("/page", headers={"Cookie": f"{COOKIE}={kept.token_hash}"}).status_code == 303


def test_signing_in_never_takes_over_a_session_that_the_browser_brought(
    client: TestClient, desk: Desk, person: Person
) -> None:
    person()
    person("eve")
    sign_in_as(client, "eve")
    planted = client.cookies[COOKIE]
    client.cookies.set(COOKIE, planted)
    # The form is not shown to whoever is signed in, so the attacker's browser brings the victim's visit cookie.
    other = browser(desk)
    token = form_token(other)
    other.cookies.set(COOKIE, planted, domain="127.0.0.1")
    other.post("/sign-in", data={"csrf_token": token, "name": "ana", "password": PASSWORD})
    assert client.get("/page").status_code == 303
    assert [cookie.value for cookie in other.cookies.jar if cookie.name == COOKIE] != [planted]


def test_signing_out_ends_the_session_here(client: TestClient, person: Person) -> None:
    person()
    sign_in_as(client)
    stolen = client.cookies[COOKIE]
    assert client.post("/sign-out").status_code == 403
    token = page_token(client)
    answer = client.post("/sign-out", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert COOKIE not in client.cookies
    client.cookies.set(COOKIE, stolen)
    assert client.get("/page").status_code == 303


def test_a_session_ends_after_an_idle_hour(client: TestClient, clock: Clock, person: Person) -> None:
    person()
    sign_in_as(client)
    for _ in range(3):
        clock.pass_by(minutes=59)
        assert client.get("/page").status_code == 200
    clock.pass_by(minutes=60)
    assert client.get("/page").status_code == 303


def test_a_session_ends_after_twelve_hours_however_busy(
    client: TestClient, clock: Clock, person: Person
) -> None:
    person()
    sign_in_as(client)
    for _ in range(23):
        clock.pass_by(minutes=30)
        assert client.get("/page").status_code == 200
    clock.pass_by(minutes=29)
    assert client.get("/page").status_code == 200
    clock.pass_by(minutes=1)
    assert client.get("/page").status_code == 303


def test_sessions_that_are_over_are_deleted_with_the_next_sign_in(
    client: TestClient, desk: Desk, clock: Clock, person: Person
) -> None:
    person()
    sign_in_as(client)
    clock.pass_by(hours=2)
    sign_in_as(browser(desk))
    with desk.sessions() as session:
        assert len(session.scalars(select(WebSession)).all()) == 1


@pytest.mark.parametrize("change", ["roles", "briefs", "password", "lock"])
def test_a_change_of_rights_ends_the_sessions_of_a_user(
    client: TestClient, desk: Desk, clock: Clock, person: Person, change: str
) -> None:
    user = person()
    sign_in_as(client)
    clock.pass_by(seconds=1)
    with desk.sessions.begin() as session:
        user = session.merge(user)
        if change == "password":
            set_password(session, user, "other wet kettles hum", brand="Larkfield", by="root", at=clock())
        elif change == "lock":
            change_user(session, user, by="root", at=clock(), active=False)
        elif change == "roles":
            change_user(session, user, by="root", at=clock(), roles=[Role.VIEWER])
        else:
            change_user(session, user, by="root", at=clock(), briefs=[])
    assert client.get("/page").status_code == (200 if change == "briefs" else 303)


def test_the_sign_in_form_is_refused_without_the_cookie_it_came_with(
    client: TestClient, person: Person
) -> None:
    person()
    data = {"csrf_token": form_token(client), "name": "ana", "password": PASSWORD}
    client.cookies.clear()
    assert client.post("/sign-in", data=data).status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https://evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        " /page",
        "/page\r\nSet-Cookie: a=b",
        "/é",
        "/" + "a" * 3000,
    ],
)
def test_no_link_leads_away_after_signing_in(client: TestClient, person: Person, target: str) -> None:
    person()
    assert client.get("/sign-in", params={"next": target}).status_code == 400
    assert client.get("/sign-in/oidc", params={"next": target}).status_code == 400
    if target:
        assert sign_in_as(client, next=target)[0] == 400


def test_ten_wrong_passwords_lock_a_name_for_fifteen_minutes_and_the_wait_doubles(
    client: TestClient, clock: Clock, person: Person
) -> None:
    person()
    for _ in range(10):
        assert sign_in_as(client, password="wrong")[0] == 401
    data = {"csrf_token": form_token(client), "name": "ana", "password": PASSWORD}
    refused = client.post("/sign-in", data=data)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
    assert "There were too many attempts; wait 15 minutes and try again." in refused.text
    clock.pass_by(seconds=899)
    assert sign_in_as(client)[0] == 429
    clock.pass_by(seconds=1)
    assert sign_in_as(client, password="wrong")[0] == 401
    clock.pass_by(minutes=29)
    assert sign_in_as(client)[0] == 429
    clock.pass_by(minutes=1)
    assert sign_in_as(client)[0] == 303


def test_a_right_password_starts_the_count_again(desk: Desk, clock: Clock, person: Person) -> None:
    person()
    for _ in range(3):
        for _ in range(9):
            assert attempt(desk, "ana", "wrong") == (False, 0)
        clock.pass_by(minutes=16)
        assert attempt(desk, "ana", PASSWORD) == (True, 0)
        clock.pass_by(minutes=16)


def test_an_unknown_name_is_locked_like_a_known_one(desk: Desk, person: Person) -> None:
    person()
    for name in ("ana", "nobody"):
        answers = [attempt(desk, name, "wrong", f"192.0.2.{name[0]}") for _ in range(11)]
        assert answers == [(False, 0)] * 10 + [(False, 900)]


def test_after_a_hundred_wrong_passwords_only_a_new_one_helps(
    desk: Desk, clock: Clock, person: Person
) -> None:
    user = person()
    for _ in range(100):
        clock.pass_by(days=2)
        assert attempt(desk, "ana", "wrong") == (False, 0)
    clock.pass_by(days=29)
    assert attempt(desk, "ana", PASSWORD) == (False, 86400)
    with desk.sessions.begin() as session:
        set_password(
            session, session.merge(user), "other wet kettles hum", brand="Larkfield", by="root", at=clock()
        )
    clock.pass_by(seconds=1)
    assert attempt(desk, "ana", "other wet kettles hum") == (True, 0)


def test_fifty_wrong_passwords_close_an_address_for_every_name(
    desk: Desk, clock: Clock, person: Person
) -> None:
    person()
    for number in range(50):
        assert attempt(desk, f"user{number}", "wrong", "2001:db8::1") == (False, 0)
        clock.pass_by(seconds=1)
    assert attempt(desk, "ana", PASSWORD, "2001:db8::2") == (False, 850)
    assert attempt(desk, "ana", PASSWORD, "2001:db8:0:1::2") == (True, 0)
    clock.pass_by(seconds=850)
    assert attempt(desk, "ana", PASSWORD, "2001:db8::2") == (True, 0)


def test_many_attempts_at_once_check_no_more_passwords_than_the_limit(desk: Desk, person: Person) -> None:
    person()
    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(attempt, desk, "ana", "wrong", f"192.0.2.{n}") for n in range(24)]
        answers = [future.result() for future in futures]
    assert sum(wait == 0 for _, wait in answers) <= 10
    assert attempt(desk, "ana", PASSWORD)[0] is (sum(wait == 0 for _, wait in answers) < 10)


def test_attempts_are_forgotten_after_thirty_days(desk: Desk, clock: Clock, person: Person) -> None:
    person()
    attempt(desk, "ana", "wrong")
    clock.pass_by(days=31)
    attempt(desk, "ana", PASSWORD)
    with desk.sessions() as session:
        assert [row.succeeded for row in session.scalars(select(SignInAttempt))] == [True]


def test_a_hash_with_other_parameters_is_replaced_at_the_next_sign_in(
    desk: Desk, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = person()
    before = user.password_hash
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    assert attempt(desk, "ana", PASSWORD) == (True, 0)
    with desk.sessions() as session:
        after = session.scalars(select(User.password_hash)).one()
    assert after != before
    assert "t=2" in str(after)
    assert attempt(desk, "ana", PASSWORD) == (True, 0)


@pytest.mark.parametrize(
    "address, group",
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(address: str, group: str) -> None:
    assert address_group(address) == group


def test_the_desk_of_another_brand_on_this_machine_has_other_cookies(desk: Desk, person: Person) -> None:
    person()
    client = browser(desk, ReviewSettings(port=8311), "http://127.0.0.1:8311")
    sign_in_as(client)
    assert list(client.cookies) == ["surmesure-session-8311"]
    other = browser(replace(desk, key=b"o" * 32))
    other.cookies.set(COOKIE, client.cookies["surmesure-session-8311"])
    assert other.get("/page").status_code == 303
