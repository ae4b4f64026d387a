"""Other tools review as people do: under the same roles, about exact bytes, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from content_store.models import Decision, Message, ReviewStatus
from review.auth.permissions import Scope
from review.desk import Desk
from tests.factories import (
    make_block_version,
    make_brief,
    make_message,
    make_publication,
    make_run,
    make_variant,
)
from tests.review.api.conftest import Caller
from tests.review.scorer_double import scorer_running


def test_a_message_is_read_and_approved_with_its_etag(desk: Desk, client: Caller) -> None:
    message, ana = _message(desk), client("ana")
    read = ana.get(f"/messages/{message.id}")
    assert [text["text"] for text in read.json()["texts"]] == [
        "Coffee is on.",
        "Our roast comes in 12 oz bags.",
    ]
    decided = _decide(ana, message, "approve", etag=read.headers["etag"])
    assert decided.status_code == 200
    assert (decided.json()["to_status"], decided.json()["by"]) == ("approved", "ana")
    assert ana.get("/messages", params={"status": "approved"}).json()["messages"][0]["id"] == message.id


@pytest.mark.parametrize(
    ("etag", "status", "sentence"),
    [
        (None, 428, "Send If-Match with the ETag of the message that you saw."),
        ('"' + "0" * 64 + '"', 412, "Message {id} has changed since you saw it; read it again."),
    ],
)
def test_a_decision_names_the_bytes_that_were_seen(
    desk: Desk, client: Caller, etag: str | None, status: int, sentence: str
) -> None:
    message = _message(desk)
    answer = _decide(client("ana"), message, "approve", etag=etag)
    assert (answer.status_code, answer.json()) == (status, {"detail": sentence.format(id=message.id)})
    assert _log(desk)[-1].action.value != "approve"


def test_the_second_of_two_people_gets_a_conflict(desk: Desk, client: Caller) -> None:
    message = _message(desk)
    assert _decide(client("ana"), message, "approve").status_code == 200
    late = _decide(client("ben"), message, "reject", reason="dull")
    assert late.status_code == 409
    assert late.json()["detail"] == f"message {message.id} is approved; look at it again."


@pytest.mark.parametrize(
    ("roles", "scopes", "status"),
    [
        (("reviewer",), (Scope.DECIDE,), 200),
        (("reviewer",), (Scope.READ,), 403),
        (("viewer",), tuple(Scope), 403),
        (("author",), tuple(Scope), 403),
        (("admin",), tuple(Scope), 403),
    ],
)
def test_role_and_scope_both_bound_a_token(
    desk: Desk, client: Caller, roles: tuple[str, ...], scopes: tuple[Scope, ...], status: int
) -> None:
    message = _message(desk)
    assert _decide(client("ana", *roles, scopes=scopes), message, "approve").status_code == status


def test_another_teams_message_is_not_there(desk: Desk, client: Caller) -> None:
    message, tom = _message(desk), client("tom", briefs=["other"])
    assert tom.get(f"/messages/{message.id}").status_code == 404
    assert _decide(tom, message, "approve").status_code == 404
    assert tom.get("/messages").json() == {"messages": [], "next": None}


def test_without_a_token_nothing_is_answered(desk: Desk, client: Caller) -> None:
    message, ana = _message(desk), client("ana")
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer sm_wrong"}):
        answer = ana.get(f"/messages/{message.id}", headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (401, "Send a valid API token, or sign in.")


def test_what_is_no_json_is_said_in_one_sentence(client: Caller) -> None:
    body, headers = '{"action": approve}', {"Content-Type": "application/json"}
    answer = client("ana").post("/messages/1/decisions", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json() == {"detail": "The body is not JSON from character 11 on."}


def test_several_messages_are_refused_together_or_not_at_all(desk: Desk, client: Caller) -> None:
    messages, ana = [_message(desk) for _ in range(3)], client("ana")
    seen = [{"message_id": item.id, "content_hash": item.content_hash} for item in messages]
    spoilt = [*seen[:2], seen[2] | {"content_hash": "0" * 64}]
    refusal = {"action": "send_back", "reason": "the price is old"}
    assert ana.post("/decisions", json=refusal | {"messages": spoilt}).status_code == 409
    assert {entry.action.value for entry in _log(desk)} == {"change_user"}
    answer = ana.post("/decisions", json=refusal | {"messages": seen})
    assert [entry["message_id"] for entry in answer.json()["decisions"]] == [item.id for item in messages]


@pytest.mark.parametrize("action", ["approve", "reopen"])
def test_nothing_is_approved_together_without_an_audit(desk: Desk, client: Caller, action: str) -> None:
    message = _message(desk)
    seen = [{"message_id": message.id, "content_hash": message.content_hash}]
    answer = client("ana").post("/decisions", json={"action": action, "messages": seen})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "body.action: Input should be 'reject' or 'send_back'.",
    )
    assert {entry.action.value for entry in _log(desk)} == {"change_user"}


def test_messages_are_listed_by_the_filters_of_the_queue(desk: Desk, client: Caller) -> None:
    ana = client("ana")
    with desk.sessions.begin() as session:
        first = make_message(session, slots={"sms": "Coffee is on."}, channel="sms", score=0.1).id
        second = make_message(session, slots={"subject": "Dark roast."}, fell_back=True, score=0.9).id
    for asked, found in (
        ({"channel": "sms"}, [first]),
        ({"slot": "subject"}, [second]),
        ({"search": "coffee"}, [first]),
        ({"score": "high"}, [second]),
        ({"fell_back": "yes"}, [second]),
        ({"assignee": "nobody", "locale": "en-US"}, [first, second]),
        ({"assignee": "me"}, []),
        ({"segment": 999}, []),
    ):
        answer = ana.get("/messages", params=asked)
        assert [item["id"] for item in answer.json()["messages"]] == found, asked


def test_a_message_is_given_to_somebody_who_may_decide_on_it(desk: Desk, client: Caller) -> None:
    message, ana = _message(desk), client("ana")
    client("ben"), client("tom", briefs=["other"]), client("aut", "author")
    path = f"/messages/{message.id}/assignee"
    given = ana.put(path, json={"name": "ben"})
    assert given.status_code == 200
    assert client("ben").get("/messages", params={"assignee": "me"}).json()["messages"] == [given.json()]
    for name in ("tom", "aut", "nobody"):
        answer = ana.put(path, json={"name": name})
        assert (answer.status_code, answer.json()["detail"][:25]) == (422, "This person cannot decide")
    assert ana.put(path, json={"name": None}).json()["assignee_id"] is None
    assert client("vera", "viewer").put(path, json={"name": "ben"}).status_code == 403
    assert client("tom", briefs=["other"]).put(path, json={"name": "ben"}).status_code == 404


def test_a_text_is_checked_and_not_saved(desk: Desk, client: Caller) -> None:
    message, ana = _message(desk), client("ana", "author")
    path, text = f"/messages/{message.id}/checks", {"slot": "subject", "text": "Coffee, hot."}
    assert ana.post(path, json=text).status_code == 503
    with scorer_running(desk):
        answer = ana.post(path, json=text)
        assert ana.post(path, json=text | {"slot": "sms"}).status_code == 422
    assert answer.status_code == 200
    assert (answer.json()["slot"], answer.json()["text"]) == ("subject", "Coffee, hot.")
    assert {verdict["gate"] for verdict in answer.json()["verdicts"]} != set()
    with desk.sessions() as session:
        assert session.get_one(Message, message.id).content_hash == message.content_hash
    assert client("vera", "viewer").post(path, json=text).status_code == 403
    assert client("tom", "author", briefs=["other"]).post(path, json=text).status_code == 404


def test_the_report_of_a_recall_tells_of_every_kind_a_page_at_a_time(desk: Desk, client: Caller) -> None:
    with desk.sessions.begin() as session:
        version = make_block_version(session)
        message = make_message(session, block_version_ids=[version.id])
        make_publication(session, message, customer_id="c1")
        make_publication(session, message, customer_id="c2")
    lea, path = client("lea", "legal"), f"/blocks/versions/{version.id}"
    assert lea.get(f"{path}/report").status_code == 404
    lea.post(f"{path}/recalls", json={"reason": "wrong price"})
    report = lea.get(f"{path}/report", params={"limit": 1}).json()
    assert report["decision"]["reason"] == "wrong price"
    line = report["lines"][0]
    assert (line["customer_id"], line["status"]) == ("c1", "suppressed")
    assert line["reason"].endswith("was recalled: wrong price")
    second = lea.get(f"{path}/report", params={"after": report["next"]}).json()
    assert [item["customer_id"] for item in second["lines"]] == ["c2"]
    kinds = {kind: lea.get(f"{path}/report", params={"kind": kind}).json() for kind in ("variant", "message")}
    assert [len(found["lines"]) for found in kinds.values()] == [2, 1]
    assert client("aut", "author").get(f"{path}/report").status_code == 403
    other = client("rita", briefs=["other"]).get(f"{path}/report").json()
    assert (other["lines"], other["next"]) == ([], None)


def test_a_request_that_comes_again_with_its_key_has_one_effect_and_one_answer(
    desk: Desk, client: Caller
) -> None:
    message, ana = _message(desk), client("ana")
    first = _decide(ana, message, "approve", key="k-1")
    again = _decide(ana, message, "approve", key="k-1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert [entry.action.value for entry in _log(desk)] == ["change_user", "approve"]
    other = _decide(ana, message, "reject", key="k-1", reason="dull")
    assert (other.status_code, other.json()["detail"][:36]) == (422, "This Idempotency-Key was used for an")
    assert _decide(client("ben"), message, "reject", key="k-1", reason="dull").status_code == 409


def test_the_same_key_sent_many_times_at_once_has_one_effect(desk: Desk, client: Caller) -> None:
    message, ana = _message(desk), client("ana")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: _decide(ana, message, "approve", key="k-1"), range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert [entry.action.value for entry in _log(desk)] == ["change_user", "approve"]


def test_an_alternative_is_swapped_in(desk: Desk, client: Caller) -> None:
    message, ana = _message(desk), client("ana", "author")
    with desk.sessions.begin() as session:
        run = make_run(session, brief_id=message.brief_id)
        other = make_variant(session, run, segment_id=message.segment_id, text="Dark roast, hot.")
    answer = ana.post(
        f"/messages/{message.id}/swaps",
        json={"variant_id": other.id},
        headers={"If-Match": f'"{message.content_hash}"'},
    )
    assert [text["text"] for text in answer.json()["texts"]] == [
        "Dark roast, hot.",
        "Our roast comes in 12 oz bags.",
    ]


def test_an_edit_is_refused_while_the_scorer_is_down(desk: Desk, client: Caller) -> None:
    message, ana = _message(desk), client("ana", "author")
    headers = {"If-Match": f'"{message.content_hash}"'}
    edit = {"slot": "subject", "text": "Coffee, hot."}
    answer = ana.post(f"/messages/{message.id}/edits", json=edit, headers=headers)
    assert (answer.status_code, answer.json()["detail"][:28]) == (503, "The scorer does not answer, ")
    override = ana.post(
        f"/messages/{message.id}/edits", json=edit | {"override_reason": "so"}, headers=headers
    )
    assert override.status_code == 403


def test_an_edit_that_comes_again_with_its_key_has_one_effect_and_needs_no_scorer(
    desk: Desk, client: Caller
) -> None:
    message, ana = _message(desk), client("ana")
    etag = {"If-Match": f'"{message.content_hash}"'}
    edit = {"slot": "subject", "text": "Coffee, hot.", "override_reason": "so"}
    path = f"/messages/{message.id}/edits"
    with scorer_running(desk):
        first = ana.post(path, json=edit, headers=etag | {"Idempotency-Key": "k-1"})
        late = ana.post(path, json=edit, headers=etag | {"Idempotency-Key": "k-2"})
    again = ana.post(path, json=edit, headers=etag | {"Idempotency-Key": "k-1"})
    assert (first.status_code, late.status_code) == (200, 412)
    assert (again.status_code, again.json()) == (200, first.json())
    assert [entry.action.value for entry in _log(desk)] == ["change_user", "edit"]


@pytest.mark.parametrize(
    ("role", "found"), [("reviewer", 2), ("legal", 1), ("viewer", 0), ("admin", 0), ("author", 0)]
)
def test_what_waits_for_a_role_is_listed_by_the_whole_name_of_the_role(
    desk: Desk, client: Caller, role: str, found: int
) -> None:
    with desk.sessions.begin() as session:
        for waiting_for in ("reviewer", "legal reviewer", ""):
            make_message(session, waiting_for=waiting_for)
    answer = client("ana").get("/messages", params={"waiting_for": role})
    assert len(answer.json()["messages"]) == found


def test_a_block_is_recalled_with_its_reach(desk: Desk, client: Caller) -> None:
    with desk.sessions.begin() as session:
        version = make_block_version(session)
        message = make_message(session, block_version_ids=[version.id])
        make_publication(session, message)
    lea, aut = client("lea", "legal"), client("aut", "author")
    path = f"/blocks/versions/{version.id}"
    reach = {"variants": 2, "messages": 1, "queued": 1, "exposed_customers": 0}
    assert aut.get(f"{path}/reach").json() == reach
    assert aut.post(f"{path}/recalls", json={"reason": "wrong price"}).status_code == 403
    answer = lea.post(f"{path}/recalls", json={"reason": "wrong price"})
    assert (answer.status_code, answer.json()["reach"]) == (200, reach)
    assert lea.post(f"{path}/recalls", json={"reason": "again"}).status_code == 409
    with desk.sessions() as session:
        assert session.get_one(Message, message.id).status is ReviewStatus.RECALLED


def test_a_run_is_asked_for(desk: Desk, client: Caller) -> None:
    with desk.sessions.begin() as session:
        make_brief(session, id="weekly")
    answer = client("aut", "author").post("/runs", json={"brief": "weekly"})
    assert (answer.status_code, answer.json()["by"]) == (202, "aut")
    assert client("ben").post("/runs", json={"brief": "weekly"}).status_code == 403
    assert client("aut", "author").post("/runs", json={"brief": "nobody's"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (
            "/messages/9223372036854775808",
            "path.message_id: Input should be less than or equal to 2147483647.",
        ),
        ("/messages/1%20OR%201=1", "path.message_id: Input should be a valid integer"),
        ("/messages?after=-1", "query.after: Input should be greater than or equal to 0."),
    ],
)
def test_what_is_no_id_is_said_in_one_sentence(client: Caller, path: str, sentence: str) -> None:
    answer = client("ana").get(path)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(sentence)


def test_the_log_is_read_by_those_who_may(desk: Desk, client: Caller) -> None:
    message = _message(desk)
    _decide(client("ana"), message, "approve")
    assert client("ben").get("/log").status_code == 403
    entries = client("lea", "legal").get("/log").json()["decisions"]
    assert [entry["action"] for entry in entries][1] == "approve"
    assert entries[1]["previous_hash"] == entries[0]["entry_hash"]


def _message(desk: Desk) -> Message:
    with desk.sessions.begin() as session:
        return make_message(session, block_version_ids=[make_block_version(session).id])


def _decide(
    client: TestClient,
    message: Message,
    action: str,
    *,
    etag: str | None = "",
    key: str | None = None,
    **fields: Any,
) -> Any:
    """`etag` is the message's own unless given; None sends none."""
    sent = f'"{message.content_hash}"' if etag == "" else etag
    headers = {name: value for name, value in (("If-Match", sent), ("Idempotency-Key", key)) if value}
    return client.post(
        f"/messages/{message.id}/decisions", json={"action": action, **fields}, headers=headers
    )


def _log(desk: Desk) -> list[Decision]:
    with desk.sessions() as session:
        return list(session.scalars(select(Decision).order_by(Decision.id)))
