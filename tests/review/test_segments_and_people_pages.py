"""Segments without anybody's identity, and people only for admins."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from content_store.models import Message, User
from review.desk import Desk
from review.segment_points import segment_points
from tests.factories import (
    make_brief,
    make_customer,
    make_message,
    make_run,
    make_segment,
    make_segmentation,
    make_snapshot,
    person,
)
from tests.review.signed_in import browser_of


def test_cards_tell_of_segments_and_not_who_is_in_them(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        customer = make_customer(
            session,
            id="H1025",
            email="rosa@example.com",
            attributes={"household": "two adults", "city": "Nice"},
        )
        segmentation = make_segmentation(session, stability_index=0.034)
        segment = make_segment(session)
        make_snapshot(
            session,
            segmentation,
            segment,
            name="Pizza & more",
            distinctive=[{"item": "frozen pizza", "score": 0.04, "lift": 4.08, "reach": 0.24}],
            exemplars=[customer.id],
            behaviour={"events_per_customer": 404.5},
            drift=0.012,
        )
        make_message(session, run=make_run(session, segmentation_id=segmentation.id), segment_id=segment.id)
    page = browser_of(desk, ana).get("/segments").text
    for text in (
        "Pizza &amp; more",
        "60 customers, 60.0%",
        "4.1 times as much",
        "two adults",
        "404.5",
        "0.012",
        "0.034",
    ):
        assert text in page
    assert "1 message for them" in page
    for secret in ("H1025", "rosa@example.com", "Nice"):
        assert secret not in page
    assert "The map is not here" in page


def test_the_map_is_drawn_from_the_lake(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        segmentation = make_segmentation(session)
        segment = make_segment(session)
        make_snapshot(session, segmentation, segment)
    folder = desk.settings.membership_folder(segmentation.id)
    for part in range(2):
        _write(folder / f"part={part}", segment.id, [(0.1 * part, 0.2), (0.4, 0.5 + part)])
    places = [value for point in segment_points(desk.settings, segmentation.id) for value in point]
    number = segment.id
    assert places == pytest.approx([0.0, 0.2, number, 0.4, 0.5, number, 0.1, 0.2, number, 0.4, 1.5, number])
    page = browser_of(desk, ana).get("/segments").text
    assert "Map of 4 customers in 1 segments" in page
    assert "style=" not in page


def test_without_segments_there_is_a_sentence(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
    assert "There are no segments yet" in browser_of(desk, ana).get("/segments").text


def test_an_admin_adds_changes_and_locks_people(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        root = person(session, "root", "admin")
        make_brief(session, id="spring")
    browser = browser_of(desk, root)
    form = {"name": "Tom", "full_name": "Tom Berg", "roles": ["author", "reviewer"], "briefs": "spring"}
    added = browser.post("/people", data=form | {"password": "seven wet kettles sing"})
    assert added.status_code == 303
    tom = _user(desk, "tom")
    assert (tom.roles, tom.briefs, tom.active) == (["author", "reviewer"], ["spring"], True)
    page = browser.get(added.headers["location"]).text
    assert 'value="author" checked' in page
    changed = {"full_name": "Tom Lund", "roles": "viewer", "locale": "fr", "email": "tom@example.com"}
    assert browser.post(f"/people/{tom.id}", data=changed).status_code == 303
    tom = _user(desk, "tom")
    assert (tom.full_name, tom.roles, tom.briefs, tom.active, tom.locale) == (
        "Tom Lund",
        ["viewer"],
        [],
        False,
        "fr",
    )
    assert "locked out" in browser.get("/people").text
    assert tom.email == "tom@example.com"
    assert browser.post(f"/people/{tom.id}", data=changed | {"email": " "}).status_code == 303
    assert _user(desk, "tom").email is None


def test_an_admin_notes_who_is_away_and_who_stands_in(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        root, ana, ben = person(session, "root", "admin"), person(session, "ana"), person(session, "ben")
        message = make_message(session, assignee_id=ana.id)
    browser = browser_of(desk, root)
    form = {"until": "2026-03-20", "deputy": str(ben.id)}
    assert browser.post(f"/people/{ana.id}/away", data=form).status_code == 303
    away = _user(desk, "ana")
    assert away.away_until is not None
    assert (away.away_until.isoformat(), away.deputy_id) == ("2026-03-20T00:00:00+00:00", ben.id)
    assert "away until March 20, 2026" in browser.get("/people").text
    with desk.sessions() as session:
        assert session.get_one(Message, message.id).assignee_id == ben.id
    assert browser.post(f"/people/{ana.id}/away", data={"until": "tomorrow"}).status_code == 422
    assert browser.post(f"/people/{ana.id}/away", data={}).status_code == 303
    assert _user(desk, "ana").away_until is None


def test_the_last_admin_cannot_be_taken_away(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        root = person(session, "root", "admin")
    form = {"full_name": "Root", "roles": "viewer", "active": "true"}
    assert browser_of(desk, root).post(f"/people/{root.id}", data=form).status_code == 422
    assert _user(desk, "root").roles == ["admin"]


@pytest.mark.parametrize("roles", ["boss", ""])
def test_a_role_that_is_none_is_refused(desk: Desk, roles: str) -> None:
    with desk.sessions.begin() as session:
        root = person(session, "root", "admin")
    form = {"name": "tom", "full_name": "Tom", "roles": roles}
    assert browser_of(desk, root).post("/people", data=form).status_code == 422


@pytest.mark.parametrize("role", ["viewer", "author", "reviewer", "legal"])
def test_only_an_admin_sees_people(desk: Desk, role: str) -> None:
    with desk.sessions.begin() as session:
        tom = person(session, "tom", role)
    browser = browser_of(desk, tom)
    assert 'href="/people"' not in browser.get("/blocks").text
    assert browser.get("/people").status_code == browser.get(f"/people/{tom.id}").status_code == 403
    for address in ("/people", f"/people/{tom.id}", f"/people/{tom.id}/password", f"/people/{tom.id}/away"):
        form = {"name": "eve", "full_name": "Eve", "roles": "admin", "password": "seven wet kettles sing"}
        assert browser.post(address, data=form).status_code == 403


def test_a_new_password_is_set_and_a_weak_one_refused(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        root, ana = person(session, "root", "admin"), person(session, "ana")
    browser = browser_of(desk, root)
    assert browser.post(f"/people/{ana.id}/password", data={"password": "short"}).status_code == 422
    assert _user(desk, "ana").password_hash is None
    assert (
        browser.post(f"/people/{ana.id}/password", data={"password": "seven wet kettles sing"}).status_code
        == 303
    )
    assert _user(desk, "ana").password_hash is not None


def _user(desk: Desk, name: str) -> User:
    with desk.sessions.begin() as session:
        return person(session, name)


def _write(folder: Path, segment_id: int, places: list[tuple[float, float]]) -> None:
    folder.mkdir(parents=True)
    x, y = zip(*places, strict=True)
    table = pa.table(
        {
            "x": pa.array(x, pa.float32()),
            "y": pa.array(y, pa.float32()),
            "segment_id": [segment_id] * len(places),
        }
    )
    pq.write_table(table, folder / "members.parquet")
