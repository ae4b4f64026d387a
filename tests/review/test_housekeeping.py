"""The page sets right at its start what changed while it was closed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from content_store.brand_folder.brand import NEUTRAL_BRAND, ApprovalRule
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.models import Action, Decision, Message, ReviewStatus
from content_store.settings import Settings
from review.app import app_of
from review.desk import Desk
from review.housekeeping import tidy_up
from tests.factories import NOW, RULES, make_block_version, make_message, person


def test_approvals_lapse_and_new_rules_are_asked_for(sessions: Sessions, tmp_path: Path) -> None:
    later = datetime(2026, 4, 2, tzinfo=UTC) + timedelta(hours=1)
    strict = NEUTRAL_BRAND.model_copy(update={"approval_rules": [ApprovalRule(roles=["legal"])]})
    with sessions.begin() as session:
        version = make_block_version(session, block_id="roast", valid_until=date(2026, 4, 1))
        expired = make_message(session, block_version_ids=[version.id])
        waiting = make_message(session)
        seen = Seen(expired.id, expired.content_hash)
        decide(session, seen, Action.APPROVE, by=person(session, "ana"), at=NOW, day=NOW.date(), rules=RULES)
        ids = expired.id, waiting.id
    app = app_of(Desk(strict, Settings(brand=tmp_path), sessions, b"k" * 32, lambda: later))
    with TestClient(app), sessions() as session:
        found = [session.get_one(Message, number) for number in ids]
        assert [(item.status, item.waiting_for) for item in found] == [
            (ReviewStatus.PENDING, "legal"),
            (ReviewStatus.PENDING, "legal"),
        ]
        assert session.scalars(select(Decision.reason).order_by(Decision.id)).all() == [
            None,
            "roast version 1 was valid until 2026-04-01",
        ]


def test_a_step_that_fails_stops_neither_the_others_nor_the_next_round(
    sessions: Sessions, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sessions.begin() as session:
        ben = person(session, "ben")
        ana = person(session, "ana", away_until=NOW + timedelta(days=1), deputy_id=ben.id)
        waiting = make_message(session, assignee_id=ana.id)
    # The day on which approvals are judged is none, which is no error of the database.
    desk = Desk(NEUTRAL_BRAND, Settings(brand=tmp_path, as_of="2026-02-31"), sessions, b"k" * 32, lambda: NOW)
    tidy_up(desk)
    assert "Housekeeping of approvals failed and is tried again." in caplog.text
    with sessions() as session:
        assert session.get_one(Message, waiting.id).assignee_id == ben.id
