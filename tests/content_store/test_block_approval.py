"""Approving a block version takes the place of the old one, is logged, and takes back approvals that stood on it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from content_store.block_approval import approve_version
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.errors import BadInput, NotAllowed, StaleState
from content_store.lapses import lapse
from content_store.models import Action, BlockStatus, BlockVersion, Decision, Message, ReviewStatus
from tests.factories import NOW, RULES, make_block_version, make_message, person


@pytest.mark.parametrize("role", ["reviewer", "legal"])
def test_a_new_version_takes_the_place_of_the_old_one_and_the_log_tells_of_it(
    sessions: Sessions, role: str
) -> None:
    with sessions.begin() as session:
        old = make_block_version(session, block_id="roast")
        new = make_block_version(session, block_id="roast", number=2, status=BlockStatus.DRAFT)
        entry = approve_version(session, new.id, by=person(session, "ana", role), at=NOW)
    assert (entry.subject, entry.action, entry.by) == ("block roast version 2", Action.APPROVE_BLOCK, "ana")
    assert entry.content_hash == new.content_hash
    assert entry.details == {"block_version_id": new.id, "was": "draft", "replaces": 1}
    with sessions() as session:
        statuses = dict(session.execute(select(BlockVersion.id, BlockVersion.status)).all())
    assert statuses == {old.id: BlockStatus.SUPERSEDED, new.id: BlockStatus.APPROVED}


def test_messages_approved_on_the_old_version_wait_again(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ana = person(session, "ana")
        old = make_block_version(session, block_id="roast")
        new = make_block_version(session, block_id="roast", number=2, status=BlockStatus.DRAFT)
        message = make_message(session, block_version_ids=[old.id])
        seen = Seen(message.id, message.content_hash)
        decide(session, seen, Action.APPROVE, by=ana, at=NOW, day=NOW.date(), rules=RULES)
        approve_version(session, new.id, by=ana, at=NOW)
        (lapsed,) = lapse(session, at=NOW, day=NOW.date(), rules=RULES)
    assert lapsed.reason == "roast version 1 is superseded"
    with sessions() as session:
        assert session.get_one(Message, message.id).status is ReviewStatus.PENDING


@pytest.mark.parametrize("status", [BlockStatus.APPROVED, BlockStatus.WITHDRAWN])
def test_a_version_that_is_approved_or_withdrawn_cannot_be_approved(
    sessions: Sessions, status: BlockStatus
) -> None:
    with sessions() as session:
        version = make_block_version(session, status=status)
        with pytest.raises(StaleState, match="cannot become approved"):
            approve_version(session, version.id, by=person(session, "ana"), at=NOW)


@pytest.mark.parametrize("role", ["viewer", "author"])
def test_other_roles_approve_no_blocks(sessions: Sessions, role: str) -> None:
    with sessions() as session:
        version = make_block_version(session, status=BlockStatus.DRAFT)
        with pytest.raises(NotAllowed, match="tom may not approve blocks"):
            approve_version(session, version.id, by=person(session, "tom", role), at=NOW)
        assert session.scalars(select(Decision)).all() == []


def test_a_version_that_is_not_there_is_refused(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(BadInput, match="no block version 404"):
        approve_version(session, 404, by=person(session, "ana"), at=NOW)
