"""Adding and changing people; each change is in the decision log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, QueuePool, select

from content_store import chain
from content_store.errors import BadInput
from content_store.models import Action, Decision, Role, User
from review.auth import passwords
from review.auth.accounts import add_user, change_user, set_away, set_password, user_named, users
from review.auth.key import load_key
from review.desk import Desk
from tests.review.auth.conftest import PASSWORD, Clock

Person = Callable[..., User]

ANA: dict[str, Any] = {
    "name": "ana",
    "full_name": "Ana Berg",
    "roles": [Role.REVIEWER],
    "brand": "Larkfield",
    "by": "root",
}


def entries(desk: Desk) -> list[tuple[str, Action, str, dict[str, Any]]]:
    with desk.sessions() as session:
        assert chain.verify(session).problems == []
        found = session.scalars(select(Decision).order_by(Decision.id)).all()
    return [(entry.subject, entry.action, entry.by, entry.details) for entry in found]


def test_a_new_user_is_in_the_log_without_what_could_not_be_erased(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        user = add_user(
            session,
            **ANA
            | {"name": " Ana ", "full_name": " Ana  Berg ", "roles": [Role.LEGAL, Role.AUTHOR, Role.LEGAL]},
            at=desk.now(),
            password=PASSWORD,
            email="Ana@Larkfield.example",
        )
    assert (user.name, user.full_name, user.roles, user.email) == (
        "ana",
        "Ana Berg",
        ["author", "legal"],
        "ana@larkfield.example",
    )
    assert entries(desk) == [
        (
            "user ana",
            Action.ADD_USER,
            "root",
            {"roles": ["author", "legal"], "briefs": [], "password": True},
        )
    ]


@pytest.mark.parametrize(
    "values, reason",
    [
        ({"name": "a"}, "not a user name"),
        ({"name": "ana berg"}, "not a user name"),
        ({"name": "../ana"}, "not a user name"),
        ({"name": "an\na"}, "not a user name"),
        ({"name": "añа"}, "not a user name"),
        ({"full_name": " "}, "the full name"),
        ({"full_name": "Ana\u202eBerg"}, "the full name"),
        ({"full_name": "A" * 101}, "the full name"),
        ({"roles": []}, "at least one role"),
        ({"briefs": ["spring"]}, "no brief spring"),
        ({"locale": "xx"}, "does not speak xx"),
        ({"email": "ana"}, "not an e-mail address"),
        ({"email": "a@b.c\nBcc: d@e.f"}, "not an e-mail address"),
        ({"password": "short"}, "has 5 characters"),
        ({"password": "larkfield-2026!!"}, "only names"),
    ],
)
def test_what_is_wrong_with_a_user_is_said(desk: Desk, values: dict[str, Any], reason: str) -> None:
    with desk.sessions.begin() as session, pytest.raises(BadInput, match=reason):
        add_user(session, **ANA | values, at=desk.now())
    with desk.sessions() as session:
        assert users(session) == []


def test_a_name_is_given_once(desk: Desk, person: Person) -> None:
    person()
    with desk.sessions.begin() as session, pytest.raises(BadInput, match="there is a user ana already"):
        add_user(session, **ANA | {"name": "ANA"}, at=desk.now())


def test_a_change_is_logged_and_ends_sessions_only_when_rights_change(
    desk: Desk, clock: Clock, person: Person
) -> None:
    person("root", Role.ADMIN)
    added = person().sessions_from
    clock.pass_by(minutes=1)
    with desk.sessions.begin() as session:
        user = user_named(session, "ANA")
        change_user(session, user, by="root", at=clock(), full_name="Ana Sørensen", locale="fr")
        assert user.sessions_from == added
        change_user(session, user, by="root", at=clock(), roles=[Role.REVIEWER], active=True)
        assert user.sessions_from == added
        change_user(session, user, by="root", at=clock(), roles=[Role.LEGAL], active=False)
        assert user.sessions_from == clock()
    assert [details for subject, _, _, details in entries(desk) if subject == "user ana"][1:] == [
        {"locale": ["en", "fr"], "full_name": "changed"},
        {"roles": [["reviewer"], ["legal"]], "active": [True, False]},
    ]


def test_an_address_can_be_removed(desk: Desk, person: Person) -> None:
    person(email="ana@larkfield.example")
    with desk.sessions.begin() as session:
        user = user_named(session, "ana")
        change_user(session, user, by="root", at=desk.now(), locale="fr")
        assert user.email == "ana@larkfield.example"
        change_user(session, user, by="root", at=desk.now(), email="")
        assert user.email is None


def test_a_new_password_is_checked_and_logged_without_it(desk: Desk, clock: Clock, person: Person) -> None:
    before = person()
    clock.pass_by(minutes=1)
    with desk.sessions.begin() as session:
        user = user_named(session, "ana")
        with pytest.raises(BadInput, match="has 4 characters"):
            set_password(session, user, "1234", brand="Larkfield", by="root", at=clock())
        set_password(session, user, "other wet kettles hum", brand="Larkfield", by="root", at=clock())
    assert user.password_hash != before.password_hash
    assert user.sessions_from == clock()
    assert entries(desk)[-1][3] == {"password": "changed"}


def test_passwords_are_hashed_before_the_database_is_asked(
    desk: Desk, engine: Engine, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = person()
    in_use: list[int] = []

    class Watched(PasswordHasher):
        """Real argon2 that notes how many connections are out meanwhile."""

        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            assert isinstance(engine.pool, QueuePool)
            in_use.append(engine.pool.checkedout())
            return super().hash(password, salt=salt)

    monkeypatch.setattr(passwords, "HASHER", Watched(time_cost=1, memory_cost=64, parallelism=1))
    with desk.sessions.begin() as session:
        set_password(session, user, "other wet kettles hum", brand="Larkfield", by="root", at=desk.now())
    with desk.sessions.begin() as session:
        add_user(session, **ANA | {"name": "bob"}, at=desk.now(), password=PASSWORD)
    assert in_use == [0, 0]
    with desk.sessions() as session:
        assert user_named(session, "ana").password_hash != user.password_hash


@pytest.mark.parametrize("values", [{"active": False}, {"roles": [Role.REVIEWER]}])
def test_the_last_active_admin_remains(desk: Desk, person: Person, values: dict[str, Any]) -> None:
    root = person("root", Role.ADMIN)
    old = person("old", Role.ADMIN)
    with desk.sessions.begin() as session:
        change_user(session, session.merge(old), by="root", at=desk.now(), **values)
    with desk.sessions.begin() as session:
        with pytest.raises(BadInput, match="root is the only active admin"):
            change_user(session, session.merge(root), by="root", at=desk.now(), **values)
        session.rollback()
    with desk.sessions() as session:
        assert user_named(session, "root").holds(Role.ADMIN)
        assert user_named(session, "root").active


def test_somebody_stands_in_for_who_is_away(desk: Desk, clock: Clock, person: Person) -> None:
    person()
    person("bob")
    week = clock() + timedelta(days=7)
    with desk.sessions.begin() as session:
        ana, bob = user_named(session, "ana"), user_named(session, "bob")
        for deputy, until, reason in ((ana, week, "cannot stand in"), (bob, clock(), "must lie ahead")):
            with pytest.raises(BadInput, match=reason):
                set_away(session, ana, until=until, deputy=deputy, by="ana", at=clock())
        set_away(session, ana, until=week, deputy=bob, by="ana", at=clock())
        assert (ana.away_until, ana.deputy_id) == (week, bob.id)
        with pytest.raises(BadInput, match="ana is away too"):
            set_away(session, bob, until=week, deputy=ana, by="bob", at=clock())
        set_away(session, ana, until=None, deputy=None, by="ana", at=clock())
        assert (ana.away_until, ana.deputy_id) == (None, None)
    assert [details for _, _, _, details in entries(desk)[-2:]] == [
        {"away_until": "2026-07-08T09:00:00+00:00", "deputy": "bob"},
        {"away_until": None, "deputy": None},
    ]


def test_a_name_that_nobody_has_is_said(desk: Desk) -> None:
    with desk.sessions() as session:
        for name in ("bob", "\0", "é" * 1000):
            with pytest.raises(BadInput, match="there is no user"):
                user_named(session, name)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    key = load_key(folder)
    assert len(key) == 32
    assert load_key(folder) == key
    assert [path.name for path in folder.iterdir()] == ["review.key"]
    assert (folder / "review.key").stat().st_mode & 0o777 == 0o600
    assert load_key(tmp_path / "other") != key
