"""Eight reviewers at once on PostgreSQL: each message is decided once, and the log holds exactly those decisions."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from content_store import chain
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.errors import StaleState
from content_store.models import Action, Decision, Message, User
from tests.factories import NOW, RULES, make_message, make_run, make_segment, person

REVIEWERS = [f"reviewer-{number}" for number in range(8)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("messages", [60, pytest.param(1250, marks=pytest.mark.slow)])
def test_no_decision_is_lost_and_none_is_taken_twice(sessions: Sessions, messages: int) -> None:
    """Every reviewer tries every message once, in an order of their own: 8 × 1,250 = 10,000 attempts."""
    with sessions.begin() as session:
        for name in REVIEWERS:
            person(session, name)
        run, segment = make_run(session), make_segment(session)
        texts = [
            make_message(
                session, run=run, segment_id=segment.id, slots={"subject": f"Coffee, text {number}."}
            )
            for number in range(messages)
        ]
        seen = [Seen(message.id, message.content_hash) for message in texts]
    with ThreadPoolExecutor(len(REVIEWERS)) as pool:
        won = list(pool.map(lambda name: _review(sessions, name, seen), REVIEWERS))
    assert sum(won) == messages
    with sessions() as session:
        log = session.scalars(select(Decision)).all()
        assert sorted(entry.message_id or 0 for entry in log) == [item.message_id for item in seen]
        standing = dict(session.execute(select(Message.id, Message.status)).all())
        assert {entry.message_id: entry.to_status for entry in log} == standing
        assert chain.verify(session)[::2] == (messages, [])


def _review(sessions: Sessions, name: str, seen: list[Seen]) -> int:
    """How many decisions this reviewer got through."""
    won = 0
    order = random.Random(name).sample(seen, len(seen))
    for item in order:
        action = Action.APPROVE if item.message_id % 3 else Action.REJECT
        try:
            with sessions.begin() as session:
                by = session.scalars(select(User).where(User.name == name)).one()
                decide(session, item, action, by=by, at=NOW, day=NOW.date(), rules=RULES, reason="so")
            won += 1
        except StaleState:
            continue
    return won
