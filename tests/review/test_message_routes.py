"""What a browser may decide, change and see of a message, and what it is told when it may not."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from content_store.database import Sessions
from content_store.models import Decision, Message, ReviewStatus, User, Variant
from review.desk import Desk
from review.editing import base_of
from tests.factories import person
from tests.review.scorer_double import scorer_running
from tests.review.signed_in import browser_of
from tests.review.small_shop import FACT, SECOND_FACT, desk_of, shop_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(sessions: Sessions, tmp_path: Any) -> Desk:
    return desk_of(sessions, tmp_path)


@pytest.fixture
def messages(sessions: Sessions) -> list[Message]:
    """Three e-mails that wait, 1 to 3 in order."""
    with shop_in(sessions) as shop:
        return [shop.email(f"{FACT} Number {number}.") for number in range(3)]


def browser(desk: Desk, name: str = "ana") -> TestClient:
    with desk.reads() as session:
        user = person(session, name)
    return browser_of(desk, user)


def stored(desk: Desk, message: Message) -> Message:
    with desk.sessions() as session:
        return session.get_one(Message, message.id)


def decision(message: Message, action: str = "approve", **values: str) -> dict[str, str]:
    return {"action": action, "hash": message.content_hash, **values}


def test_an_approval_names_the_next_message_and_takes_the_row_out_of_the_list(
    desk: Desk, messages: list[Message]
) -> None:
    first, second, _ = messages
    answer = browser(desk).post(f"/messages/{first.id}/decisions", data=decision(first), headers=HTMX)

    assert answer.status_code == 200
    assert answer.headers["x-next"] == f"/messages/{second.id}"
    assert f'<li id="row-{first.id}" hx-swap-oob="delete">' in answer.text
    assert stored(desk, first).status is ReviewStatus.APPROVED


def test_without_scripts_an_approval_leads_to_the_next_message(desk: Desk, messages: list[Message]) -> None:
    first, second, _ = messages
    answer = browser(desk).post(f"/messages/{first.id}/decisions?order=doubtful", data=decision(first))

    assert (answer.status_code, answer.headers["location"]) == (303, f"/messages/{second.id}?order=doubtful")


def test_the_last_decision_shows_that_nothing_is_left(desk: Desk, sessions: Sessions) -> None:
    with shop_in(sessions) as shop:
        only = shop.email()
    answer = browser(desk).post(f"/messages/{only.id}/decisions", data=decision(only), headers=HTMX)

    assert "Nothing is left here" in answer.text


@pytest.mark.parametrize("action", ["reject", "send_back"])
def test_refusing_a_message_needs_a_reason_and_keeps_it(
    desk: Desk, messages: list[Message], action: str
) -> None:
    client, first = browser(desk), messages[0]
    without = client.post(f"/messages/{first.id}/decisions", data=decision(first, action), headers=HTMX)
    with_one = client.post(
        f"/messages/{first.id}/decisions", data=decision(first, action, reason="Too pushy"), headers=HTMX
    )

    assert (without.status_code, with_one.status_code) == (422, 200)
    assert "needs a reason" in without.text
    with desk.sessions() as session:
        assert [item.reason for item in session.query(Decision)] == ["Too pushy"]


@pytest.mark.parametrize(
    "path, values",
    [
        ("/messages/{id}/decisions", {"action": "approve"}),
        ("/messages/{id}/swaps", {"variant": "1"}),
        ("/messages/{id}/assignee", {"assignee": ""}),
        ("/messages/{id}/edits", {"text.subject": "New"}),
        ("/messages/{id}/check", {"slot": "subject", "text.subject": "New"}),
        ("/undo", {}),
    ],
)
class TestEveryRouteThatChanges:
    def test_refuses_whoever_may_only_look(
        self, desk: Desk, messages: list[Message], path: str, values: dict[str, str]
    ) -> None:
        answer = browser(desk, "vera").post(
            path.format(id=messages[0].id), data={"hash": messages[0].content_hash, **values}, headers=HTMX
        )
        assert answer.status_code == 403
        assert stored(desk, messages[0]).content_hash == messages[0].content_hash

    def test_refuses_a_request_without_the_form_token(
        self, desk: Desk, messages: list[Message], path: str, values: dict[str, str]
    ) -> None:
        client = browser(desk)
        del client.headers["X-CSRF-Token"]
        answer = client.post(
            path.format(id=messages[0].id), data={"hash": messages[0].content_hash, **values}, headers=HTMX
        )
        assert answer.status_code == 403
        assert stored(desk, messages[0]).status is ReviewStatus.PENDING

    def test_refuses_another_teams_message(
        self, desk: Desk, messages: list[Message], path: str, values: dict[str, str]
    ) -> None:
        with desk.sessions.begin() as session:
            session.query(User).filter(User.name == "bo").update({"briefs": ["another"]})
        answer = browser(desk, "bo").post(
            path.format(id=messages[0].id), data={"hash": messages[0].content_hash, **values}, headers=HTMX
        )
        assert answer.status_code == (200 if path == "/undo" else 404)


def test_an_author_may_edit_but_not_decide(desk: Desk, messages: list[Message]) -> None:
    client, first = browser(desk, "ada"), messages[0]
    decided = client.post(f"/messages/{first.id}/decisions", data=decision(first), headers=HTMX)

    assert decided.status_code == 403
    assert client.get(f"/messages/{first.id}/edit", headers=HTMX).status_code == 200


def test_whoever_is_second_is_told_and_sees_the_message_as_it_is(desk: Desk, messages: list[Message]) -> None:
    first = messages[0]
    browser(desk, "bo").post(f"/messages/{first.id}/decisions", data=decision(first), headers=HTMX)
    answer = browser(desk).post(
        f"/messages/{first.id}/decisions", data=decision(first, "reject", reason="Late"), headers=HTMX
    )

    assert answer.status_code == 409
    assert "Somebody else was faster" in answer.text
    assert f'data-message="{first.id}"' in answer.text
    assert "Bo Berg" in answer.text
    assert stored(desk, first).status is ReviewStatus.APPROVED


@pytest.mark.parametrize("path", ["decisions", "swaps"])
def test_a_hash_of_other_bytes_changes_nothing(desk: Desk, messages: list[Message], path: str) -> None:
    first = messages[0]
    with desk.sessions() as session:
        other = (
            session.query(Variant.id)
            .filter(Variant.theme == first.theme, Variant.text.startswith("House Blend: "))
            .first()
        )
    assert other is not None
    values = {"action": "approve", "variant": str(other.id), "hash": "0" * 64}
    answer = browser(desk).post(f"/messages/{first.id}/{path}", data=values, headers=HTMX)

    assert answer.status_code == 409
    assert stored(desk, first).status is ReviewStatus.PENDING


def test_a_swapped_text_waits_for_a_decision_and_is_swapped_back_by_undo(
    desk: Desk, messages: list[Message]
) -> None:
    client, first = browser(desk), messages[0]
    with desk.sessions() as session:
        other = (
            session.query(Variant)
            .filter(Variant.theme == first.theme, Variant.text == "House Blend: $5.99 a bag.")
            .one()
        )
    values = {"variant": str(other.id), "hash": first.content_hash}
    answer = client.post(f"/messages/{first.id}/swaps", data=values, headers=HTMX)
    swapped = stored(desk, first)
    back = client.post("/undo", headers=HTMX)

    assert (answer.status_code, swapped.status) == (200, ReviewStatus.PENDING)
    assert swapped.content_hash != first.content_hash
    assert back.status_code == 200
    assert stored(desk, first).content_hash == first.content_hash


def test_undo_opens_ones_own_last_decision_and_then_the_one_before(
    desk: Desk, messages: list[Message]
) -> None:
    client = browser(desk)
    for message in messages[:2]:
        client.post(f"/messages/{message.id}/decisions", data=decision(message), headers=HTMX)
    browser(desk, "bo").post(
        f"/messages/{messages[2].id}/decisions", data=decision(messages[2]), headers=HTMX
    )

    undone = [client.post("/undo", headers=HTMX) for _ in range(3)]

    assert [answer.headers.get("hx-replace-url") for answer in undone] == [
        f"/messages/{messages[1].id}",
        f"/messages/{messages[0].id}",
        None,
    ]
    assert "nothing of yours" in undone[2].text
    assert [stored(desk, message).status.value for message in messages] == ["pending", "pending", "approved"]


def test_a_message_is_given_only_to_somebody_who_may_decide(desk: Desk, messages: list[Message]) -> None:
    client, first = browser(desk), messages[0]
    with desk.sessions() as session:
        bo, vera = person(session, "bo").id, person(session, "vera").id
    given = client.post(f"/messages/{first.id}/assignee", data={"assignee": str(bo)}, headers=HTMX)
    refused = client.post(f"/messages/{first.id}/assignee", data={"assignee": str(vera)}, headers=HTMX)

    assert (given.status_code, refused.status_code) == (200, 422)
    assert "Given to Bo Berg." in given.text
    assert stored(desk, first).assignee_id == bo


def test_the_gates_of_words_read_along_while_somebody_types(desk: Desk, messages: list[Message]) -> None:
    answer = browser(desk).post(
        f"/messages/{messages[0].id}/check",
        data={
            "slot": "subject",
            "text.subject": "Amazing coffee, $4.99",
            "reason.subject": "Agreed by <phone>",
        },
        headers=HTMX,
    )

    assert answer.status_code == 200
    assert "The brand does not allow" in answer.text
    assert "$4.99" in answer.text
    assert 'value="Agreed by &lt;phone&gt;"' in answer.text


def test_an_edit_is_refused_while_the_scorer_is_down(desk: Desk, messages: list[Message]) -> None:
    first = messages[0]
    answer = browser(desk).post(
        f"/messages/{first.id}/edits",
        data={"hash": first.content_hash, "base.subject": "", "text.subject": "House Blend, $5.99 a bag."},
        headers=HTMX,
    )

    assert answer.status_code == 503
    assert "The scorer does not answer" in answer.text
    assert "House Blend, $5.99 a bag.</textarea>" in answer.text
    assert stored(desk, first).content_hash == first.content_hash


def test_an_edited_text_keeps_the_first_one_and_waits_for_somebody_else(
    desk: Desk, messages: list[Message]
) -> None:
    client, first = browser(desk), messages[0]
    with scorer_running(desk):
        saved = client.post(
            f"/messages/{first.id}/edits",
            data={
                "hash": first.content_hash,
                "base.subject": base_of(f"{FACT} Number 0."),
                "text.subject": " House Blend is $5.99 a bag.\r\n",
                "base.opening": base_of(f"{FACT} {SECOND_FACT}"),
                "text.opening": f"{FACT} {SECOND_FACT}",
            },
            headers=HTMX,
        )
    edited = stored(desk, first)
    own = client.post(f"/messages/{first.id}/decisions", data=decision(edited), headers=HTMX)
    others = browser(desk, "bo").post(f"/messages/{first.id}/decisions", data=decision(edited), headers=HTMX)

    assert saved.status_code == 200
    assert "Edited by Ana Berg" in saved.text
    assert "Number 0.</del>" in saved.text
    assert "somebody else must approve it" in saved.text
    assert (own.status_code, others.status_code) == (403, 200)
    with desk.sessions() as session:
        variant = session.query(Variant).filter(Variant.edited_by == "ana").one()
        assert variant.text == FACT
        assert variant.sentences[0]["block"] == "house-blend"
        assert session.get_one(Variant, variant.edited_from_id).text == f"{FACT} Number 0."


def test_a_failed_gate_needs_a_reason_and_an_author_may_not_give_one(
    desk: Desk, messages: list[Message]
) -> None:
    first = messages[0]
    values = {
        "hash": first.content_hash,
        "base.subject": base_of(f"{FACT} Number 0."),
        "text.subject": "Amazing House Blend, $5.99.",
    }
    reason = {"reason.subject": "The campaign is called so."}
    with scorer_running(desk):
        without = browser(desk).post(f"/messages/{first.id}/edits", data=values, headers=HTMX)
        author = browser(desk, "ada").post(f"/messages/{first.id}/edits", data=values | reason, headers=HTMX)
        with_one = browser(desk).post(f"/messages/{first.id}/edits", data=values | reason, headers=HTMX)

    assert (without.status_code, author.status_code, with_one.status_code) == (422, 422, 200)
    assert "a second person must approve it" in without.text
    assert "Set aside by Ana Berg" in with_one.text
    with desk.sessions() as session:
        assert session.query(Variant.override_reason).filter(Variant.edited_by == "ana").all() == [
            ("The campaign is called so.",)
        ]


def test_the_e_mail_runs_nothing_and_is_filled_with_an_example_customers_data(
    desk: Desk, messages: list[Message]
) -> None:
    client = browser(desk)
    second = client.get(f"/messages/{messages[0].id}/preview/email?example=2")
    nobody = client.get(f"/messages/{messages[0].id}/preview/email?example=0")

    assert "Hello at Store 2" in second.text
    assert "Hello at your local store" in nobody.text
    assert second.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert second.headers["cache-control"] == "no-store"


def test_no_identity_of_an_example_customer_stands_beside_the_preview(
    desk: Desk, messages: list[Message]
) -> None:
    text = browser(desk).get(f"/messages/{messages[0].id}", headers=HTMX).text

    assert "45-54" in text
    for identity in ("Zoe", "zoe1@example.com", "H1", "+12025550100", "Store 1"):
        assert identity not in text


def test_an_sms_shows_its_characters_and_segments(desk: Desk, sessions: Sessions) -> None:
    with shop_in(sessions) as shop:
        message = shop.sms()
    text = browser(desk).get(f"/messages/{message.id}", headers=HTMX).text

    assert "27 of 160 characters · 1 segment of 1 · GSM-7" in text


def test_a_message_shows_what_it_stands_on_and_what_its_scores_are_worth(
    desk: Desk, messages: list[Message]
) -> None:
    text = browser(desk).get(f"/messages/{messages[0].id}", headers=HTMX).text

    for shown in (
        "house-blend",
        "coffee team",
        "valid without end",
        "<mark>$5.99</mark>",
        "not yet calibrated: 0 of 50 decisions",
        "18 of 18 checks passed",
        "284 customers",
        "ground coffee",
        "4.1 times as much",
        "reviewer: missing",
        "Other messages for these customers",
    ):
        assert shown in text


@pytest.mark.parametrize(
    "path",
    [
        "/queue?status=none",
        "/queue?segment=99999999999999",
        "/messages/99999999999999",
        "/queue/rows?after=x",
    ],
)
def test_an_address_that_means_nothing_gets_a_page_that_says_so(desk: Desk, path: str) -> None:
    with desk.sessions.begin() as session:
        person(session, "ana", "reviewer")
    answer = browser(desk).get(path)

    assert answer.status_code == 422
    assert "Back to the start" in answer.text


def test_a_choice_of_language_or_colours_is_kept_and_leads_back_only_to_our_own_pages(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        person(session, "ana", "reviewer")
    client = browser(desk)
    client.get("/language/fr?next=/queue")
    client.get("/theme/dark?next=/queue")
    page = client.get("/queue").text

    assert 'lang="fr" data-theme="dark"' in page
    assert "Il ne reste rien ici" in page
    assert client.get("/language/fr?next=//evil.example").status_code == 400
    assert client.get("/language/xx").status_code == 404


def test_scripts_and_styles_are_kept_by_browsers_under_an_address_with_their_hash(desk: Desk) -> None:
    client = browser_without_session(desk)
    page = client.get("/sign-in").text
    address = page.split('src="/static/htmx.js')[1].split('"')[0]
    answer = client.get(f"/static/htmx.js{address}")

    assert address.startswith("?v=")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/../app.py").status_code == 404


def browser_without_session(desk: Desk) -> TestClient:
    with desk.sessions.begin() as session:
        person(session, "ana", "reviewer")
    client = browser(desk)
    client.cookies.clear()
    return client
