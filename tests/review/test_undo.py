"""Undo takes back one's own last action, all of it, once, and nothing of anybody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import audit
from content_store.brand_folder.brand import ApprovalRule
from content_store.changes import Edit, edit, swap
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.errors import NotAllowed
from content_store.models import Action, Approval, Message, MessageVariant, ReviewStatus, User, Variant
from review import undo
from review.app import app_of
from review.auth.permissions import Scope
from review.auth.tokens import add_token
from review.desk import Desk
from tests.factories import NOW, RULES, make_block_version, make_message, person
from tests.review.held_log import log_is_held
from tests.review.signed_in import HERE, browser_of

BOTH = [ApprovalRule(roles=["reviewer", "legal"])]


@pytest.fixture
def messages(sessions: Sessions) -> list[int]:
    """Two messages of two slots that wait for a reviewer."""
    with sessions.begin() as session:
        block = make_block_version(session)
        return [make_message(session, block_version_ids=[block.id]).id for _ in range(2)]


def test_an_edit_is_taken_back_once_and_then_what_came_before_it(
    sessions: Sessions, messages: list[int]
) -> None:
    first, second = messages
    with sessions.begin() as session:
        ana = person(session, "ana")
        before = _hash(session, second)
        _decide(session, first, Action.APPROVE, ana)
        _edit(session, second, ana, "subject")
        assert _undo(session, ana) == second
        assert _hash(session, second) == before
        assert _undo(session, ana) == first
        assert session.get_one(Message, first).status is ReviewStatus.PENDING
        assert _undo(session, ana) is None
        assert _hash(session, second) == before


def test_two_edits_of_one_slot_are_taken_back_one_after_the_other(
    sessions: Sessions, messages: list[int]
) -> None:
    with sessions.begin() as session:
        ana = person(session, "ana")
        hashes = [_hash(session, messages[0])]
        for text in ("One.", "Two."):
            _edit(session, messages[0], ana, "subject", text=text)
            hashes.append(_hash(session, messages[0]))
        _undo(session, ana)
        assert _hash(session, messages[0]) == hashes[1]
        _undo(session, ana)
        assert _hash(session, messages[0]) == hashes[0]
        assert _undo(session, ana) is None


def test_one_save_of_two_slots_is_taken_back_at_once(sessions: Sessions, messages: list[int]) -> None:
    with sessions.begin() as session:
        ana = person(session, "ana")
        before = _hash(session, messages[0])
        _edit(session, messages[0], ana, "subject", "opening")
        _undo(session, ana)
        assert _hash(session, messages[0]) == before
        assert _undo(session, ana) is None


def test_two_saves_are_taken_back_one_after_the_other(sessions: Sessions, messages: list[int]) -> None:
    with sessions.begin() as session:
        ana = person(session, "ana")
        _edit(session, messages[0], ana, "subject")
        between = _hash(session, messages[0])
        _edit(session, messages[0], ana, "opening", at=NOW + timedelta(minutes=1))
        _undo(session, ana)
        assert _hash(session, messages[0]) == between


def test_an_approval_that_an_edit_ended_does_not_come_back_with_the_edit(
    sessions: Sessions, messages: list[int]
) -> None:
    with sessions.begin() as session:
        ana = person(session, "ana")
        _decide(session, messages[0], Action.APPROVE, ana)
        _edit(session, messages[0], ana, "subject")
        _undo(session, ana)
        assert session.get_one(Message, messages[0]).status is ReviewStatus.PENDING
        assert _undo(session, ana) is None


def test_what_somebody_else_decided_meanwhile_stands(sessions: Sessions, messages: list[int]) -> None:
    with sessions.begin() as session:
        ana, ben = person(session, "ana"), person(session, "ben")
        _decide(session, messages[0], Action.REJECT, ana)
        _decide(session, messages[0], Action.REOPEN, ben)
        _decide(session, messages[0], Action.APPROVE, ben)
        assert _undo(session, ana) is None
        assert session.get_one(Message, messages[0]).status is ReviewStatus.APPROVED


def test_a_text_that_somebody_else_swapped_back_is_not_taken_back_again(
    sessions: Sessions, messages: list[int]
) -> None:
    with sessions.begin() as session:
        ana, ben = person(session, "ana"), person(session, "ben")
        first = _variant(session, messages[0])
        _edit(session, messages[0], ana, "subject")
        _swap(session, messages[0], first, ben)
        assert _undo(session, ana) is None
        assert _undo(session, ben) == messages[0]
        assert _variant(session, messages[0]) != first


def test_another_roles_approval_is_not_taken_back_with_ones_own(
    sessions: Sessions, messages: list[int]
) -> None:
    with sessions.begin() as session:
        ana, lea = person(session, "ana"), person(session, "lea", "legal")
        _decide(session, messages[0], Action.APPROVE, ana, BOTH)
        _decide(session, messages[0], Action.APPROVE, lea, BOTH)
        with pytest.raises(NotAllowed, match=f"ana approved message {messages[0]} as reviewer"):
            _undo(session, lea, BOTH)
        given = session.scalars(select(Approval.by).where(Approval.message_id == messages[0])).all()
        assert sorted(given) == ["ana", "lea"]
        assert audit.verify(session).problems == []


def test_an_approval_that_waits_for_another_role_is_taken_back(
    sessions: Sessions, messages: list[int]
) -> None:
    with sessions.begin() as session:
        ana = person(session, "ana")
        _decide(session, messages[0], Action.APPROVE, ana, BOTH)
        assert _undo(session, ana, BOTH) == messages[0]
        assert session.scalars(select(Approval)).all() == []


def test_nobody_decides_between_finding_what_is_taken_back_and_taking_it_back(
    desk: Desk, messages: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        _decide(session, messages[0], Action.REJECT, ana)
    held = []

    def take_back(*args: Any, **kwargs: Any) -> None:
        held.append(log_is_held(desk.sessions))
        undone(*args, **kwargs)

    undone = undo.take_back
    monkeypatch.setattr(undo, "take_back", take_back)
    assert browser_of(desk, ana).post("/undo").status_code == 303
    assert held == [True]
    with desk.sessions() as session:
        assert session.get_one(Message, messages[0]).status is ReviewStatus.PENDING


def test_a_token_that_may_only_edit_takes_no_decision_back(desk: Desk, messages: list[int]) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        _decide(session, messages[0], Action.APPROVE, ana)
        secret = add_token(session, ana, "test", (Scope.EDIT,), by="test", at=NOW, expires_at=None).secret
    answer = _client(desk, secret).post("/undo")
    assert answer.status_code == 403
    with desk.sessions() as session:
        assert session.get_one(Message, messages[0]).status is ReviewStatus.APPROVED


def test_a_token_that_may_edit_takes_an_edit_back(desk: Desk, messages: list[int]) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        before = _hash(session, messages[0])
        _edit(session, messages[0], ana, "subject")
        secret = add_token(session, ana, "test", (Scope.EDIT,), by="test", at=NOW, expires_at=None).secret
    assert _client(desk, secret).post("/undo").status_code == 303
    with desk.sessions() as session:
        assert _hash(session, messages[0]) == before


def _client(desk: Desk, secret: str) -> TestClient:
    bearer = {"Authorization": f"Bearer {secret}"}
    return TestClient(app_of(desk), base_url=HERE, headers=bearer, follow_redirects=False)


def _undo(session: Session, by: User, rules: list[ApprovalRule] = RULES) -> int | None:
    """The message of what was taken back."""
    save = undo.last_own(session, by)
    if save:
        undo.take_back(session, save, by=by, at=NOW, day=NOW.date(), rules=rules)
    return save[0].message_id if save else None


def _hash(session: Session, message_id: int) -> str:
    return session.get_one(Message, message_id, populate_existing=True).content_hash


def _seen(session: Session, message_id: int) -> Seen:
    return Seen(message_id, _hash(session, message_id))


def _decide(
    session: Session, message_id: int, action: Action, by: User, rules: list[ApprovalRule] = RULES
) -> None:
    common: dict[str, Any] = {"at": NOW, "day": NOW.date(), "rules": rules, "reason": "because"}
    decide(session, _seen(session, message_id), action, by=by, **common)


def _edit(
    session: Session, message_id: int, by: User, *slots: str, text: str = "New.", at: datetime = NOW
) -> None:
    """One save of these slots."""
    for slot in slots:
        changed = Edit(slot, f"{slot}: {text}", [], [], {})
        edit(session, _seen(session, message_id), changed, by=by, at=at, rules=RULES)


def _swap(session: Session, message_id: int, variant_id: int, by: User) -> None:
    variant = session.get_one(Variant, variant_id)
    swap(session, _seen(session, message_id), variant, by=by, at=NOW, rules=RULES)


def _variant(session: Session, message_id: int) -> int:
    """The variant in the subject."""
    return session.scalars(
        select(MessageVariant.variant_id).where(
            MessageVariant.message_id == message_id, MessageVariant.slot == "subject"
        )
    ).one()
