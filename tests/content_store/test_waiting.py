"""After a change of the brand's rules the queue asks those who are asked now."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event, update

from content_store.brand_folder.brand import ApprovalRule
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.models import Action, Message, ReviewStatus
from content_store.waiting import refresh_waiting
from tests.content_store.statements import first_statements
from tests.factories import NOW, RULES, make_block_version, make_message, person


def test_a_new_rule_reaches_what_waits_and_keeps_what_was_given(sessions: Sessions) -> None:
    stricter = [
        ApprovalRule(roles=["reviewer"]),
        ApprovalRule(theme="offers", slot="cta", roles=["legal"]),
    ]
    with sessions.begin() as session:
        offer = make_block_version(session, themes=["offers"])
        on_offer = make_message(session, slots={"subject": "Hot", "cta": "Go"}, block_version_ids=[offer.id])
        half = make_message(session, slots={"cta": "Now"}, block_version_ids=[offer.id])
        plain = make_message(session)
        done = make_message(
            session, block_version_ids=[offer.id], status=ReviewStatus.APPROVED, waiting_for=""
        )
        decide(
            session,
            Seen(half.id, half.content_hash),
            Action.APPROVE,
            by=person(session, "lea", "legal"),
            at=NOW,
            day=NOW.date(),
            rules=[*RULES, ApprovalRule(roles=["legal"])],
        )
        ids = [on_offer.id, half.id, plain.id, done.id]
    with sessions.begin() as session:
        assert refresh_waiting(session, stricter) == 1
        assert refresh_waiting(session, stricter) == 0
    with sessions() as session:
        assert [session.get_one(Message, number).waiting_for for number in ids] == [
            "legal reviewer",
            "reviewer",
            "reviewer",
            "",
        ]


def test_it_waits_for_whoever_is_deciding(engine: Engine, sessions: Sessions) -> None:
    first = first_statements(engine)
    with sessions.begin() as session:
        refresh_waiting(session, RULES)
    assert "chain_head" in first[0]


@pytest.mark.parametrize(
    "meanwhile", [{"status": ReviewStatus.APPROVED, "waiting_for": ""}, {"waiting_for": "legal"}]
)
def test_what_changed_meanwhile_is_left_as_it_is(sessions: Sessions, meanwhile: dict[str, Any]) -> None:
    with sessions.begin() as session:
        number = make_message(session, waiting_for="author").id
    with sessions.begin() as session:

        @event.listens_for(session, "do_orm_execute")
        def _overtake(state: Any) -> None:
            if state.is_update and "overtaking" not in state.execution_options:
                overtaking = update(Message).where(Message.id == number).values(**meanwhile)
                session.execute(overtaking, execution_options={"overtaking": True})

        assert refresh_waiting(session, RULES) == 0
    with sessions() as session:
        assert session.get_one(Message, number).waiting_for == meanwhile["waiting_for"]
