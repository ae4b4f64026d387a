"""What the page offers on a message depends on where it stands, who decided, and what was approved before."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from content_store.changes import Edit, edit
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.lapses import lapse
from content_store.models import Action, BlockStatus, BlockVersion, Message, ReviewStatus, Role, User
from review.desk import Desk
from review.previously_approved import previously_approved
from tests.factories import NOW, RULES, make_block_version, make_message, person
from tests.review.signed_in import browser_of
from tests.review.small_shop import desk_of, shop_in

HTMX = {"HX-Request": "true"}
APPROVE, EDIT, SWAP = 'value="approve"', 'data-key="e"', 'data-key="1"'
REOPEN, RUN_AGAIN = 'data-dialog="reopen"', "Run again"


@pytest.fixture
def desk(sessions: Sessions, tmp_path: Path) -> Desk:
    return desk_of(sessions, tmp_path)


@pytest.fixture
def message(sessions: Sessions) -> Message:
    with shop_in(sessions) as shop:
        return shop.email()


@pytest.mark.parametrize(
    ("action", "decider", "looks", "offered"),
    [
        (Action.SEND_BACK, "bo", "ana", [EDIT, SWAP, REOPEN]),
        (Action.SEND_BACK, "leo", "ada", [EDIT, SWAP]),
        (Action.REJECT, "bo", "ana", [EDIT, REOPEN]),
        (Action.REJECT, "ana", "ana", [EDIT, SWAP, REOPEN]),
        (Action.REJECT, "leo", "ana", []),
        (Action.APPROVE, "bo", "ana", [EDIT, REOPEN]),
        (Action.APPROVE, "bo", "ada", [EDIT]),
        (Action.APPROVE, "bo", "vera", []),
    ],
)
def test_what_is_offered_on_a_decided_message_is_what_may_be_done(
    desk: Desk, message: Message, action: Action, decider: str, looks: str, offered: list[str]
) -> None:
    with desk.sessions.begin() as session:
        _decide(session, message.id, action, decider)
    text = _page(desk, message, looks)
    assert [part for part in (APPROVE, EDIT, SWAP, REOPEN) if part in text] == offered


def test_a_decision_is_reopened_with_a_reason_and_the_message_stays_in_view(
    desk: Desk, message: Message
) -> None:
    with desk.sessions.begin() as session:
        _decide(session, message.id, Action.REJECT, "bo")
    values = {"action": "reopen", "hash": message.content_hash}
    client = browser_of(desk, _user(desk, "ana"))
    without = client.post(f"/messages/{message.id}/decisions", data=values, headers=HTMX)
    with_one = client.post(
        f"/messages/{message.id}/decisions", data=values | {"reason": "a slip"}, headers=HTMX
    )
    assert (without.status_code, with_one.status_code) == (422, 200)
    assert f'data-message="{message.id}"' in with_one.text
    assert APPROVE in with_one.text


def test_a_message_on_a_replaced_block_says_so_in_place_of_an_approval_and_can_be_run_again(
    desk: Desk, message: Message
) -> None:
    with desk.sessions.begin() as session:
        session.query(BlockVersion).update({"status": BlockStatus.SUPERSEDED})
        person(session, "ana").roles = [Role.REVIEWER, Role.AUTHOR]
    text = _page(desk, message, "ana")
    assert [part for part in (APPROVE, RUN_AGAIN) if part in text] == [RUN_AGAIN]
    assert "It stands on house-blend version 1, which is superseded." in text
    assert RUN_AGAIN not in _page(desk, message, "leo")


def test_the_approved_text_of_a_superseded_message_is_compared_with_the_new_one(
    desk: Desk, sessions: Sessions
) -> None:
    with shop_in(sessions) as shop:
        old, new = shop.email(), shop.email("House Blend costs $5.99 a bag.")
        _decide(shop.session, old.id, Action.APPROVE, "ana")
        shop.session.get_one(Message, old.id).status = ReviewStatus.SUPERSEDED
    text = _page(desk, new, "ana")
    assert f"Since it was approved in #{old.id}" in text
    assert "costs</ins>" in text


def test_the_text_that_was_approved_is_found_after_it_lapsed_and_was_edited(sessions: Sessions) -> None:
    with sessions.begin() as session:
        version = make_block_version(session)
        message = make_message(session, block_version_ids=[version.id])
        _decide(session, message.id, Action.APPROVE, "ana")
        assert previously_approved(session, message) is None
        version.status = BlockStatus.SUPERSEDED
        lapse(session, at=NOW, day=NOW.date(), rules=RULES)
        for text in ("Coffee, hot.", "Coffee, hotter."):
            seen = Seen(message.id, session.get_one(Message, message.id).content_hash)
            wanted = Edit("subject", text, [], [], {})
            edit(session, seen, wanted, by=person(session, "aut", "author"), at=NOW, rules=RULES)
        found = previously_approved(session, session.get_one(Message, message.id))
    assert found is not None
    assert (found.message_id, found.texts["subject"]) == (message.id, "Coffee is on.")


def _page(desk: Desk, message: Message, name: str) -> str:
    return browser_of(desk, _user(desk, name)).get(f"/messages/{message.id}", headers=HTMX).text


def _user(desk: Desk, name: str) -> User:
    with desk.reads() as session:
        return person(session, name)


def _decide(session: Session, message_id: int, action: Action, name: str) -> None:
    seen = Seen(message_id, session.get_one(Message, message_id).content_hash)
    by, day = person(session, name), NOW.date()
    decide(session, seen, action, by=by, at=NOW, day=day, rules=RULES, reason="because")
