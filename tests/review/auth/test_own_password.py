"""Changing one's own password on the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from content_store.models import User
from review.desk import Desk
from tests.review.auth.conftest import PASSWORD, Clock, browser, page_token, sign_in_as

Person = Callable[..., User]
NEW = "other wet kettles hum"


def change(client: TestClient, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> tuple[int, str]:
    data = {"csrf_token": page_token(client), "old": old, "new": new, "again": again}
    answer = client.post("/password", data=data)
    return answer.status_code, answer.text


def test_a_new_password_ends_every_session_but_this_one(
    client: TestClient, desk: Desk, clock: Clock, person: Person
) -> None:
    person()
    other = browser(desk)
    sign_in_as(other)
    sign_in_as(client)
    clock.pass_by(minutes=1)
    assert "four or five words" in client.get("/password").text
    assert change(client)[0] == 303
    assert client.get("/page").status_code == 200
    assert other.get("/page").status_code == 303
    assert sign_in_as(other)[0] == 401
    assert sign_in_as(other, password=NEW)[0] == 303


@pytest.mark.parametrize(
    "values, status, sentence",
    [
        ({"old": "wrong"}, 403, "The old password is wrong."),
        ({"again": "something else"}, 422, "The two new passwords differ."),
        ({"new": "short", "again": "short"}, 422, "has 5 characters"),
        ({"new": "ana berg ana berg", "again": "ana berg ana berg"}, 422, "easily guessed"),
    ],
)
def test_what_is_wrong_with_it_is_said(
    client: TestClient, desk: Desk, person: Person, values: dict[str, str], status: int, sentence: str
) -> None:
    person()
    sign_in_as(client)
    answered, text = change(client, **values)
    assert answered == status
    assert sentence in text
    assert sign_in_as(browser(desk))[0] == 303


def test_the_old_password_is_guessed_at_within_the_same_limits(client: TestClient, person: Person) -> None:
    person()
    sign_in_as(client)
    assert [change(client, old="wrong")[0] for _ in range(11)] == [403] * 10 + [429]


def test_who_comes_through_the_provider_has_none_to_change(
    client: TestClient, desk: Desk, person: Person
) -> None:
    user = person()
    sign_in_as(client)
    with desk.sessions.begin() as session:
        kept = session.get(User, user.id)
        assert kept is not None
        kept.password_hash = None
    assert "there is no password here" in client.get("/password").text
    assert change(client, old="")[0] == 403
