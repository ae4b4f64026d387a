"""What stands on a block goes with it: approvals that lapse, and recall."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import count

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from content_store.changes import swap
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.errors import BadInput, NotAllowed, StaleState
from content_store.lapses import lapse
from content_store.models import (
    Action,
    BlockStatus,
    BlockVersion,
    Decision,
    Message,
    Publication,
    PublicationStatus,
    ReviewStatus,
    Run,
    Variant,
)
from content_store.recall import Reach, exposures, reach, recall, suppress, suppress_all, withdrawn
from tests.factories import (
    NOW,
    RULES,
    make_block_version,
    make_message,
    make_publication,
    make_variant,
    person,
)


def test_a_recall_stops_every_text_on_the_version_and_counts_who_saw_one(sessions: Sessions) -> None:
    with sessions.begin() as session:
        version, other = make_block_version(session), make_block_version(session)
        version_id, other_id = version.id, other.id
        on_it = [make_message(session, block_version_ids=[version.id, other.id]) for _ in range(2)]
        beside = make_message(session, block_version_ids=[other.id])
        first, second, stranger = on_it[0].id, on_it[1].id, beside.id
        for message, customer, status in [
            (on_it[0], "c1", PublicationStatus.ACCEPTED),
            (on_it[1], "c1", PublicationStatus.UNKNOWN),
            (on_it[1], "c2", PublicationStatus.PLANNED),
            (on_it[1], "c3", PublicationStatus.REJECTED),
            (beside, "c4", PublicationStatus.ACCEPTED),
        ]:
            make_publication(session, message, customer_id=customer, status=status)
        found = Reach(variants=4, messages=2, queued=1, exposed_customers=1)
        assert reach(session, version.id) == found
        entry, counted = recall(
            session, version.id, by=person(session, "lea", "legal"), at=NOW, reason=" wrong price "
        )
        assert counted == found
        assert (entry.reason, entry.details) == (
            "wrong price",
            {"block_version_id": version_id, **found._asdict()},
        )
    with sessions() as session:
        assert session.get_one(BlockVersion, version_id).status is BlockStatus.WITHDRAWN
        assert session.get_one(BlockVersion, other_id).status is BlockStatus.APPROVED
        standing = dict(session.execute(select(Message.id, Message.status)).all())
        assert standing == {
            first: ReviewStatus.RECALLED,
            second: ReviewStatus.RECALLED,
            stranger: ReviewStatus.PENDING,
        }
        recalled = session.scalars(select(Variant).where(Variant.status == ReviewStatus.RECALLED)).all()
        assert len(recalled) == 4
        assert [(item.customer_id, item.status.value) for item in exposures(session, version_id)] == [
            ("c1", "accepted"),
            ("c1", "unknown"),
            ("c2", "suppressed"),
            ("c3", "rejected"),
        ]
        assert reach(session, version_id).queued == 1, "the ledger follows"
    suppress(sessions, version_id)
    with sessions() as session:
        assert reach(session, version_id).queued == 0
        reasons = session.scalars(select(Publication.reason).where(Publication.reason.is_not(None)))
        assert list(reasons) == [f"block {entry.subject.split()[1]} version 1 was recalled: wrong price"]


def test_a_recall_finds_who_saw_the_block_before_its_text_was_swapped(sessions: Sessions) -> None:
    with sessions.begin() as session:
        old, new = make_block_version(session), make_block_version(session)
        message = make_message(session, slots={"subject": "Hot."}, block_version_ids=[old.id])
        make_publication(session, message, customer_id="c1", status=PublicationStatus.ACCEPTED)
        run = session.get_one(Run, message.run_id)
        other = make_variant(
            session, run, segment_id=message.segment_id, text="Strong.", block_version_ids=[new.id]
        )
        seen = Seen(message.id, message.content_hash)
        swap(session, seen, other, by=person(session, "ana"), at=NOW, rules=RULES)
        make_publication(session, message, customer_id="c2", status=PublicationStatus.ACCEPTED)
        assert reach(session, old.id) == Reach(variants=1, messages=0, queued=0, exposed_customers=1)
        assert [item.customer_id for item in exposures(session, old.id)] == ["c1"]
        assert [item.customer_id for item in exposures(session, new.id)] == ["c2"]
        assert list(exposures(session, old.id, briefs=["another team's"])) == []


def test_what_is_queued_is_suppressed_by_the_version_it_was_planned_with(sessions: Sessions) -> None:
    with sessions.begin() as session:
        old, new = make_block_version(session), make_block_version(session)
        old_id, lea = old.id, person(session, "lea", "legal")
        message = make_message(session, slots={"subject": "Hot."}, block_version_ids=[old.id])
        before = make_publication(session, message).id
        run = session.get_one(Run, message.run_id)
        other = make_variant(
            session, run, segment_id=message.segment_id, text="Strong.", block_version_ids=[new.id]
        )
        seen = Seen(message.id, message.content_hash)
        swap(session, seen, other, by=person(session, "ana"), at=NOW, rules=RULES)
        after = make_publication(session, message).id
        assert reach(session, old.id).queued == 1
        assert withdrawn(session, [old.id, new.id]) == set()
        recall(session, old.id, by=lea, at=NOW, reason="wrong")
        assert withdrawn(session, [old.id, new.id]) == {old.id}
    suppress(sessions, old_id)
    with sessions() as session:
        stored = dict(session.execute(select(Publication.id, Publication.status)).all())
        assert stored == {before: PublicationStatus.SUPPRESSED, after: PublicationStatus.PLANNED}
        assert reach(session, old_id).queued == 0


def test_a_ledger_that_an_interruption_left_half_written_is_finished_later(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_store.recall._PORTION", 2)
    with sessions.begin() as session:
        version, other = make_block_version(session), make_block_version(session)
        version_id, lea = version.id, person(session, "lea", "legal")
        on_it = make_message(session, block_version_ids=[version.id])
        beside = make_message(session, block_version_ids=[other.id])
        for number in range(5):
            make_publication(session, on_it, customer_id=f"c{number}")
        make_publication(session, beside, customer_id="c0")
        recall(session, version_id, by=lea, at=NOW, reason="wrong")
    portions = count(1)

    def stop_in_the_second(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE publications") and next(portions) == 2:
            raise KeyboardInterrupt

    event.listen(sessions.kw["bind"], "before_cursor_execute", stop_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        suppress(sessions, version_id)
    assert _statuses(sessions) == {"planned": 4, "suppressed": 2}
    suppress_all(sessions)
    assert _statuses(sessions) == {"planned": 1, "suppressed": 5}


def test_what_stands_on_a_block_that_its_file_withdrew_can_be_recalled_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        version = make_block_version(session, status=BlockStatus.WITHDRAWN)
        message = make_message(session, block_version_ids=[version.id])
        message_id, version_id = message.id, version.id
        lea = person(session, "lea", "legal")
        recall(session, version_id, by=lea, at=NOW, reason="wrong")
        assert session.get_one(Message, message_id).status is ReviewStatus.RECALLED
        with pytest.raises(StaleState):
            recall(session, version_id, by=lea, at=NOW, reason="again")


def test_somebody_who_sees_some_briefs_recalls_nothing(sessions: Sessions) -> None:
    with sessions.begin() as session:
        version = make_block_version(session)
        tom = person(session, "tom", briefs=["spring"])
        with pytest.raises(NotAllowed, match="tom sees some briefs only"):
            recall(session, version.id, by=tom, at=NOW, reason="wrong")


def test_an_approved_message_that_is_recalled_has_no_approved_hash_and_stays_recalled(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        version = make_block_version(session)
        message = make_message(session, block_version_ids=[version.id])
        seen = Seen(message.id, message.content_hash)
        _decide(session, seen, Action.APPROVE)
        recall(session, version.id, by=person(session, "lea", "legal"), at=NOW, reason="wrong")
    with sessions.begin() as session:
        stored = session.get_one(Message, seen.message_id)
        assert (stored.status, stored.approved_hash, stored.waiting_for) == (ReviewStatus.RECALLED, None, "")
        for action in (Action.APPROVE, Action.REOPEN, Action.REJECT):
            with pytest.raises(StaleState):
                _decide(session, seen, action)


def test_a_recall_needs_a_reason_a_role_and_a_version_that_stands(sessions: Sessions) -> None:
    with sessions.begin() as session:
        version = make_block_version(session)
        lea, aut = person(session, "lea", "legal"), person(session, "aut", "author")
        with pytest.raises(BadInput, match="needs a reason"):
            recall(session, version.id, by=lea, at=NOW, reason=" ")
        with pytest.raises(NotAllowed, match="aut may not recall blocks"):
            recall(session, version.id, by=aut, at=NOW, reason="wrong")
        with pytest.raises(BadInput, match="there is no block version 99"):
            recall(session, 99, by=lea, at=NOW, reason="wrong")
        recall(session, version.id, by=lea, at=NOW, reason="wrong")
        with pytest.raises(StaleState, match="cannot become withdrawn"):
            recall(session, version.id, by=lea, at=NOW, reason="again")
        assert len(session.scalars(select(Decision)).all()) == 1


@pytest.mark.parametrize(
    ("day", "status", "reason"),
    [
        (date(2026, 3, 31), BlockStatus.APPROVED, None),
        (date(2026, 4, 1), BlockStatus.APPROVED, "roast version 1 was valid until 2026-03-31"),
        (date(2026, 3, 2), BlockStatus.SUPERSEDED, "roast version 1 is superseded"),
    ],
)
def test_an_approval_lapses_when_a_block_expires_or_changes(
    sessions: Sessions, day: date, status: BlockStatus, reason: str | None
) -> None:
    with sessions.begin() as session:
        version = make_block_version(session, block_id="roast", valid_until=date(2026, 3, 31))
        message = make_message(session, block_version_ids=[version.id])
        _decide(session, Seen(message.id, message.content_hash), Action.APPROVE)
        version.status = status
    with sessions.begin() as session:
        found = lapse(session, at=NOW + timedelta(days=30), day=day, rules=RULES)
        assert [(entry.reason, entry.by) for entry in found] == ([(reason, "surmesure")] if reason else [])
        stored = session.get_one(Message, message.id)
        expected = (
            (ReviewStatus.PENDING, None, "reviewer")
            if reason
            else (ReviewStatus.APPROVED, stored.content_hash, "")
        )
        assert (stored.status, stored.approved_hash, stored.waiting_for) == expected
        assert lapse(session, at=NOW, day=day, rules=RULES) == []


def test_so_many_approvals_lapse_at_a_time(sessions: Sessions) -> None:
    with sessions.begin() as session:
        version = make_block_version(session, valid_until=date(2026, 3, 31))
        for number in range(5):
            message = make_message(
                session, slots={"subject": f"Hot {number}."}, block_version_ids=[version.id]
            )
            _decide(session, Seen(message.id, message.content_hash), Action.APPROVE)
    with sessions.begin() as session:
        found = [lapse(session, at=NOW, day=date(2026, 4, 1), rules=RULES, most=2) for _ in range(4)]
        assert [len(entries) for entries in found] == [2, 2, 1, 0]


def _statuses(sessions: Sessions) -> dict[str, int]:
    with sessions() as session:
        return dict(Counter(item.value for item in session.scalars(select(Publication.status))))


def _decide(session: Session, seen: Seen, action: Action) -> Decision:
    return decide(
        session, seen, action, by=person(session, "ana"), at=NOW, day=NOW.date(), rules=RULES, reason="so"
    )
