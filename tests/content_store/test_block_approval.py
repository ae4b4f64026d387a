"""Approving a block version takes the place of the old one, is logged, and takes back approvals that stood on it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from content_store.block_approval import approve_version, missing_roles
from content_store.brand_folder.brand import ApprovalRule
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.errors import BadInput, NotAllowed, StaleState
from content_store.lapses import lapse
from content_store.models import Action, BlockStatus, BlockVersion, Decision, Message, ReviewStatus
from tests.factories import NOW, RULES, make_block_version, make_message, person

OFFERS = [ApprovalRule(roles=["reviewer"]), ApprovalRule(theme="offers", roles=["legal"])]


def test_a_new_version_takes_the_place_of_the_old_one_and_the_log_tells_of_it(sessions: Sessions) -> None:
    with sessions.begin() as session:
        old = make_block_version(session, block_id="roast")
        new = make_block_version(session, block_id="roast", number=2, status=BlockStatus.DRAFT)
        entry = approve_version(session, new.id, by=person(session, "ana"), at=NOW, rules=RULES)
    assert (entry.subject, entry.action, entry.by) == ("block roast version 2", Action.APPROVE_BLOCK, "ana")
    assert entry.content_hash == new.content_hash
    assert entry.details == {
        "block_version_id": new.id,
        "was": "draft",
        "replaces": 1,
        "roles": ["reviewer"],
        "waiting_for": [],
    }
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
        approve_version(session, new.id, by=ana, at=NOW, rules=RULES)
        (lapsed,) = lapse(session, at=NOW, day=NOW.date(), rules=RULES)
    assert lapsed.reason == "roast version 1 is superseded"
    with sessions() as session:
        assert session.get_one(Message, message.id).status is ReviewStatus.PENDING


def test_a_new_version_of_an_offer_takes_its_place_when_legal_has_approved_it_too(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ana, lea = person(session, "ana"), person(session, "lea", "legal")
        make_block_version(session, block_id="offer", themes=["offers"])
        new = make_block_version(
            session, block_id="offer", number=2, status=BlockStatus.DRAFT, themes=["offers"]
        )
        approve_version(session, new.id, by=ana, at=NOW, rules=OFFERS)
        session.refresh(new)
        assert (new.status, missing_roles(session, new, OFFERS)) == (BlockStatus.DRAFT, ["legal"])
        with pytest.raises(NotAllowed, match="block offer version 2 waits for legal; ana is reviewer"):
            approve_version(session, new.id, by=ana, at=NOW, rules=OFFERS)
        approve_version(session, new.id, by=lea, at=NOW, rules=OFFERS)
        session.refresh(new)
        assert new.status is BlockStatus.APPROVED
        assert missing_roles(session, new, OFFERS) == ["legal", "reviewer"]


@pytest.mark.parametrize("status", [BlockStatus.APPROVED, BlockStatus.WITHDRAWN])
def test_a_version_that_is_approved_or_withdrawn_cannot_be_approved(
    sessions: Sessions, status: BlockStatus
) -> None:
    with sessions() as session:
        version = make_block_version(session, status=status)
        with pytest.raises(StaleState, match="cannot become approved"):
            approve_version(session, version.id, by=person(session, "ana"), at=NOW, rules=RULES)


@pytest.mark.parametrize("role", ["viewer", "author"])
def test_other_roles_approve_no_blocks(sessions: Sessions, role: str) -> None:
    with sessions() as session:
        version = make_block_version(session, status=BlockStatus.DRAFT)
        with pytest.raises(NotAllowed, match="tom may not approve blocks"):
            approve_version(session, version.id, by=person(session, "tom", role), at=NOW, rules=RULES)
        assert session.scalars(select(Decision)).all() == []


def test_a_version_that_is_not_there_is_refused(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(BadInput, match="no block version 404"):
        approve_version(session, 404, by=person(session, "ana"), at=NOW, rules=RULES)
