"""Signing in through an identity provider, with a real one on loopback that can be told to answer wrongly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr
from sqlalchemy import select

from content_store.app_settings import ReviewSettings
from content_store.models import Decision, Role, User
from review.auth.accounts import change_user
from review.auth.permissions import Scope
from review.auth.tokens import add_token, find_token
from review.desk import Desk
from tests.review.auth.conftest import HERE, Clock, browser
from tests.review.auth.openid_provider import CLIENT, SECRET, Provider, running

Person = Callable[..., User]
CALLBACK = HERE + "/sign-in/oidc/callback"


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    with running(CALLBACK) as provider:
        yield provider


@pytest.fixture
def provider(started: Provider) -> Provider:
    """The provider, sound again."""
    fresh = Provider(started.port, CALLBACK, key=started.key)
    for name in ("person", "twist", "algorithm", "sign_with", "discovery", "denies", "codes"):
        setattr(started, name, getattr(fresh, name))
    started.person |= {"email": "Ana@larkfield.example", "email_verified": True, "groups": ["marketing"]}
    return started


@pytest.fixture
def clock() -> Clock:
    """The provider's tokens count from the machine's clock."""
    return Clock(datetime.fromtimestamp(int(time.time()), UTC))


@pytest.fixture
def client(desk: Desk, provider: Provider) -> TestClient:
    return browser(desk, settings(provider))


def settings(provider: Provider, **values: Any) -> ReviewSettings:
    return ReviewSettings(
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(SECRET),
        oidc_label="Larkfield",
        **values,
    )


def go(client: TestClient, next_path: str = "/") -> str:
    """From our link to the provider and back; gives the address of the callback."""
    there = client.get("/sign-in/oidc", params={"next": next_path}).headers["location"]
    back = httpx2.get(there)
    assert back.status_code == 302, back.text
    return back.headers["location"]


def come(client: TestClient, next_path: str = "/") -> tuple[int, str]:
    answer = client.get(go(client, next_path))
    return answer.status_code, answer.headers.get("location") or answer.text


def test_the_sign_in_page_offers_the_provider(client: TestClient, desk: Desk) -> None:
    assert "Sign in with Larkfield" in client.get("/sign-in", params={"next": "/a?b"}).text
    assert 'href="/sign-in/oidc?next=/a%3Fb"' in client.get("/sign-in", params={"next": "/a?b"}).text
    without = browser(desk)
    assert "oidc" not in without.get("/sign-in").text
    assert without.get("/sign-in/oidc").status_code == 404
    assert without.get("/sign-in/oidc/callback").status_code == 404


def test_whom_an_admin_added_gets_in_by_their_verified_address_and_then_by_subject(
    client: TestClient, desk: Desk, provider: Provider, person: Person
) -> None:
    person("ana", Role.LEGAL, password=None, email="ana@larkfield.example")
    assert come(client, "/page?a=1") == (303, "/page?a=1")
    assert client.get("/page").json() == "ana"
    with desk.sessions() as session:
        user = session.scalars(select(User)).one()
        entry = session.scalars(select(Decision).order_by(Decision.id.desc())).first()
    assert user.subject == f"{provider.issuer} 248289761001"
    assert entry is not None
    assert (entry.by, entry.details) == ("identity provider", {"subject": "changed"})
    provider.person["email"] = "other@larkfield.example"
    assert come(browser(desk, settings(provider)))[0] == 303


def test_another_identity_with_the_same_address_does_not_become_the_same_user(
    client: TestClient, desk: Desk, provider: Provider, person: Person
) -> None:
    person("ana", email="ana@larkfield.example")
    assert come(client)[0] == 303
    provider.person["sub"] = "another"
    assert come(browser(desk, settings(provider)))[0] == 403


@pytest.mark.parametrize("verified", [False, "false", None, ["true"]])
def test_an_address_that_nobody_verified_opens_nothing(
    client: TestClient, provider: Provider, person: Person, verified: Any
) -> None:
    person("ana", email="ana@larkfield.example")
    provider.person["email_verified"] = verified
    status, text = come(client)
    assert status == 403
    assert "you are not a user of this page yet" in text


def test_nobody_is_added_unless_the_settings_say_so(client: TestClient, desk: Desk) -> None:
    assert come(client)[0] == 403
    with desk.sessions() as session:
        assert session.scalars(select(User)).all() == []


def test_groups_decide_on_roles_at_each_sign_in(desk: Desk, provider: Provider) -> None:
    roles = {"marketing": "reviewer", "counsel": "legal"}
    client = browser(desk, settings(provider, oidc_roles=roles, oidc_create_users=True))
    provider.person |= {"preferred_username": "Ana.Berg"}
    assert come(client)[0] == 303
    provider.person["groups"] = ["marketing", "counsel", "others"]
    assert come(client)[0] == 303
    with desk.sessions() as session:
        user = session.scalars(select(User)).one()
    assert (user.name, user.full_name, user.roles, user.email, user.password_hash) == (
        "ana.berg",
        "Ana Berg",
        ["reviewer", "legal"],
        "ana@larkfield.example",
        None,
    )
    provider.person["groups"] = "others"
    status, text = come(client)
    assert status == 403
    assert "none of your groups has a role here" in text


def test_whom_the_provider_took_every_role_from_is_locked_with_their_sessions_and_tokens(
    desk: Desk, provider: Provider, person: Person
) -> None:
    leo = person("leo", Role.LEGAL, subject=f"{provider.issuer} 248289761001")
    with desk.sessions.begin() as session:
        made = add_token(session, leo, "ci", [Scope.DECIDE], by="root", at=desk.now(), expires_at=None)
    client = browser(desk, settings(provider, oidc_roles={"counsel": "legal"}))
    provider.person["groups"] = ["counsel"]
    assert come(client)[0] == 303
    assert client.get("/page").json() == "leo"
    provider.person["groups"] = []
    status, text = come(browser(desk, settings(provider, oidc_roles={"counsel": "legal"})))
    assert status == 403
    assert "none of your groups has a role here" in text
    assert client.get("/page").status_code == 303
    with desk.sessions() as session:
        assert find_token(session, made.secret, desk.now()) is None
        entry = session.scalars(select(Decision).order_by(Decision.id.desc())).first()
    assert entry is not None
    assert (entry.by, entry.details) == ("identity provider", {"active": [True, False]})


def test_a_locked_user_stays_outside(
    client: TestClient, desk: Desk, person: Person, provider: Provider
) -> None:
    user = person("ana", email="ana@larkfield.example", subject=f"{provider.issuer} 248289761001")
    with desk.sessions.begin() as session:
        change_user(session, session.merge(user), by="root", at=desk.now(), active=False)
    status, text = come(client)
    assert status == 403
    assert "your account is locked" in text


def test_who_says_no_at_the_provider_reads_so(client: TestClient, provider: Provider) -> None:
    provider.denies = True
    status, text = come(client)
    assert status == 403
    assert "did not let you in" in text


def set_claim(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update({name: value})


def drop_claim(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.pop(name, None)


@pytest.mark.parametrize(
    "twist",
    [
        set_claim("nonce", "another"),
        drop_claim("nonce"),
        set_claim("aud", "another client"),
        set_claim("aud", []),
        drop_claim("aud"),
        set_claim("azp", "another client"),
        set_claim("iss", "https://evil.example"),
        drop_claim("iss"),
        set_claim("exp", int(time.time()) - 3600),
        set_claim("exp", "tomorrow"),
        drop_claim("exp"),
        set_claim("iat", int(time.time()) + 3600),
        set_claim("nbf", int(time.time()) + 3600),
        drop_claim("sub"),
        set_claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(
    client: TestClient, provider: Provider, person: Person, twist: Callable[[dict[str, Any]], None]
) -> None:
    person("ana", email="ana@larkfield.example")
    provider.twist = twist
    status, text = come(client)
    assert status == 403
    assert "the identity provider&#39;s token was refused" in text
    assert "surmesure-session-8310" not in client.cookies


@pytest.mark.parametrize("how", ["none", "secret", "public key as secret", "another key"])
def test_a_token_that_the_provider_did_not_sign_is_refused(
    client: TestClient, provider: Provider, person: Person, how: str
) -> None:
    person("ana", email="ana@larkfield.example")
    if how == "none":
        provider.algorithm = "none"
    elif how == "another key":
        provider.sign_with = RSAKey.generate_key(2048, {"kid": "one"})
    else:
        provider.algorithm = "HS256"
        provider.sign_with = OctKey.import_key(
            SECRET if how == "secret" else provider.key.as_pem(private=False).hex()
        )
    status, text = come(client)
    assert status == 403
    assert "token was refused" in text


def test_a_new_key_of_the_provider_is_found(client: TestClient, provider: Provider, person: Person) -> None:
    person("ana", email="ana@larkfield.example")
    before = provider.key
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert come(client)[0] == 303
    provider.key = before


def test_another_state_or_none_is_refused(client: TestClient, person: Person) -> None:
    person("ana", email="ana@larkfield.example")
    callback = go(client)
    state = parse_qs(urlsplit(callback).query)["state"][0]
    for wrong in (callback.replace(state, "x" * len(state)), callback.replace(f"state={state}", "a=b")):
        assert client.get(wrong).status_code == 403
    assert client.get(callback).status_code == 303


def test_an_answer_of_another_issuer_is_a_mix_up(
    client: TestClient, provider: Provider, person: Person
) -> None:
    person("ana", email="ana@larkfield.example")
    callback = go(client).replace(str(provider.port), "1")
    status = client.get(callback).status_code
    assert status == 403


def test_an_answer_works_once_and_only_in_the_browser_that_asked(
    client: TestClient, desk: Desk, provider: Provider, person: Person
) -> None:
    person("ana", email="ana@larkfield.example")
    callback = go(client)
    other = browser(desk, settings(provider))
    assert other.get(callback).status_code == 403
    cookies = dict(client.cookies)
    assert client.get(callback).status_code == 303
    replayed = browser(desk, settings(provider))
    replayed.cookies.update(cookies)
    assert replayed.get(callback).status_code == 403


def test_a_sign_in_may_take_ten_minutes(client: TestClient, clock: Clock, person: Person) -> None:
    person("ana", email="ana@larkfield.example")
    callback = go(client)
    cookies = dict(client.cookies)
    clock.pass_by(minutes=10, seconds=1)
    client.cookies.update(cookies)
    answer = client.get(callback)
    assert answer.status_code == 403
    assert "longer than ten minutes" in answer.text


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_followed(
    client: TestClient, provider: Provider, lie: dict[str, Any]
) -> None:
    provider.discovery = lie
    answer = client.get("/sign-in/oidc")
    assert answer.status_code == 502
    assert "the identity provider" in answer.text


def test_a_provider_that_is_not_there_gives_one_sentence(desk: Desk, provider: Provider) -> None:
    gone = settings(provider).model_copy(update={"oidc_issuer": "http://127.0.0.1:1"})
    answer = browser(desk, gone).get("/sign-in/oidc")
    assert answer.status_code == 502
    assert "does not answer at http://127.0.0.1:1" in answer.text


def test_a_wrong_client_secret_gives_one_sentence(desk: Desk, provider: Provider, person: Person) -> None:
    person("ana", email="ana@larkfield.example")
    wrong = settings(provider).model_copy(update={"oidc_client_secret": SecretStr("wrong")})
    status, text = come(browser(desk, wrong))
    assert status == 403
    assert "did not accept the sign-in" in text
