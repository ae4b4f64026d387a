"""Several reviewers at one queue: nobody is led to what another looks at, was given, or wrote themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from content_store import claims
from content_store.changes import Edit, edit, swap
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.models import Action, Message, User, Variant
from content_store.own_edits import had_a_hand_in
from content_store.queries import message_variants
from review import queue
from review.desk import Desk
from review.queue import Filters
from tests.factories import (
    NOW,
    RULES,
    make_block_version,
    make_message,
    make_run,
    make_segment,
    make_variant,
    person,
)
from tests.review.signed_in import browser_of

HTMX = {"HX-Request": "true"}
AHEAD = HTMX | {"X-Ahead-Of": "1"}


@pytest.fixture
def people(sessions: Sessions) -> tuple[User, User]:
    with sessions.begin() as session:
        return person(session, "ana", "reviewer"), person(session, "ben", "reviewer")


def messages(sessions: Sessions, *arms: str, **fields: Any) -> list[Message]:
    with sessions.begin() as session:
        run, version = make_run(session), make_block_version(session).id
        return [
            make_message(session, run=run, arm=arm, block_version_ids=[version], **fields) for arm in arms
        ]


def for_me(sessions: Sessions, user: User, now: datetime = NOW, **chosen: Any) -> list[str]:
    with sessions() as session:
        found = queue.find(session, Filters(**chosen), user, now)
        assert queue.count(session, Filters(**chosen), user, now) == (len(found), False)
        return [message.arm for message in found]


def opened(client: TestClient, path: str = "/queue") -> str:
    """The number of the message that is shown."""
    shown = client.get(path).text.partition('data-message="')[2]
    return shown.partition('class="pane" data-message="')[2].partition('"')[0]


def write(session: Session, message: Message, by: User, text: str) -> None:
    seen = Seen(message.id, session.get_one(Message, message.id).content_hash)
    edit(session, seen, Edit("subject", text, [], [], {}), by=by, at=NOW, rules=RULES)


def test_what_is_given_to_somebody_else_does_not_wait_for_me(
    sessions: Sessions, people: tuple[User, User]
) -> None:
    ana, ben = people
    messages(sessions, "free")
    messages(sessions, "hers", assignee_id=ana.id)
    messages(sessions, "his", assignee_id=ben.id)
    assert for_me(sessions, ana) == ["free", "hers"]
    assert for_me(sessions, ben) == ["free", "his"]
    assert for_me(sessions, ana, status="waiting") == ["free", "hers", "his"]


def test_what_i_wrote_waits_for_others_and_so_does_what_they_made_of_it(
    sessions: Sessions, people: tuple[User, User]
) -> None:
    ana, ben = people
    mine, both, _ = messages(sessions, "mine", "both", "other")
    with sessions.begin() as session:
        write(session, mine, ana, "Hot coffee.")
        write(session, both, ana, "Cold coffee.")
        write(session, both, ben, "Iced coffee.")
        assert [had_a_hand_in(session, name, both) for name in ("ana", "ben", "max")] == [True, True, False]
    assert for_me(sessions, ana) == ["other"]
    assert for_me(sessions, ben) == ["mine", "other"]
    with sessions.begin() as session:
        standing = message_variants(session, [mine.id])[mine.id][0]
        before = session.get_one(Variant, standing.edited_from_id)
        seen = Seen(mine.id, session.get_one(Message, mine.id).content_hash)
        swap(session, seen, before, by=ana, at=NOW, rules=RULES)
    assert for_me(sessions, ana) == ["mine", "other"], "she took it back"


def test_words_of_mine_that_others_had_written_before_are_mine_all_the_same(
    sessions: Sessions, people: tuple[User, User]
) -> None:
    ana, ben = people
    with sessions.begin() as session:
        run, segment = make_run(session), make_segment(session)
        standing: dict[str, Any] = {
            "segment_id": segment.id,
            "block_version_ids": [make_block_version(session).id],
        }
        message = make_message(session, run=run, **standing)
        make_variant(session, run, text="Hot coffee.", **standing)
        write(session, message, ana, "Hot coffee.")
        assert [had_a_hand_in(session, name, message) for name in ("ana", "ben")] == [True, False]
    assert (for_me(sessions, ana), for_me(sessions, ben)) == ([], ["A"])


def test_what_another_looks_at_comes_back_after_five_minutes_or_by_its_number(
    sessions: Sessions, people: tuple[User, User]
) -> None:
    ana, ben = people
    first, _ = messages(sessions, "first", "second")
    with sessions.begin() as session:
        assert claims.claim(session, first.id, ana, NOW)
        assert not claims.claim(session, first.id, ben, NOW)
    assert for_me(sessions, ana) == ["first", "second"]
    assert for_me(sessions, ben) == ["second"]
    assert for_me(sessions, ben, status="waiting") == ["first", "second"]
    assert for_me(sessions, ben, search=f"#{first.id}") == ["first"]
    assert for_me(sessions, ben, NOW + timedelta(minutes=5)) == ["first", "second"]
    with sessions.begin() as session:
        assert claims.claim(session, first.id, ben, NOW + timedelta(minutes=5))
    assert for_me(sessions, ana, NOW + timedelta(minutes=6)) == ["second"]


def test_of_people_who_claim_at_once_one_gets_it(sessions: Sessions) -> None:
    [message] = messages(sessions, "only")
    with sessions.begin() as session:
        people = [person(session, f"person-{number}", "reviewer") for number in range(6)]

    def claim(user: User) -> bool:
        with sessions.begin() as session:
            return claims.claim(session, message.id, user, NOW)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(claim, people)) == [False] * 5 + [True]


def test_two_people_who_open_the_queue_are_led_to_different_messages(
    desk: Desk, people: tuple[User, User]
) -> None:
    first, second, third, fourth = messages(desk.sessions, "1", "2", "3", "4")
    ana, ben = (browser_of(desk, user) for user in people)
    assert opened(ana) == str(first.id)
    assert ana.get(f"/messages/{second.id}", headers=AHEAD).status_code == 200
    assert opened(ben) == str(third.id)
    assert opened(ana) == str(first.id)
    refused = ana.get(f"/messages/{third.id}", headers=AHEAD)
    assert (refused.status_code, refused.text, refused.headers["X-Next"]) == (
        204,
        "",
        f"/messages/{fourth.id}",
    )
    sent = {"action": "approve", "hash": first.content_hash}
    assert ana.post(f"/messages/{first.id}/decisions", data=sent, headers=HTMX).headers["X-Next"] == (
        f"/messages/{second.id}"
    )
    sent["hash"] = second.content_hash
    assert ana.post(f"/messages/{second.id}/decisions", data=sent, headers=HTMX).headers["X-Next"] == (
        f"/messages/{fourth.id}"
    )


def test_who_asks_for_a_message_by_its_number_sees_who_looks_at_it_and_may_decide(
    desk: Desk, people: tuple[User, User]
) -> None:
    [message] = messages(desk.sessions, "only")
    ana, ben = (browser_of(desk, user) for user in people)
    assert opened(ana) == str(message.id)
    assert "Ana looks at it" not in ana.get(f"/messages/{message.id}").text
    assert opened(ben) == ""
    for path in (f"/messages/{message.id}", f"/queue?search=%23{message.id}", "/queue?status=waiting"):
        assert (
            "Ana looks at it until 2 Mar 2026, 09:35 UTC; you may decide all the same." in ben.get(path).text
        )
    sent = {"action": "approve", "hash": message.content_hash}
    assert ben.post(f"/messages/{message.id}/decisions", data=sent, headers=HTMX).status_code == 200
    with desk.sessions() as session:
        assert session.get_one(Message, message.id).status == "approved"


def test_a_claim_ends_with_the_decision_so_that_the_next_role_is_led_to_it_at_once(
    sessions: Sessions, people: tuple[User, User]
) -> None:
    ana, _ = people
    [message] = messages(sessions, "offer", waiting_for="legal reviewer")
    with sessions.begin() as session:
        lea = person(session, "lea", "legal")
        assert claims.claim(session, message.id, ana, NOW)
    assert for_me(sessions, lea) == []
    both = [RULES[0].model_copy(update={"roles": ["reviewer", "legal"]})]
    with sessions.begin() as session:
        seen = Seen(message.id, message.content_hash)
        decide(session, seen, Action.APPROVE, by=ana, at=NOW, day=NOW.date(), rules=both)
    assert for_me(sessions, lea) == ["offer"]


def test_who_decides_on_nothing_claims_nothing(desk: Desk) -> None:
    [message] = messages(desk.sessions, "only")
    with desk.sessions.begin() as session:
        vera = person(session, "vera", "viewer")
    assert opened(browser_of(desk, vera)) == str(message.id)
    with desk.sessions() as session:
        assert session.get_one(Message, message.id).claimed_until is None
