"""What nobody means to send is refused with a sentence, on either database: numbers beyond a key's, control characters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from content_store.database import Sessions
from content_store.models import Decision, Message, User
from review.app import app_of
from review.desk import Desk
from tests.factories import person
from tests.review.signed_in import HERE, browser_of
from tests.review.small_shop import desk_of, shop_in

NUMBERS = [2**31, 2**63, 2**70, -(2**31) - 1, -(2**63), -(2**70)]
NUL, HALF_A_PAIR = "a\x00b", "\ud800"

HASH = "a" * 64


@pytest.fixture
def desk(sessions: Sessions, tmp_path: Any) -> Desk:
    desk = desk_of(sessions, tmp_path)
    with shop_in(sessions) as shop:
        shop.email()
    return desk


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_no_row_can_have_finds_nothing(desk: Desk, number: int) -> None:
    ana, ada, max_ = (_browser(desk, name) for name in ("ana", "ada", "max"))
    answers = [
        *(ana.get(path.format(number)) for path in (
            "/runs/{}", "/runs?before={}", "/similar?run={}", "/similar/{}/x", "/messages/{}", "/messages/{}/preview",
            "/messages/1/preview?example={}", "/messages/1/preview/email?example={}", "/queue/rows?after={}",
            "/queue?search={}", "/queue?search=%23{}", "/queue?segment={}", "/api/v1/messages/{}",
            "/api/v1/messages?after={}", "/api/v1/runs?before={}",
        )),
        ana.post(f"/similar/{number}/x/rest", data={"digest": HASH}),
        ana.post(f"/similar/{number}/x/readings", data={"message_id": "1", "hash": HASH, "action": "approve"}),
        ana.post("/similar/1/x/readings", data={"message_id": str(number), "hash": HASH, "action": "approve"}),
        ada.post(f"/runs/wishes/{number}/withdrawal"),
        ana.get(f"/blocks/versions/{number}"),
        ana.get(f"/blocks/versions/{number}/recall"),
        ana.get(f"/blocks/versions/{number}/report.csv"),
        max_.get(f"/people/{number}"),
        max_.post(f"/people/{number}", data={"full_name": "X"}),
        max_.post(f"/people/{number}/password", data={"password": "four five six seven words"}),
        max_.post(f"/people/{number}/away", data={"until": "2027-01-01"}),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} <= {200, 404, 422}


@pytest.mark.parametrize(
    "path",
    [
        *(f"/queue?{name}=%00" for name in ("search", "brief", "channel", "locale", "slot")),
        "/blocks?search=%00",
        "/runs/times?cron=%00&time_zone=Europe/Paris",
        "/similar/1/%00",
        "/api/v1/messages?brief=%00",
        "/api/v1/blocks/versions?block=a%1Fb",
    ],
)
def test_a_control_character_in_an_address_is_refused(desk: Desk, path: str) -> None:
    answer = _browser(desk, "ana").get(path)
    assert answer.status_code == 422
    assert "holds a control character" in answer.text


@pytest.mark.parametrize(
    ("name", "path", "form"),
    [
        ("ana", "/messages/1/decisions", {"action": "reject", "hash": HASH, "reason": NUL}),
        ("ana", "/messages/1/check", {"slot": "subject", "text.subject": NUL}),
        ("ana", "/messages/1/edits", {"hash": HASH, "text.subject": NUL}),
        ("ana", "/blocks/versions/1/recall", {"reason": NUL}),
        ("ada", "/runs", {"brief": NUL}),
        ("ada", "/runs/schedules", {"brief": "newsletter", "cron": NUL, "time_zone": NUL}),
        ("ada", "/runs/schedules/%00/pause", {}),
        ("max", "/people", {"name": "xyz", "full_name": "X", "roles": "viewer", "briefs": NUL}),
        ("max", "/people/1/password", {"password": NUL * 20}),
    ],
)
def test_a_control_character_in_a_form_is_refused(
    desk: Desk, name: str, path: str, form: dict[str, str]
) -> None:
    answer = _browser(desk, name).post(path, data=form)
    assert answer.status_code == 422
    assert "holds a control character" in answer.text
    with desk.sessions() as session:
        assert session.query(Decision).filter(Decision.message_id.is_not(None)).all() == []


@pytest.mark.parametrize("odd", [NUL, HALF_A_PAIR])
@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("ana", "/messages/1/decisions", {"action": "reject", "reason": "?"}),
        ("ana", "/messages/1/edits", {"slot": "subject", "text": "?"}),
        ("ana", "/messages/1/edits", {"slot": "?", "text": "New."}),
        ("ana", "/blocks/versions/1/recalls", {"reason": "?"}),
        ("ada", "/runs", {"brief": "?"}),
    ],
)
def test_a_control_character_in_json_is_refused(
    desk: Desk, name: str, path: str, body: dict[str, str], odd: str
) -> None:
    sent = json.dumps({key: odd if value == "?" else value for key, value in body.items()})
    headers = {"Content-Type": "application/json", "If-Match": f'"{HASH}"'}
    answer = _browser(desk, name).post(f"/api/v1{path}", content=sent, headers=headers)
    assert answer.status_code == 422
    assert "holds a control character" in answer.json()["detail"]


def test_lines_and_tabs_in_a_text_are_none_of_these(desk: Desk) -> None:
    with desk.sessions() as session:
        message = session.query(Message.id).one()
    form = {"slot": "subject", "text.subject": "One\r\n\ttwo\n"}
    assert _browser(desk, "ana").post(f"/messages/{message.id}/check", data=form).status_code == 200


@pytest.mark.parametrize("current", ["http://[", "http://[::1", "//[x]/", ""])
def test_an_address_that_is_none_leads_a_stranger_to_the_sign_in(desk: Desk, current: str) -> None:
    stranger = TestClient(app_of(desk), base_url=HERE, follow_redirects=False)
    answer = stranger.get("/queue", headers={"HX-Request": "true", "HX-Current-URL": current})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def _browser(desk: Desk, name: str) -> TestClient:
    with desk.reads() as session:
        user: User = person(session, name)
    return browser_of(desk, user)
