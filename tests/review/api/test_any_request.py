"""Any request that the API's description allows, from every role: no failure of ours, all that the role may do, no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, select

from content_store.approval_rules import DECIDING
from content_store.brand_folder.brand import NEUTRAL_BRAND, ApprovalRule
from content_store.database import open_database, session_maker
from content_store.models import Decision, Role, RunRequest
from content_store.recall import suppress_all
from content_store.settings import Settings
from content_store.waiting import refresh_waiting
from review.auth.permissions import Scope
from review.auth.tokens import add_token
from review.desk import Desk
from tests.factories import person
from tests.review.api.conftest import NOW
from tests.review.api.filled_requests import Answer, operations, send_anything
from tests.review.api.two_teams import OURS, THEIR_WORD, THEIRS, add_two_teams, last_entry, their_rows
from tests.review.scorer_double import scorer_running

_READS = {
    "GET /messages",
    "GET /messages/{message_id}",
    "GET /blocks/versions",
    "GET /blocks/versions/{version_id}/reach",
    "GET /runs",
    "GET /runs/schedules",
}
_TEXTS = {
    "POST /messages/{message_id}/swaps",
    "POST /messages/{message_id}/edits",
    "POST /messages/{message_id}/checks",
    "PUT /messages/{message_id}/assignee",
}
_DECISIONS = {
    "POST /messages/{message_id}/decisions",
    "POST /decisions",
    "GET /blocks/versions/{version_id}/report",
}
_BLOCKS = {"POST /blocks/versions/{version_id}/approvals", "POST /blocks/versions/{version_id}/recalls"}
_LOG = {"GET /log"}

#: What succeeds for somebody who sees every brief.
SUCCEEDS: dict[Role, set[str]] = {
    Role.VIEWER: _READS,
    Role.AUTHOR: _READS | _TEXTS | {"POST /runs"},
    Role.REVIEWER: _READS | _TEXTS | _DECISIONS | _BLOCKS,
    Role.LEGAL: _READS | _TEXTS | _DECISIONS | _BLOCKS | _LOG,
    Role.ADMIN: _READS | _LOG,
}

_ON_MESSAGES = {"approve", "reject", "send_back", "reopen", "swap", "edit"}
_ON_BLOCKS = {"approve_block", "recall", "lapse"}

#: What the log then holds.
ACTIONS: dict[Role, set[str]] = {
    Role.VIEWER: set(),
    Role.AUTHOR: {"swap", "edit"},
    Role.REVIEWER: _ON_MESSAGES | _ON_BLOCKS,
    Role.LEGAL: _ON_MESSAGES | _ON_BLOCKS,
    Role.ADMIN: set(),
}


class Done(NamedTuple):
    """What a series of requests brought about."""

    reached: set[str]
    succeeded: set[str]
    #: in the log
    actions: set[str]
    #: taken on several messages at once
    together: set[str]
    #: briefs for which a run was asked
    runs: set[str]


@pytest.fixture
def desk(tmp_path: Path, sqlite_template: Path) -> Iterator[Desk]:
    path = tmp_path / "any.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine: Engine = open_database(f"sqlite:///{path}")
    yield Desk(NEUTRAL_BRAND, Settings(brand=tmp_path), session_maker(engine), b"k" * 32, lambda: NOW)
    engine.dispose()


@pytest.mark.parametrize(
    ("role", "briefs", "rounds"),
    [
        *((role, [OURS], 1) for role in Role),
        (Role.LEGAL, [], 1),
        *(pytest.param(role, briefs, 60, marks=pytest.mark.slow) for role in Role for briefs in ([], [OURS])),
    ],
)
def test_a_role_does_over_the_api_all_that_it_may_and_no_more(
    desk: Desk, role: Role, briefs: list[str], rounds: int
) -> None:
    # Messages wait for the role that is tried, so that its approval counts.
    rule = ApprovalRule.model_validate({"roles": [role if role in DECIDING else Role.REVIEWER]})
    desk = replace(desk, brand=NEUTRAL_BRAND.model_copy(update={"approval_rules": [rule]}))
    with desk.sessions.begin() as session:
        add_two_teams(session, blocks=16)
        # As the app does when it starts, and so with what a recall left.
        refresh_waiting(session, [rule])
        ana = person(session, "ana", role.value, briefs=briefs)
        secret = add_token(session, ana, "test", tuple(Scope), by="test", at=NOW, expires_at=None).secret
    suppress_all(desk.sessions)
    with desk.sessions() as session:
        before, theirs = last_entry(session), their_rows(session)
    expected = Done(
        {item.label for item in operations()},
        SUCCEEDS[role] - (_BLOCKS | _LOG if briefs else set()),
        ACTIONS[role] - (_ON_BLOCKS if briefs else set()),
        {"reject", "send_back"} if role in DECIDING else set(),
        ({OURS} if briefs else {OURS, THEIRS}) if role is Role.AUTHOR else set(),
    )
    with scorer_running(desk):
        answers = send_anything(desk, secret, rounds, lambda seen: _done(desk, seen, before) == expected)
    assert _done(desk, answers, before) == expected
    if briefs:
        # A refusal repeats the name of the brief that was asked for.
        told = [answer.text.replace(f"There is no brief {THEIRS}.", "") for answer in answers]
        assert [text for text in told if THEIRS in text or THEIR_WORD in text] == []
        with desk.sessions() as session:
            assert their_rows(session) == theirs
    else:
        assert any(THEIR_WORD in answer.text for answer in answers)


def test_without_a_token_nothing_is_answered_whatever_is_asked(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        add_two_teams(session, blocks=1)
    suppress_all(desk.sessions)
    with desk.sessions() as session:
        before, theirs = last_entry(session), their_rows(session)
    statuses = {answer.status for answer in send_anything(desk, None, 2, bool)}
    # What is no JSON at all, or too deep, is refused before anybody asks who sends it.
    assert statuses <= {400, 401, 413}
    assert 401 in statuses
    with desk.sessions() as session:
        assert (last_entry(session), their_rows(session)) == (before, theirs)


def _done(desk: Desk, answers: list[Answer], before: int) -> Done:
    with desk.sessions() as session:
        entries = session.scalars(select(Decision.action).where(Decision.id > before))
        asked = session.scalars(select(RunRequest.brief_id))
        actions, runs = {action.value for action in entries}, set(asked)
    succeeded = [answer for answer in answers if answer.status < 300]
    return Done(
        {answer.operation for answer in answers},
        {answer.operation for answer in succeeded},
        actions,
        {
            entry["action"]
            for answer in succeeded
            if answer.operation == "POST /decisions"
            for entry in answer.body["decisions"]
        },
        runs,
    )
