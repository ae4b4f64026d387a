"""A decision is taken back in the open: by whoever may, with a reason, and never by bringing the same bytes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.changes import Edit, edit, swap
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.errors import BadInput, NotAllowed, StaleState
from content_store.models import Action, Decision, Message, ReviewStatus, Run, User, Variant
from tests.factories import NOW, RULES, make_block_version, make_message, make_variant, person

Change = Callable[[Session, int, User, str | None], None]


def _swap(session: Session, message_id: int, by: User, reason: str | None) -> None:
    _swap_in(session, message_id, "Hot and strong.", by, reason)


def _edit(session: Session, message_id: int, by: User, reason: str | None) -> None:
    text = Edit("subject", "Written anew.", [], [], {})
    edit(session, _seen(session, message_id), text, by=by, at=NOW, rules=RULES, reason=reason)


CHANGES = pytest.mark.parametrize("change", [_swap, _edit])


@pytest.fixture
def message_id(sessions: Sessions) -> int:
    """A message that waits for a reviewer, with another subject to choose."""
    with sessions.begin() as session:
        for name, role in (("ana", "reviewer"), ("ben", "reviewer"), ("lea", "legal"), ("aut", "author")):
            person(session, name, role)
        block = make_block_version(session)
        message = make_message(session, block_version_ids=[block.id])
        run, inside = session.get_one(Run, message.run_id), {"segment_id": message.segment_id}
        make_variant(session, run, text="Hot and strong.", block_version_ids=[block.id], **inside)
        return message.id


@CHANGES
@pytest.mark.parametrize("name", ["ana", "aut"])
def test_a_text_that_legal_rejected_is_changed_by_legal_only(
    sessions: Sessions, message_id: int, change: Change, name: str
) -> None:
    with sessions.begin() as session:
        _decide(session, message_id, Action.REJECT, "lea")
        with pytest.raises(NotAllowed, match=f"lea refused message {message_id} as legal; ask them"):
            change(session, message_id, person(session, name), "I like it")
        assert session.get_one(Message, message_id).status is ReviewStatus.REJECTED
        change(session, message_id, person(session, "lea"), None)
        assert session.get_one(Message, message_id).status is not ReviewStatus.REJECTED


@CHANGES
@pytest.mark.parametrize("action", [Action.APPROVE, Action.REJECT])
def test_a_change_of_what_a_colleague_decided_needs_a_reason_which_the_log_keeps(
    sessions: Sessions, message_id: int, change: Change, action: Action
) -> None:
    with sessions.begin() as session:
        _decide(session, message_id, action, "ben")
        ana = person(session, "ana")
        with pytest.raises(BadInput, match=f"ben decided on message {message_id}; to take that back"):
            change(session, message_id, ana, " ")
        change(session, message_id, ana, "the price has changed")
        newest = session.scalars(select(Decision).order_by(Decision.id.desc())).first()
    assert newest is not None
    assert (newest.by, newest.reason) == ("ana", "the price has changed")


@CHANGES
def test_a_change_of_ones_own_decision_needs_no_reason(
    sessions: Sessions, message_id: int, change: Change
) -> None:
    with sessions.begin() as session:
        _decide(session, message_id, Action.APPROVE, "ana")
        change(session, message_id, person(session, "ana"), None)


@CHANGES
def test_what_was_sent_back_is_changed_by_an_author_without_a_reason(
    sessions: Sessions, message_id: int, change: Change
) -> None:
    with sessions.begin() as session:
        _decide(session, message_id, Action.SEND_BACK, "lea")
        change(session, message_id, person(session, "aut"), None)


def test_the_bytes_that_legal_sent_back_are_not_approved_by_a_reviewer_after_a_swap_and_back(
    sessions: Sessions, message_id: int
) -> None:
    with sessions.begin() as session:
        first = _seen(session, message_id)
        _decide(session, message_id, Action.SEND_BACK, "lea")
        for text in ("Hot and strong.", "Coffee is on."):
            _swap_in(session, message_id, text, person(session, "aut"), None)
        assert _seen(session, message_id) == first
        with pytest.raises(NotAllowed, match=f"lea refused this very text of message {message_id} as legal"):
            _decide(session, message_id, Action.APPROVE, "ana")
        with pytest.raises(NotAllowed, match="as legal; ask them"):
            _decide(session, message_id, Action.REOPEN, "ana")
        _decide(session, message_id, Action.REOPEN, "lea")
        _decide(session, message_id, Action.APPROVE, "ana")
        assert session.get_one(Message, message_id).status is ReviewStatus.APPROVED


def test_other_words_in_place_of_those_that_legal_sent_back_are_approved_by_a_reviewer(
    sessions: Sessions, message_id: int
) -> None:
    with sessions.begin() as session:
        _decide(session, message_id, Action.SEND_BACK, "lea")
        _swap(session, message_id, person(session, "aut"), None)
        _decide(session, message_id, Action.APPROVE, "ana")
        assert session.get_one(Message, message_id).status is ReviewStatus.APPROVED


def test_a_refusal_of_ones_own_in_between_takes_nothing_away_from_that_of_legal(
    sessions: Sessions, message_id: int
) -> None:
    with sessions.begin() as session:
        _decide(session, message_id, Action.SEND_BACK, "lea")
        for text in ("Hot and strong.", "Coffee is on."):
            _swap_in(session, message_id, text, person(session, "aut"), None)
        _decide(session, message_id, Action.REJECT, "ana")
        with pytest.raises(NotAllowed, match="lea refused"):
            _decide(session, message_id, Action.REOPEN, "ana")


def test_what_waits_and_was_never_decided_is_not_reopened(sessions: Sessions, message_id: int) -> None:
    with sessions.begin() as session, pytest.raises(StaleState, match="there is no decision to take back"):
        _decide(session, message_id, Action.REOPEN, "ana")


def _swap_in(session: Session, message_id: int, text: str, by: User, reason: str | None) -> None:
    variant = session.scalars(select(Variant).where(Variant.slot == "subject", Variant.text == text)).one()
    swap(session, _seen(session, message_id), variant, by=by, at=NOW, rules=RULES, reason=reason)


def _decide(session: Session, message_id: int, action: Action, name: str) -> None:
    by, day = person(session, name), NOW.date()
    seen = _seen(session, message_id)
    decide(session, seen, action, by=by, at=NOW, day=day, rules=RULES, reason="because")


def _seen(session: Session, message_id: int) -> Seen:
    return Seen(message_id, session.get_one(Message, message_id, populate_existing=True).content_hash)
