"""Two people edit one message: neither loses what they wrote, and neither takes the other's words out unseen."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.models import Action, Decision, Message, ReviewStatus
from content_store.queries import message_variants
from review.desk import Desk
from tests.factories import NOW, RULES, person
from tests.review.scorer_double import scorer_running
from tests.review.signed_in import browser_of
from tests.review.small_shop import FACT, desk_of, shop_in

HTMX = {"HX-Request": "true"}

#: Two more ways to say the fact.
HERS, HIS = "A bag of House Blend is $5.99.", "House Blend: $5.99 a bag!"


@pytest.fixture
def desk(sessions: Sessions, tmp_path: Path) -> Desk:
    return desk_of(sessions, tmp_path)


@pytest.fixture
def message(sessions: Sessions) -> Message:
    with shop_in(sessions) as shop:
        return shop.email()


def test_a_text_that_somebody_else_wrote_meanwhile_is_not_reverted_by_saving_another_slot(
    desk: Desk, message: Message
) -> None:
    ana, bo = _browser(desk, "ana"), _browser(desk, "bo")
    opened = _fields(ana.get(f"/messages/{message.id}/edit", headers=HTMX))
    with scorer_running(desk):
        _save(bo, message, opened | {"text.opening": HIS})
        refused = _save(ana, message, opened | {"text.subject": HERS})
        again = _save(ana, message, _fields(refused))

    assert (refused.status_code, again.status_code) == (409, 200)
    assert _fields(refused)["text.opening"] == HIS
    assert _texts(desk, message) == [HERS, HIS, "Order coffee"]


def test_two_texts_for_one_slot_stand_beside_each_other_until_one_is_saved(
    desk: Desk, message: Message
) -> None:
    ana, bo = _browser(desk, "ana"), _browser(desk, "bo")
    opened = _fields(ana.get(f"/messages/{message.id}/edit", headers=HTMX))
    with scorer_running(desk):
        _save(bo, message, opened | {"text.subject": HIS})
        refused = _save(ana, message, opened | {"text.subject": HERS})
        again = _save(ana, message, _fields(refused))

    assert refused.status_code == 409
    assert _fields(refused)["text.subject"] == HERS
    assert f'by somebody else:</span> <span dir="auto" lang="en-US">{HIS}</span>' in refused.text
    assert 'aria-describedby="check-subject theirs-subject"' in refused.text
    assert again.status_code == 200
    assert _texts(desk, message)[0] == HERS


def test_a_form_that_does_not_say_what_it_was_opened_with_changes_nothing(
    desk: Desk, message: Message
) -> None:
    values = {"hash": message.content_hash, "text.subject": HIS}
    assert _save(_browser(desk, "ana"), message, values).status_code == 422
    assert _texts(desk, message)[0] == FACT


def test_what_is_typed_while_somebody_approves_is_kept_and_asks_why_that_is_taken_back(
    desk: Desk, message: Message
) -> None:
    ana = _browser(desk, "ana")
    opened = _fields(ana.get(f"/messages/{message.id}/edit", headers=HTMX))
    with desk.sessions.begin() as session:
        seen = Seen(message.id, message.content_hash)
        decide(session, seen, Action.APPROVE, by=person(session, "bo"), at=NOW, day=NOW.date(), rules=RULES)
    with scorer_running(desk):
        asked = _save(ana, message, opened | {"text.subject": HIS})
        saved = _save(ana, message, _fields(asked) | {"taking_back": "the price is wrong"})

    assert (asked.status_code, saved.status_code) == (422, 200)
    assert _fields(asked)["text.subject"] == HIS
    assert '<label for="taking-back">' in asked.text
    with desk.sessions() as session:
        assert session.get_one(Message, message.id).status is ReviewStatus.EDITED
        assert session.get_one(Decision, 2).reason == "the price is wrong"


def _browser(desk: Desk, name: str) -> TestClient:
    with desk.reads() as session:
        user = person(session, name)
    return browser_of(desk, user)


def _save(client: TestClient, message: Message, values: dict[str, str]) -> Response:
    return client.post(f"/messages/{message.id}/edits", data=values, headers=HTMX)


def _fields(answer: Response) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text)
    texts = re.findall(r'<textarea [^>]*?name="([^"]+)".*?>([^<]*)</textarea>', answer.text, re.DOTALL)
    return {name: unescape(value) for name, value in [*hidden, *texts]}


def _texts(desk: Desk, message: Message) -> list[str]:
    with desk.sessions() as session:
        return [item.text for item in message_variants(session, [message.id])[message.id]]
