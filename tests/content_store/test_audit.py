"""Whoever has full rights to the database cannot change what was decided without being noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from content_store import chain
from content_store.audit import log_entries, log_line, one_moment, verify
from content_store.brand_folder.brand import ApprovalRule
from content_store.database import Sessions, open_database, reading, session_maker
from content_store.decisions import Seen, decide
from content_store.lapses import lapse
from content_store.models import (
    Action,
    Approval,
    BlockStatus,
    BlockVersion,
    ChainHead,
    Decision,
    Message,
    ReviewStatus,
    TemplateVersion,
    Variant,
)
from content_store.recall import recall
from tests.factories import NOW, RULES, make_block_version, make_message, make_template, person

Attack = Callable[[Connection], object]


@pytest.fixture
def messages(sessions: Sessions) -> list[int]:
    """Message 0 is approved, 1 rejected, 2 reopened, 3 approved by one of two roles, 4 waits, 5 is recalled, 6 lapsed.

    Message 0 has a template and a subject that somebody wrote against a gate's objection.
    """
    both = [ApprovalRule(roles=["reviewer", "legal"])]
    with sessions.begin() as session:
        block = make_block_version(session, block_id="roast")
        tea = make_block_version(session, block_id="tea", valid_until=NOW.date())
        stands_on = {5: [block.id], 6: [tea.id]}
        template = make_template(session, mjml="<mjml>Hello</mjml>")
        made = [
            make_message(
                session,
                block_version_ids=stands_on.get(number, []),
                template_version_id=None if number else template.id,
            )
            for number in range(7)
        ]
        written = session.scalars(select(Variant).order_by(Variant.id).limit(1)).one()
        written.verdicts = [{"gate": "numbers", "passed": False, "reason": "no fact says 20 g"}]
        written.edited_by, written.override_reason = "ada", "it is on the label"

        def take(number: int, action: Action, rules: list[ApprovalRule] = RULES) -> None:
            seen = Seen(made[number].id, made[number].content_hash)
            ana = person(session, "ana")
            decide(session, seen, action, by=ana, at=NOW, day=NOW.date(), rules=rules, reason="why")

        take(0, Action.APPROVE)
        take(1, Action.REJECT)
        take(2, Action.REJECT)
        take(2, Action.REOPEN)
        take(3, Action.APPROVE, both)
        take(5, Action.APPROVE)
        recall(session, block.id, by=person(session, "ana"), at=NOW, reason="wrong price")
        take(6, Action.APPROVE)
        lapse(session, at=NOW, day=NOW.date() + timedelta(days=1), rules=RULES)
        return [message.id for message in made]


def test_decisions_that_nobody_touched_are_sound(sessions: Sessions, messages: list[int]) -> None:
    with sessions() as session:
        found = verify(session)
        head = session.get_one(ChainHead, 1)
    assert (found.entries, found.messages, found.problems) == (9, len(messages), [])
    assert found.head == head.entry_hash


@pytest.mark.parametrize(
    ("attack", "problem"),
    [
        (
            lambda c: c.execute(update(Decision).where(Decision.id == 1).values(reason="because I say so")),
            "entry 1 (message {0}, approve) was changed.",
        ),
        (
            lambda c: c.execute(update(Decision).where(Decision.id == 2).values(by="ben")),
            "entry 2 (message {1}, reject) was changed.",
        ),
        (lambda c: c.execute(delete(Decision).where(Decision.id == 3)), "entry 3 is missing; the next is 4."),
        (
            lambda c: c.execute(delete(Decision).where(Decision.id == 9)),
            "the log ends at entry 8, but 9 entries were written.",
        ),
        (
            lambda c: c.execute(
                update(Message).where(Message.id == _nth(c, 4)).values(status=ReviewStatus.APPROVED)
            ),
            "message {4} is approved, but no entry tells of it.",
        ),
        (
            lambda c: c.execute(
                update(Message).where(Message.id == _nth(c, 1)).values(status=ReviewStatus.PENDING)
            ),
            "message {1} is pending, but entry 2 left it rejected.",
        ),
        (
            lambda c: c.execute(
                update(Message).where(Message.id == _nth(c, 2)).values(status=ReviewStatus.APPROVED)
            ),
            "message {2} is approved, but entry 4 left it pending.",
        ),
        (
            lambda c: c.execute(
                update(Message).where(Message.id == _nth(c, 0)).values(approved_hash="f" * 64)
            ),
            "message {0} has another approved hash than entry 1.",
        ),
        (
            lambda c: c.execute(update(Variant).values(text="Everything is free.")),
            "the content of message {0} is not what entry 1 was about.",
        ),
        (
            lambda c: c.execute(update(Variant).values(text="Everything is free.")),
            "the content of message {5} is not what entry 6 was about.",
        ),
        (
            lambda c: c.execute(update(Variant).values(text="Everything is free.")),
            "the content of message {6} is not what entry 9 was about.",
        ),
        (
            lambda c: c.execute(update(TemplateVersion).values(mjml="<mjml>Everything is free</mjml>")),
            "the content of message {0} is not what entry 1 was about.",
        ),
        (
            lambda c: c.execute(update(Variant).values(verdicts=[])),
            "text {subject} or what was told of it is not what entry 1 was about.",
        ),
        (
            lambda c: c.execute(update(Variant).values(override_reason="legal said so")),
            "text {subject} or what was told of it is not what entry 1 was about.",
        ),
        (
            lambda c: c.execute(update(Variant).values(edited_by=None)),
            "text {subject} or what was told of it is not what entry 1 was about.",
        ),
        (
            lambda c: c.execute(
                update(Message).where(Message.id == _nth(c, 4)).values(status=ReviewStatus.RECALLED)
            ),
            "message {4} is recalled, but no entry recalled a block under it.",
        ),
        (
            lambda c: c.execute(
                update(Message).where(Message.id == _nth(c, 4)).values(status=ReviewStatus.SUPERSEDED)
            ),
            "message {4} is superseded, but no entry tells of it.",
        ),
        (
            lambda c: c.execute(
                insert(Approval).values(
                    message_id=_nth(c, 3), role="legal", by="lea", content_hash=_hash_of(c, 3), at=NOW
                )
            ),
            "message {3} counts as approved by legal, but no entry tells of it.",
        ),
        (
            lambda c: c.execute(
                update(Approval).where(Approval.message_id == _nth(c, 3)).values(role="legal")
            ),
            "message {3} counts as approved by legal, but no entry tells of it.",
        ),
        (
            lambda c: c.execute(
                update(Message)
                .where(Message.id == _nth(c, 5))
                .values(status=ReviewStatus.APPROVED, approved_hash=_hash_of(c, 5))
            ),
            "message {5} is approved, but entry 7 recalled a block under it.",
        ),
        (
            lambda c: c.execute(update(BlockVersion).values(status=BlockStatus.APPROVED)),
            "block version {block} is approved, but entry 7 recalled it.",
        ),
    ],
    ids=[
        "a reason",
        "a name",
        "a middle entry deleted",
        "the newest entry deleted",
        "a status without an entry",
        "a decision undone",
        "a reopened message",
        "the approved hash",
        "the text",
        "the text after a recall",
        "the text after a lapse",
        "the template",
        "what the gates said",
        "why a gate was set aside",
        "who wrote a text",
        "a message hidden as recalled",
        "a message hidden as superseded",
        "an approval forged",
        "an approval under another role",
        "a recalled message",
        "a recalled block",
    ],
)
def test_a_change_behind_the_back_is_found(
    sessions: Sessions, engine: Engine, messages: list[int], attack: Attack, problem: str
) -> None:
    _tamper(engine, attack)
    with sessions() as session:
        block = session.scalars(select(BlockVersion.id).where(BlockVersion.block_id == "roast")).one()
        subject = session.scalars(select(Variant.id).order_by(Variant.id)).first()
    with sessions() as session:
        assert problem.format(*messages, block=block, subject=subject) in verify(session).problems


def test_an_inserted_entry_is_found_even_if_it_fits_the_one_before(
    sessions: Sessions, engine: Engine, messages: list[int]
) -> None:
    def insert_one(connection: Connection) -> None:
        # Room for a forged third entry, with a right hash of its own.
        for number in (9, 8, 7, 6, 5, 4, 3):
            connection.execute(update(Decision).where(Decision.id == number).values(id=number + 1))
        forged = Decision(
            id=3,
            subject=f"message {messages[4]}",
            action=Action.APPROVE,
            by="ana",
            at=NOW,
            previous_hash=_entry(connection, 2).entry_hash,
            entry_hash="",
            message_id=messages[4],
        )
        row: dict[str, Any] = {
            column.key: getattr(forged, column.key) for column in Decision.__table__.columns
        } | {"entry_hash": chain.entry_hash(forged)}
        connection.execute(insert(Decision).values(row))

    _tamper(engine, insert_one)
    with sessions() as session:
        problems = verify(session).problems
    assert "entry 4 does not follow from the entry before it." in problems
    assert "the log ends at entry 10, but 9 entries were written." in problems


@pytest.mark.usefixtures("messages")
def test_a_log_whose_end_was_cut_off_with_care_lacks_a_head_noted_before(
    sessions: Sessions, engine: Engine
) -> None:
    with sessions() as session:
        noted = verify(session).head

    def cut_off(connection: Connection) -> None:
        # The newest entry is a lapse, which is undone with it.
        connection.execute(delete(Decision).where(Decision.id == 9))
        connection.execute(
            update(Message)
            .where(Message.id == _nth(connection, 6))
            .values(status=ReviewStatus.APPROVED, approved_hash=_hash_of(connection, 6))
        )
        connection.execute(update(ChainHead).values(number=8, entry_hash=_entry(connection, 8).entry_hash))

    _tamper(engine, cut_off)
    with sessions() as session:
        assert verify(session).problems == []
    with sessions() as session:
        assert verify(session, [noted]).problems == [
            f"the entry {noted[:12]}…, which was the newest once, is gone."
        ]


def test_an_export_holds_all_that_was_hashed_and_is_the_same_each_time(
    sessions: Sessions, messages: list[int]
) -> None:
    lines = [log_line(entry) for entry in log_entries(sessions)]
    assert lines == [log_line(entry) for entry in log_entries(sessions, chunk=3)]
    entries = [json.loads(line) for line in lines]
    assert [entry["id"] for entry in entries] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert [entry["subject"] for entry in entries[:2]] == [f"message {messages[0]}", f"message {messages[1]}"]
    previous = chain.GENESIS
    for entry in entries:
        assert entry["previous_hash"] == previous
        previous = entry["entry_hash"]
    assert entries[0]["at"] == "2026-03-02T09:30:00.000000+00:00"


def test_whoever_reads_the_log_slowly_keeps_nobody_from_deciding(
    sessions: Sessions, messages: list[int]
) -> None:
    entries = log_entries(reading(sessions), chunk=3)
    assert next(entries)["id"] == 1
    _reject(sessions, messages[4])
    assert [entry["id"] for entry in entries] == [2, 3, 4, 5, 6, 7, 8, 9, 10]


def test_an_audit_sees_one_moment_and_keeps_nobody_from_deciding(
    sessions: Sessions, messages: list[int]
) -> None:
    with one_moment(sessions) as session:
        assert len(session.scalars(select(Decision)).all()) == 9
        _reject(sessions, messages[4])
        found = verify(session)
    assert (found.entries, found.problems) == (9, [])
    with one_moment(sessions) as session:
        assert verify(session)[::3] == (10, [])


def test_an_audit_leaves_nothing_behind(tmp_path: Path, sqlite_template: Path) -> None:
    file = tmp_path / "what? #1.db"
    file.write_bytes(sqlite_template.read_bytes())
    engine = open_database(f"sqlite:///{quote(str(file))}")
    with one_moment(session_maker(engine)) as session:
        assert verify(session).entries == 0
        assert len(list(tmp_path.iterdir())) == 2
    engine.dispose()
    assert list(tmp_path.iterdir()) == [file]


def _reject(sessions: Sessions, number: int) -> None:
    """Decide on a message, without waiting for anybody who reads."""
    with sessions.begin() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("PRAGMA busy_timeout = 100"))
        seen = Seen(number, session.get_one(Message, number).content_hash)
        ana = person(session, "ana")
        decide(session, seen, Action.REJECT, by=ana, at=NOW, day=NOW.date(), rules=RULES, reason="why")


def _tamper(engine: Engine, attack: Attack) -> None:
    """As somebody who may do everything: the triggers are taken away first."""
    sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        if sqlite:
            connection.execute(text("DROP TRIGGER decisions_no_update"))
            connection.execute(text("DROP TRIGGER decisions_no_delete"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        attack(connection)


def _nth(connection: Connection, number: int) -> int:
    return connection.scalars(select(Message.id).order_by(Message.id)).all()[number]


def _hash_of(connection: Connection, number: int) -> str:
    return connection.scalars(select(Message.content_hash).order_by(Message.id)).all()[number]


def _entry(connection: Connection, number: int) -> Any:
    return connection.execute(select(Decision.entry_hash).where(Decision.id == number)).one()
