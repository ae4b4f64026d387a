"""The decision log tells the truth or says that it does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from content_store import chain
from content_store.database import Sessions
from content_store.models import Action, Decision
from tests.factories import NOW

TRIGGERS = {
    "sqlite": ["DROP TRIGGER decisions_no_update", "DROP TRIGGER decisions_no_delete"],
    "postgresql": ["SET LOCAL session_replication_role = replica"],
}


def test_each_entry_holds_the_hash_of_the_one_before(sessions: Sessions) -> None:
    first, second, third = _three_entries(sessions)
    assert [entry.id for entry in (first, second, third)] == [1, 2, 3]
    assert first.previous_hash == "0" * 64
    assert (second.previous_hash, third.previous_hash) == (first.entry_hash, second.entry_hash)
    with sessions() as session:
        assert chain.verify(session) == (3, third.entry_hash, [])


def test_the_hash_is_that_of_the_canonical_json() -> None:
    entry = Decision(
        id=1,
        subject="user ana",
        action=Action.ADD_USER,
        by="root",
        at=NOW,
        previous_hash="0" * 64,
        entry_hash="",
    )
    assert chain.entry_hash(entry) == "2db70d26c486061ee86d5118a718c8dc13de1a5290859a6846b7aa42ed065a1d"


def test_entries_written_at_once_stand_one_after_another(sessions: Sessions) -> None:
    def write(number: int) -> None:
        with sessions.begin() as session:
            chain.append(session, subject=f"user {number}", action=Action.ADD_USER, by="root", at=NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with sessions() as session:
        assert chain.verify(session)[::2] == (40, [])


def test_an_entry_that_was_rolled_back_leaves_no_gap(sessions: Sessions) -> None:
    with sessions() as session:
        chain.append(session, subject="user ana", action=Action.ADD_USER, by="root", at=NOW)
        session.rollback()
    with sessions.begin() as session:
        assert chain.append(session, subject="user ben", action=Action.ADD_USER, by="root", at=NOW).id == 1


@pytest.mark.parametrize("change", ["UPDATE decisions SET reason = 'fine'", "DELETE FROM decisions"])
def test_the_database_itself_refuses_to_change_the_log(
    sessions: Sessions, engine: Engine, change: str
) -> None:
    _three_entries(sessions)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(change))


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("UPDATE decisions SET reason = 'fine' WHERE id = 2", "entry 2 (user ben, change_user) was changed."),
        ("UPDATE decisions SET \"by\" = 'eve' WHERE id = 1", "entry 1 (user ana, add_user) was changed."),
        ("DELETE FROM decisions WHERE id = 2", "entry 2 is missing; the next is 3."),
        ("DELETE FROM decisions WHERE id = 3", "the log ends at entry 2, but 3 entries were written."),
    ],
)
def test_tampering_is_found(sessions: Sessions, engine: Engine, tampering: str, problem: str) -> None:
    _three_entries(sessions)
    _tamper(engine, tampering)
    with sessions() as session:
        assert problem in chain.verify(session).problems


def test_a_log_cut_short_with_its_head_is_found_by_a_head_noted_earlier(
    sessions: Sessions, engine: Engine
) -> None:
    _, second, third = _three_entries(sessions)
    _tamper(
        engine,
        "DELETE FROM decisions WHERE id = 3",
        f"UPDATE chain_head SET number = 2, entry_hash = '{second.entry_hash}'",
    )
    with sessions() as session:
        assert chain.verify(session).problems == []
        assert chain.verify(session, (third.entry_hash,)).problems == [
            f"the entry {third.entry_hash[:12]}…, which was the newest once, is gone."
        ]


def _three_entries(sessions: Sessions) -> list[Decision]:
    with sessions.begin() as session:
        return [
            chain.append(session, subject="user ana", action=Action.ADD_USER, by="root", at=NOW),
            chain.append(
                session, subject="user ben", action=Action.CHANGE_USER, by="root", at=NOW, reason="new"
            ),
            chain.append(
                session, subject="user cem", action=Action.ADD_USER, by="root", at=NOW, details={"a": 1}
            ),
        ]


def _tamper(engine: Engine, *statements: str) -> None:
    """As somebody with every right on the database."""
    with engine.begin() as connection:
        for statement in (*TRIGGERS[engine.dialect.name], *statements):
            connection.execute(text(statement))
