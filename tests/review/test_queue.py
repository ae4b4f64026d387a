"""Which messages stand in the queue, in which order, and how they are counted."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from content_store.database import Sessions
from content_store.models import Message, ReviewStatus, User, Variant
from review import queue
from review.queue import Filters
from tests.factories import NOW, make_brief, make_message, make_run, make_segment, person


def found(session: Session, user: User, **chosen: Any) -> list[str]:
    """The arms of the messages found, which the tests name them by."""
    return [message.arm for message in queue.find(session, Filters(**chosen), user, NOW)]


@pytest.fixture
def ana(sessions: Sessions) -> User:
    with sessions.begin() as session:
        return person(session, "ana", "reviewer")


def test_what_waits_comes_oldest_first_whether_it_was_edited_or_not(sessions: Sessions, ana: User) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        make_message(session, run=run, arm="first")
        make_message(session, run=run, arm="second", status=ReviewStatus.EDITED)
        make_message(session, run=run, arm="third")
        make_message(session, run=run, arm="done", status=ReviewStatus.APPROVED)
    with sessions() as session:
        assert found(session, ana) == ["first", "second", "third"]
        assert found(session, ana, status="approved") == ["done"]


def test_the_most_doubtful_come_first_when_asked_for(sessions: Sessions, ana: User) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        for arm, score in (("fair", 0.4), ("poor", 0.1), ("good", 0.9), ("also fair", 0.4)):
            make_message(session, run=run, arm=arm, score=score)
    with sessions() as session:
        assert found(session, ana, order="doubtful") == ["poor", "fair", "also fair", "good"]


@pytest.mark.parametrize("order", ["oldest", "doubtful"])
def test_pages_follow_one_another_without_gap_or_repeat(sessions: Sessions, ana: User, order: str) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        for number in range(7):
            status = ReviewStatus.EDITED if number % 3 == 0 else ReviewStatus.PENDING
            make_message(session, run=run, status=status, score=(number * 3 % 7) / 10)
    filters = Filters.model_validate({"order": order})
    with sessions() as session:
        whole = queue.find(session, filters, ana, NOW)
        parts: list[Message] = []
        last: Message | None = None
        while page := queue.find(session, filters, ana, NOW, after=last, limit=2):
            parts += page
            last = page[-1]
        assert [message.id for message in parts] == [message.id for message in whole]
        assert len(parts) == 7


def test_each_filter_leaves_only_what_it_names(sessions: Sessions, ana: User) -> None:
    with sessions.begin() as session:
        run, segment = make_run(session), make_segment(session)
        make_message(session, run=run, arm="plain", score=0.9)
        make_message(
            session,
            run=run,
            arm="sms",
            channel="sms",
            slots={"sms": "100% wool, today."},
            segment_id=segment.id,
            locale="fr-FR",
            fell_back=True,
            score=0.1,
            waiting_for="legal reviewer",
            assignee_id=ana.id,
        )
    with sessions() as session:
        for chosen in (
            {"brief": run.brief_id, "channel": "sms"},
            {"segment": str(segment.id)},
            {"slot": "sms"},
            {"locale": "fr-FR"},
            {"fell_back": "yes"},
            {"score": "low"},
            {"waiting_for": "legal"},
            {"assignee": "me"},
            {"search": "WOOL"},
            {"search": "100%"},
        ):
            assert found(session, ana, **chosen) == ["sms"], chosen
        assert found(session, ana, assignee="nobody", fell_back="no", score="high") == ["plain"]
        assert found(session, ana, search="%") == ["sms"]
        assert found(session, ana, brief="", segment="", score="", search=" ") == ["plain", "sms"]


def test_a_number_finds_the_message_of_that_number(sessions: Sessions, ana: User) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        make_message(session, run=run, arm="one")
        wanted = make_message(session, run=run, arm="two")
    with sessions() as session:
        assert found(session, ana, search=f"#{wanted.id}") == ["two"]
        assert found(session, ana, search=str(wanted.id)) == ["two"]


def test_for_me_is_what_waits_for_a_role_of_mine(sessions: Sessions, ana: User) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        make_message(session, run=run, arm="reviewer")
        make_message(session, run=run, arm="legal", waiting_for="legal")
        leo, vera = person(session, "leo", "legal"), person(session, "vera", "viewer")
    with sessions() as session:
        assert found(session, ana) == ["reviewer"]
        assert found(session, leo) == ["legal"]
        assert found(session, vera) == ["reviewer", "legal"]
        assert found(session, ana, status="waiting") == ["reviewer", "legal"]


def test_another_teams_messages_are_not_there(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ours, theirs = make_brief(session, id="ours"), make_brief(session, id="theirs")
        make_message(session, run=make_run(session, brief_id=ours.id), arm="ours")
        make_message(session, run=make_run(session, brief_id=theirs.id), arm="theirs")
        user = person(session, "ana", "reviewer", briefs=["ours"])
    with sessions() as session:
        assert found(session, user) == ["ours"]
        assert found(session, user, brief="theirs") == []
        assert queue.choices(session, user).briefs == ["ours"]
        assert queue.count(session, Filters(), user, NOW) == (1, False)


def test_after_the_last_message_comes_the_first_and_after_the_only_one_none(
    sessions: Sessions, ana: User
) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        first = make_message(session, run=run, arm="first")
        last = make_message(session, run=run, arm="last", status=ReviewStatus.EDITED)
    with sessions() as session:
        after_first = queue.following(session, Filters(), ana, NOW, first)
        after_last = queue.following(session, Filters(), ana, NOW, last)
        assert after_first is not None
        assert after_last is not None
        assert (after_first.arm, after_last.arm) == ("last", "first")
        assert queue.following(session, Filters(search=str(first.id)), ana, NOW, first) is None


def test_counting_stops_where_it_would_cost_and_says_so(
    sessions: Sessions, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_COUNTED", 3)
    with sessions.begin() as session:
        run = make_run(session)
        for number in range(5):
            status = ReviewStatus.EDITED if number > 2 else ReviewStatus.PENDING
            make_message(session, run=run, status=status)
    with sessions() as session:
        assert queue.count(session, Filters(), ana, NOW) == (3, True)
        assert queue.count(session, Filters(status=queue.Tab.APPROVED), ana, NOW) == (0, False)


def test_a_row_shows_the_text_of_the_first_slot(sessions: Sessions) -> None:
    with sessions.begin() as session:
        message = make_message(session, slots={"subject": "Hot coffee", "cta": "Go"})
    with sessions() as session:
        row = queue.rows(session, [message], {message.segment_id: "Coffee drinkers"})[0]
        assert (row.title, row.segment) == ("Hot coffee", "Coffee drinkers")
        assert session.query(Variant).count() == 2


def test_filters_stand_in_the_address_and_come_back_from_it() -> None:
    filters = Filters.model_validate({"status": "waiting", "search": "café & co", "segment": "3"})
    assert filters.query == "?status=waiting&segment=3&search=caf%C3%A9+%26+co"
    assert Filters().query == ""
    assert filters.narrowing == 1
