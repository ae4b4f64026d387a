"""Nobody approves their own words, whoever put them there and whatever blocks they stand on."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.changes import Edit, edit, swap
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.errors import NotAllowed
from content_store.models import Action, Message, ReviewStatus, Run, Variant
from content_store.own_edits import had_a_hand_in
from tests.factories import NOW, RULES, make_block_version, make_message, make_variant, person


@pytest.fixture
def message_id(sessions: Sessions) -> int:
    """A message whose subject can be swapped for one on another block."""
    with sessions.begin() as session:
        for name in ("ana", "ben", "max"):
            person(session, name)
        one, other = make_block_version(session), make_block_version(session)
        message = make_message(session, block_version_ids=[one.id])
        on_other: dict[str, Any] = {"segment_id": message.segment_id, "block_version_ids": [other.id]}
        make_variant(session, session.get_one(Run, message.run_id), text="Hot and strong.", **on_other)
        return message.id


def test_words_that_somebody_else_writes_again_on_another_block_stay_ones_own(
    sessions: Sessions, message_id: int
) -> None:
    with sessions.begin() as session:
        _edit(session, message_id, "ben", "Everything is free.")
        _swap(session, message_id, "ana", "Hot and strong.")
        _edit(session, message_id, "max", "Everything is free.")
        texts = session.scalars(select(Variant).where(Variant.text == "Everything is free.")).all()
        assert [item.edited_by for item in texts] == ["ben", "max"]
        for name in ("ben", "max"):
            with pytest.raises(NotAllowed, match="you wrote a text of message"):
                _approve(session, message_id, name)
        _approve(session, message_id, "ana")
        assert session.get_one(Message, message_id).status is ReviewStatus.APPROVED


def test_words_that_no_longer_stand_there_hold_nobody_back(sessions: Sessions, message_id: int) -> None:
    with sessions.begin() as session:
        _edit(session, message_id, "ben", "Everything is free.")
        _swap(session, message_id, "ana", "Hot and strong.")
        message = session.get_one(Message, message_id)
        assert [had_a_hand_in(session, name, message) for name in ("ana", "ben")] == [False, False]
        _approve(session, message_id, "ben")


def test_the_same_words_for_another_segment_are_not_ones_own(sessions: Sessions, message_id: int) -> None:
    with sessions.begin() as session:
        message = session.get_one(Message, message_id)
        elsewhere = make_message(session, slots={"subject": "Tea is on."})
        assert elsewhere.segment_id != message.segment_id
        _edit(session, message_id, "ben", "Tea is on.")
        assert [had_a_hand_in(session, "ben", item) for item in (message, elsewhere)] == [True, False]


def _edit(session: Session, message_id: int, name: str, text: str) -> None:
    change = Edit("subject", text, [], [], {})
    edit(
        session,
        _seen(session, message_id),
        change,
        by=person(session, name),
        at=NOW,
        rules=RULES,
        reason=None,
    )


def _swap(session: Session, message_id: int, name: str, text: str) -> None:
    variant = session.scalars(select(Variant).where(Variant.text == text)).one()
    swap(session, _seen(session, message_id), variant, by=person(session, name), at=NOW, rules=RULES)


def _approve(session: Session, message_id: int, name: str) -> None:
    by, seen = person(session, name), _seen(session, message_id)
    decide(session, seen, Action.APPROVE, by=by, at=NOW, day=NOW.date(), rules=RULES)


def _seen(session: Session, message_id: int) -> Seen:
    return Seen(message_id, session.get_one(Message, message_id, populate_existing=True).content_hash)
