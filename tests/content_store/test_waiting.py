"""After a change of the brand's rules the queue asks those who are asked now."""

from __future__ import annotations

from content_store.brand_folder.brand import ApprovalRule
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.models import Action, Message, ReviewStatus
from content_store.waiting import refresh_waiting
from tests.factories import NOW, RULES, make_block_version, make_message, person


def test_a_new_rule_reaches_what_waits_and_keeps_what_was_given(sessions: Sessions) -> None:
    stricter = [
        ApprovalRule(roles=["reviewer"]),
        ApprovalRule(theme="offers", slot="cta", roles=["legal", "admin"]),
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
        assert refresh_waiting(session, stricter) == 2
        assert refresh_waiting(session, stricter) == 0
    with sessions() as session:
        assert [session.get_one(Message, number).waiting_for for number in ids] == [
            "admin legal reviewer",
            "admin reviewer",
            "reviewer",
            "",
        ]
