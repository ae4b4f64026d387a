"""What waits for somebody who is away goes to who stands in; what waits too long is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from content_store.database import Sessions
from content_store.handover import HandedOver, hand_over, overdue
from content_store.models import Message, ReviewStatus
from tests.content_store.statements import first_statements
from tests.factories import NOW, make_message, make_run, person

DAY = timedelta(days=1)


def test_waiting_messages_of_who_is_away_go_to_the_deputy_and_decided_ones_stay(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ben = person(session, "ben")
        ana = person(session, "ana", away_until=NOW + DAY, deputy_id=ben.id)
        waiting = make_message(session, assignee_id=ana.id)
        done = make_message(session, assignee_id=ana.id, status=ReviewStatus.REJECTED)
        assert hand_over(session, NOW) == [HandedOver("ana", "ben", 1)]
        assert hand_over(session, NOW) == []
    with sessions() as session:
        owners = dict(session.execute(select(Message.id, Message.assignee_id)).all())
    assert owners == {waiting.id: ben.id, done.id: ana.id}


@pytest.mark.parametrize(
    ("away", "deputy"),
    [
        ({"away_until": NOW}, {}),
        ({"away_until": None}, {}),
        ({}, {"active": False}),
        ({}, {"away_until": NOW + DAY}),
        ({}, {"roles": ["author"]}),
        ({}, {"briefs": ["other"]}),
    ],
    ids=[
        "back today",
        "here",
        "deputy locked",
        "deputy away",
        "deputy decides nothing",
        "deputy of another team",
    ],
)
def test_nothing_goes_to_who_cannot_decide_and_nothing_from_who_is_here(
    sessions: Sessions, away: dict[str, Any], deputy: dict[str, Any]
) -> None:
    with sessions.begin() as session:
        ben = person(session, "ben", **deputy)
        ana = person(session, "ana", **({"away_until": NOW + DAY, "deputy_id": ben.id} | away))
        make_message(session, assignee_id=ana.id)
        assert hand_over(session, NOW) == []


def test_a_deputy_gets_what_waits_for_a_role_that_they_hold(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ben = person(session, "ben")
        leo = person(session, "leo", "legal", "reviewer", away_until=NOW + DAY, deputy_id=ben.id)
        awaited = ("legal", "reviewer", "legal reviewer", "admin")
        waiting = [make_message(session, waiting_for=roles, assignee_id=leo.id).id for roles in awaited]
        assert hand_over(session, NOW) == [HandedOver("leo", "ben", 2)]
    with sessions() as session:
        owners = dict(session.execute(select(Message.id, Message.assignee_id)).all())
    assert [owners[number] == ben.id for number in waiting] == [False, True, True, False]


def test_it_waits_for_whoever_is_deciding(engine: Engine, sessions: Sessions) -> None:
    first = first_statements(engine)
    with sessions.begin() as session:
        hand_over(session, NOW)
    assert "chain_head" in first[0]


def test_what_waits_too_long_is_counted_by_brief_and_role(sessions: Sessions) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        for hours, waiting_for, status in (
            (50, "reviewer", ReviewStatus.PENDING),
            (30, "reviewer", ReviewStatus.EDITED),
            (30, "legal reviewer", ReviewStatus.PENDING),
            (30, "reviewer", ReviewStatus.APPROVED),
            (1, "reviewer", ReviewStatus.PENDING),
        ):
            created = NOW - timedelta(hours=hours)
            make_message(session, run=run, created_at=created, waiting_for=waiting_for, status=status)
        found = overdue(session, NOW - DAY)
    assert found == [
        (run.brief_id, ["legal", "reviewer"], 1, NOW - timedelta(hours=30)),
        (run.brief_id, ["reviewer"], 2, NOW - timedelta(hours=50)),
    ]
