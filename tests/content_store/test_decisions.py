"""What people may decide about a message, and who wins when two decide at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update

from content_store.changes import swap
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.errors import BadInput, StaleState
from content_store.message_hash import SlotText, message_hash, stored_message_hash, template_hash
from content_store.models import (
    REVIEW_CHANGES,
    Action,
    BlockStatus,
    Decision,
    Message,
    MessageVariant,
    ReviewStatus,
    Run,
    Variant,
)
from tests.factories import NOW, RULES, make_block_version, make_message, make_template, make_variant, person

FIELDS = {"home_store": {"fallback": "your local store"}}


def test_the_stored_hash_is_that_of_the_slots_template_and_fields(sessions: Sessions) -> None:
    with sessions.begin() as session:
        template = make_template(session, mjml="<mjml/>", text="Hot")
        message = make_message(
            session,
            slots={"subject": "Hot", "cta": "Go"},
            template_version_id=template.id,
            personal_fields=FIELDS,
        )
    with sessions() as session:
        slots = [SlotText("subject", "Hot", [1]), SlotText("cta", "Go", [1])]
        assert stored_message_hash(session, session.get_one(Message, message.id)) == message_hash(
            slots, template_hash("<mjml/>", "Hot"), FIELDS
        )


def test_a_message_on_a_withdrawn_block_cannot_be_approved(sessions: Sessions) -> None:
    with sessions.begin() as session:
        block = make_block_version(session, block_id="roast", status=BlockStatus.WITHDRAWN)
        message = make_message(session)
        session.flush()
        session.execute(update(Variant).values(block_version_ids=[block.id]))
        message.content_hash = stored_message_hash(session, message)
    with (
        sessions() as session,
        pytest.raises(BadInput, match=r"stands on roast version 1, which was withdrawn"),
    ):
        decide(
            session,
            Seen(message.id, message.content_hash),
            Action.APPROVE,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )


def test_an_approval_binds_the_message_to_what_was_seen(sessions: Sessions) -> None:
    message = _stored_message(sessions)
    with sessions.begin() as session:
        decision = decide(
            session,
            Seen(message.id, message.content_hash),
            Action.APPROVE,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )
    stored, decisions, variants = _standing(sessions, message.id)
    assert (stored.status, stored.approved_hash) == (ReviewStatus.APPROVED, message.content_hash)
    assert [entry.id for entry in decisions] == [decision.id]
    entry = decisions[0]
    assert (entry.action, entry.from_status, entry.to_status) == (
        Action.APPROVE,
        ReviewStatus.PENDING,
        ReviewStatus.APPROVED,
    )
    assert (entry.content_hash, entry.by, entry.at, entry.reason) == (message.content_hash, "ana", NOW, None)
    assert {variant.status for variant in variants} == {ReviewStatus.APPROVED}


@pytest.mark.parametrize(
    ("action", "status"), [(Action.REJECT, ReviewStatus.REJECTED), (Action.SEND_BACK, ReviewStatus.SENT_BACK)]
)
def test_a_refusal_keeps_its_reason(sessions: Sessions, action: Action, status: ReviewStatus) -> None:
    message = _stored_message(sessions)
    with sessions.begin() as session:
        decide(
            session,
            Seen(message.id, message.content_hash),
            action,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
            reason="too loud",
        )
    stored, decisions, variants = _standing(sessions, message.id)
    assert (stored.status, stored.approved_hash) == (status, None)
    assert [entry.reason for entry in decisions] == ["too loud"]
    assert {variant.status for variant in variants} == {status}


@pytest.mark.parametrize("reason", [None, "", "  \n"])
@pytest.mark.parametrize("action", [Action.REJECT, Action.SEND_BACK])
def test_a_refusal_needs_a_reason(sessions: Sessions, action: Action, reason: str | None) -> None:
    message = _stored_message(sessions)
    with pytest.raises(BadInput, match="needs a reason"), sessions.begin() as session:
        decide(
            session,
            Seen(message.id, message.content_hash),
            action,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
            reason=reason,
        )
    assert _standing(sessions, message.id)[0].status is ReviewStatus.PENDING


def test_reopening_takes_an_approval_back(sessions: Sessions) -> None:
    message = _stored_message(sessions)
    with sessions.begin() as session:
        decide(
            session,
            Seen(message.id, message.content_hash),
            Action.APPROVE,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )
        decide(
            session,
            Seen(message.id, message.content_hash),
            Action.REOPEN,
            by=person(session, "ben"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
            reason="too early",
        )
    stored, decisions, _ = _standing(sessions, message.id)
    assert (stored.status, stored.approved_hash) == (ReviewStatus.PENDING, None)
    assert [entry.by for entry in decisions] == ["ana", "ben"]


@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT, Action.SEND_BACK, Action.REOPEN])
def test_a_decision_is_possible_from_its_own_statuses_only(sessions: Sessions, action: Action) -> None:
    allowed, after = REVIEW_CHANGES[action]
    if action is Action.REOPEN:
        # While it waits there is something to take back only after a part of the approvals.
        allowed = allowed - {ReviewStatus.PENDING, ReviewStatus.EDITED}
    for status in ReviewStatus:
        message = _stored_message(sessions, status=status)
        assert _decide(sessions, message, action, "ana") == ("decided" if status in allowed else "too late")
        assert _standing(sessions, message.id)[0].status is (after if status in allowed else status)


@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT, Action.SEND_BACK])
def test_a_decision_about_an_older_content_is_refused(sessions: Sessions, action: Action) -> None:
    message = _stored_message(sessions)
    with pytest.raises(StaleState), sessions.begin() as session:
        decide(
            session,
            Seen(message.id, "0" * 64),
            action,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
            reason="why",
        )
    stored, decisions, _ = _standing(sessions, message.id)
    assert (stored.status, decisions) == (ReviewStatus.PENDING, [])


def test_a_decision_about_a_message_that_is_not_there_is_bad_input(sessions: Sessions) -> None:
    with pytest.raises(BadInput, match="there is no message 41;"), sessions.begin() as session:
        decide(
            session,
            Seen(41, "0" * 64),
            Action.APPROVE,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )


@pytest.mark.parametrize("action", [Action.EDIT, Action.SWAP])
def test_a_change_of_text_is_no_plain_decision(sessions: Sessions, action: Action) -> None:
    message = _stored_message(sessions)
    with pytest.raises(BadInput, match="edit\\(\\) and swap\\(\\) change"), sessions.begin() as session:
        decide(
            session,
            Seen(message.id, message.content_hash),
            action,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )


def test_a_message_whose_text_was_changed_behind_its_back_is_not_approved(sessions: Sessions) -> None:
    message = _stored_message(sessions)
    _edit_behind_the_back(sessions, message.id, "subject", "Everything is free.")
    with pytest.raises(StaleState, match="has changed since it was shown"), sessions.begin() as session:
        decide(
            session,
            Seen(message.id, message.content_hash),
            Action.APPROVE,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )
    assert _standing(sessions, message.id)[0].status is ReviewStatus.PENDING


def test_a_personal_field_that_another_session_changed_is_seen_by_an_older_session(
    sessions: Sessions,
) -> None:
    message = _stored_message(sessions, personal_fields=FIELDS)
    with sessions() as reviewer:
        shown = reviewer.get_one(Message, message.id)
        reviewer.commit()
        with sessions.begin() as other:
            other.get_one(Message, message.id).personal_fields = {"email": {"fallback": ""}}
        with pytest.raises(StaleState):
            decide(
                reviewer,
                Seen(message.id, message.content_hash),
                Action.APPROVE,
                by=person(reviewer, "ana"),
                at=NOW,
                day=NOW.date(),
                rules=RULES,
            )
    assert shown.personal_fields == {"email": {"fallback": ""}}


def test_an_approved_message_whose_text_changes_no_longer_has_its_approved_hash(sessions: Sessions) -> None:
    message = _stored_message(sessions)
    with sessions.begin() as session:
        decide(
            session,
            Seen(message.id, message.content_hash),
            Action.APPROVE,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )
    _edit_behind_the_back(sessions, message.id, "subject", "Everything is free.")
    with sessions() as session:
        stored = session.get_one(Message, message.id)
        assert stored_message_hash(session, stored) != stored.approved_hash


def test_swapping_a_text_of_an_approved_message_puts_it_back_in_the_queue(sessions: Sessions) -> None:
    message = _stored_message(sessions)
    other = _alternative(sessions, message, "Dark roast, hot.")
    with sessions.begin() as session:
        decide(
            session,
            Seen(message.id, message.content_hash),
            Action.APPROVE,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )
        swap(
            session,
            Seen(message.id, message.content_hash),
            other,
            by=person(session, "ben"),
            at=NOW + timedelta(hours=1),
            rules=RULES,
            reason="a stronger subject",
        )
    stored, decisions, variants = _standing(sessions, message.id)
    assert (stored.status, stored.approved_hash) == (ReviewStatus.PENDING, None)
    assert [variant.text for variant in variants] == ["Dark roast, hot.", "Our roast comes in 12 oz bags."]
    slots = [SlotText(variant.slot, variant.text, variant.block_version_ids) for variant in variants]
    assert stored.content_hash == message_hash(slots, None, {}) != message.content_hash
    assert [(entry.action, entry.content_hash) for entry in decisions] == [
        (Action.APPROVE, message.content_hash),
        (Action.SWAP, stored.content_hash),
    ]
    with pytest.raises(StaleState), sessions.begin() as session:
        decide(
            session,
            Seen(message.id, message.content_hash),
            Action.APPROVE,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )
    with sessions.begin() as session:
        decide(
            session,
            Seen(message.id, stored.content_hash),
            Action.APPROVE,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )
    assert _standing(sessions, message.id)[0].approved_hash == stored.content_hash


def test_a_swap_that_comes_too_late_leaves_the_slot_as_it_was_even_if_the_caller_goes_on(
    sessions: Sessions,
) -> None:
    message = _stored_message(sessions)
    other = _alternative(sessions, message, "Dark roast, hot.")
    with sessions.begin() as session:
        with pytest.raises(StaleState):
            swap(session, Seen(message.id, "0" * 64), other, by=person(session, "ben"), at=NOW, rules=RULES)
        decide(
            session,
            Seen(message.id, message.content_hash),
            Action.APPROVE,
            by=person(session, "ben"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )
    assert _standing(sessions, message.id)[2][0].text == "Coffee is on."


@pytest.mark.parametrize(
    "stranger",
    [
        {"segment_id": None},
        {"channel": "push"},
        {"locale": "fr-FR"},
        {"slot": "banner"},
        {"status": ReviewStatus.RECALLED},
        {"status": ReviewStatus.SUPERSEDED},
    ],
)
def test_a_variant_that_does_not_belong_there_is_not_swapped_in(
    sessions: Sessions, stranger: dict[str, Any]
) -> None:
    message = _stored_message(sessions)
    with sessions.begin() as session:
        run = session.get_one(Run, message.run_id)
        variant = make_variant(session, run, **{"segment_id": message.segment_id, "text": "New."} | stranger)
    with (
        pytest.raises(BadInput, match=r"choose one of its (alternatives|slots)\."),
        sessions() as session,
    ):
        swap(
            session,
            Seen(message.id, message.content_hash),
            variant,
            by=person(session, "ben"),
            at=NOW,
            rules=RULES,
        )
    stored, decisions, variants = _standing(sessions, message.id)
    assert (stored.status, decisions, len(variants)) == (ReviewStatus.PENDING, [], 2)


def test_of_two_people_who_decide_at_once_one_wins(sessions: Sessions) -> None:
    message = _stored_message(sessions)
    outcomes = _at_once(
        lambda: _decide(sessions, message, Action.APPROVE, "ana"),
        lambda: _decide(sessions, message, Action.REJECT, "ben"),
    )
    stored, decisions, variants = _standing(sessions, message.id)
    assert sorted(outcomes) == ["decided", "too late"]
    winner = Action.APPROVE if outcomes[0] == "decided" else Action.REJECT
    assert [entry.action for entry in decisions] == [winner]
    assert stored.status is REVIEW_CHANGES[winner][1]
    assert {variant.status for variant in variants} == {stored.status}


def test_of_many_people_who_approve_at_once_one_is_recorded(sessions: Sessions) -> None:
    message = _stored_message(sessions)
    outcomes = _at_once(*(lambda: _decide(sessions, message, Action.APPROVE, "somebody") for _ in range(6)))
    assert sorted(outcomes) == ["decided"] + ["too late"] * 5
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 1


def test_an_approval_and_a_swap_at_once_never_approve_what_was_not_seen(sessions: Sessions) -> None:
    message = _stored_message(sessions)
    other = _alternative(sessions, message, "Dark roast, hot.")
    outcomes = _at_once(
        lambda: _decide(sessions, message, Action.APPROVE, "ana"),
        lambda: _swap(sessions, message, other, "ben"),
    )
    stored, decisions, variants = _standing(sessions, message.id)
    # An approved message may be swapped, so both succeed where the approval comes first.
    assert outcomes[1] == "decided" or outcomes == ["decided", "too late"]
    assert len(decisions) == outcomes.count("decided")
    with sessions() as session:
        assert stored_message_hash(session, stored) == stored.content_hash
    swapped = variants[0].text == "Dark roast, hot."
    assert stored.status is (ReviewStatus.PENDING if swapped else ReviewStatus.APPROVED)
    assert stored.approved_hash == (None if swapped else message.content_hash)


def test_of_two_swaps_in_different_slots_at_once_one_wins(sessions: Sessions) -> None:
    message = _stored_message(sessions)
    subject = _alternative(sessions, message, "Dark roast, hot.")
    opening = _alternative(sessions, message, "Ground today.", slot="opening")
    outcomes = _at_once(
        lambda: _swap(sessions, message, subject, "ana"), lambda: _swap(sessions, message, opening, "ben")
    )
    assert sorted(outcomes) == ["decided", "too late"]
    stored, decisions, _ = _standing(sessions, message.id)
    assert len(decisions) == 1
    with sessions() as session:
        assert stored_message_hash(session, stored) == stored.content_hash


def _stored_message(sessions: Sessions, **fields: Any) -> Message:
    with sessions.begin() as session:
        for name in ("ana", "ben", "somebody"):
            person(session, name)
        return make_message(session, **fields)


def _alternative(sessions: Sessions, message: Message, text: str, slot: str = "subject") -> Variant:
    with sessions.begin() as session:
        run = session.get_one(Run, message.run_id)
        return make_variant(session, run, segment_id=message.segment_id, text=text, slot=slot)


def _standing(sessions: Sessions, message_id: int) -> tuple[Message, list[Decision], list[Variant]]:
    with sessions() as session:
        return (
            session.get_one(Message, message_id),
            list(session.scalars(select(Decision).order_by(Decision.id))),
            list(
                session.scalars(
                    select(Variant)
                    .join(MessageVariant, MessageVariant.variant_id == Variant.id)
                    .where(MessageVariant.message_id == message_id)
                    .order_by(MessageVariant.position)
                )
            ),
        )


def _edit_behind_the_back(sessions: Sessions, message_id: int, slot: str, text: str) -> None:
    inside = select(MessageVariant.variant_id).where(
        MessageVariant.message_id == message_id, MessageVariant.slot == slot
    )
    with sessions.begin() as session:
        session.execute(update(Variant).where(Variant.id.in_(inside)).values(text=text))


def _decide(sessions: Sessions, message: Message, action: Action, by: str) -> str:
    try:
        with sessions.begin() as session:
            decide(
                session,
                Seen(message.id, message.content_hash),
                action,
                by=person(session, by),
                at=NOW,
                day=NOW.date(),
                rules=RULES,
                reason="why",
            )
    except StaleState:
        return "too late"
    return "decided"


def _swap(sessions: Sessions, message: Message, variant: Variant, by: str) -> str:
    try:
        with sessions.begin() as session:
            swap(
                session,
                Seen(message.id, message.content_hash),
                variant,
                by=person(session, by),
                at=NOW,
                rules=RULES,
                reason="why",
            )
    except StaleState:
        return "too late"
    return "decided"


def _at_once(*actions: Callable[[], str]) -> list[str]:
    barrier = Barrier(len(actions))

    def run(action: Callable[[], str]) -> str:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
