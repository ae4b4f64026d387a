"""An audit is read one by one, ends with the first that is refused, and lets the rest through in one step or not at all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from content_store.brand_folder.brand import ApprovalRule
from content_store.changes import Edit, edit
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.errors import BadInput, NotAllowed, StaleState
from content_store.models import Action, Decision, Message, ReviewStatus, Run, RunStatus, User
from review import audits, undo
from review.audits import Audit, approve_rest, find_audit, read_one, waiting_runs
from review.run_groups import RunGroups, composed_items
from review.similar import Group, Item, alike_groups
from tests.factories import NOW, RULES, make_message, make_run, person

TEXT = "Our medium roast is ground today in the shop number {} and comes in bags of twelve ounces."
NAMES = ["amber", "birch", "cedar", "dough", "elder", "fennel", "ginger", "hazel", "ivory", "jasmin", "kelp"]

#: 44 others: with 2 % of them, not one may be bad, and 42 must be read.
MESSAGES, TO_READ, REST = 45, 43, 2


@pytest.fixture
def run_id(sessions: Sessions) -> int:
    """A finished run with messages that differ in a word, and one that is different."""
    with sessions.begin() as session:
        run = make_run(session)
        for number in range(MESSAGES):
            make_message(
                session,
                run=run,
                slots={"opening": TEXT.format(NAMES[number % 11])},
                block_version_ids=[],
                waiting_for="reviewer",
            )
        make_message(session, run=run, slots={"opening": "Order your pet food again."}, block_version_ids=[])
        return run.id


def test_a_group_is_offered_with_what_must_be_read_and_what_is_saved(sessions: Sessions, run_id: int) -> None:
    with sessions() as session:
        ana = person(session, "ana")
        assert [(run.run_id, run.waiting) for run in waiting_runs(session, ana)] == [(run_id, MESSAGES + 1)]
        (audit,) = audits.audits(session, _compared(session, run_id), ana)
    assert (len(audit.to_read), audit.saves, audit.clean) == (TO_READ, REST, 0)
    assert audit.next == audit.group.exemplar == audit.to_read[0]


def test_the_rest_goes_through_in_one_step_after_a_clean_audit(sessions: Sessions, run_id: int) -> None:
    audit = _read(sessions, run_id, TO_READ)
    assert (audit.clean, audit.next, len(audit.rest)) == (TO_READ, None, REST)
    with sessions.begin() as session:
        entries = _approve_rest(session, audit)
    assert len(entries) == REST
    assert {entry.reason for entry in entries} == {
        f"audit {audit.group.key}: message {audit.group.exemplar} and 42 of 44 alike, drawn at random, were read and"
        " approved; with 95% confidence at most 2% of them are bad"
    }
    with sessions() as session:
        waiting = session.scalars(select(Message).where(Message.status == ReviewStatus.PENDING)).all()
        read = session.scalars(
            select(Decision.reason).where(Decision.message_id.in_(audit.to_read)).order_by(Decision.id)
        ).all()
    assert len(waiting) == 1
    assert read[:2] == [
        f"audit {audit.group.key}: exemplar among 44 alike",
        f"audit {audit.group.key}: 1 of 42 to read among 44 alike",
    ]


@pytest.mark.parametrize("read", [0, 1, TO_READ - 1])
def test_nothing_goes_through_before_the_audit_is_over(sessions: Sessions, run_id: int, read: int) -> None:
    audit = _read(sessions, run_id, read)
    with (
        sessions() as session,
        pytest.raises(StaleState, match=f"message {audit.next} of the audit was not read"),
    ):
        _approve_rest(session, audit)


@pytest.mark.parametrize("refused_at", [0, 5])
def test_the_first_that_is_refused_ends_the_offer(sessions: Sessions, run_id: int, refused_at: int) -> None:
    before = _read(sessions, run_id, refused_at)
    with sessions.begin() as session:
        _read_next(session, run_id, Action.REJECT, "too loud")
    audit = _find(sessions, run_id)
    assert (audit.refused, audit.next, audit.saves) == (before.next, None, 0)
    with (
        sessions() as session,
        pytest.raises(StaleState, match=f"message {before.next} was refused or changed"),
    ):
        _approve_rest(session, audit)
    with sessions() as session:
        reason = session.scalars(select(Decision.reason).where(Decision.message_id == before.next)).one()
    assert reason is not None
    assert reason.startswith(f"too loud (audit {audit.group.key}: ")


def test_an_edited_message_ends_the_offer_and_the_group_stays_the_same(
    sessions: Sessions, run_id: int
) -> None:
    before = _read(sessions, run_id, 3)
    assert before.next is not None
    with sessions.begin() as session:
        changed = Edit("opening", "Something else altogether.", [], [], {})
        edit(
            session,
            Seen(before.next, before.hashes[before.next]),
            changed,
            by=person(session, "ben"),
            at=NOW,
            rules=RULES,
        )
    after = _find(sessions, run_id)
    assert after.group == before.group
    assert after.refused == before.next


def test_a_message_that_was_refused_ends_the_offer_though_the_audit_did_not_draw_it(
    sessions: Sessions, run_id: int
) -> None:
    audit = _read(sessions, run_id, TO_READ)
    bad, other = audit.rest
    with sessions.begin() as session:
        _decide(session, bad, Action.REJECT)
    after = _find(sessions, run_id)
    assert (after.refused, after.saves) == (bad.message_id, 0)
    with sessions() as session, pytest.raises(StaleState, match=f"message {bad.message_id} was refused"):
        _approve_rest(session, after)
    with sessions() as session:
        assert session.get_one(Message, other.message_id).status is ReviewStatus.PENDING


def test_what_was_found_is_not_forgotten_when_the_message_is_opened_again(
    sessions: Sessions, run_id: int
) -> None:
    before = _read(sessions, run_id, 3)
    assert before.next is not None
    found = Seen(before.next, before.hashes[before.next])
    with sessions.begin() as session:
        _decide(session, found, Action.REJECT)
        _decide(session, found, Action.REOPEN)
        assert session.get_one(Message, found.message_id).status is ReviewStatus.PENDING
    assert _find(sessions, run_id).refused == found.message_id


def test_an_edit_that_was_undone_still_ends_the_offer(sessions: Sessions, run_id: int) -> None:
    before = _find(sessions, run_id)
    first = before.group.exemplar
    with sessions.begin() as session:
        ben = person(session, "ben")
        changed = Edit("opening", "Something else altogether.", [], [], {})
        edit(session, Seen(first, before.hashes[first]), changed, by=ben, at=NOW, rules=RULES)
        undo.take_back(session, undo.last_own(session, ben), by=ben, at=NOW, day=NOW.date(), rules=RULES)
    after = _find(sessions, run_id)
    assert after.hashes[first] == before.hashes[first]
    assert after.refused == first


def test_a_message_that_was_sent_back_and_written_anew_stays_in_its_group(
    sessions: Sessions, run_id: int
) -> None:
    before = _read(sessions, run_id, 1)
    assert before.next is not None
    with sessions.begin() as session:
        _decide(session, Seen(before.next, before.hashes[before.next]), Action.SEND_BACK)
        _supersede(session, before.next)
    after = _find(sessions, run_id)
    assert after.group == before.group
    assert (after.refused, after.saves) == (before.next, 0)


def test_a_message_that_can_no_longer_be_read_ends_the_offer_only_where_it_was_drawn(
    sessions: Sessions, run_id: int
) -> None:
    before = _find(sessions, run_id)
    with sessions.begin() as session:
        _supersede(session, before.rest[0].message_id)
    unread = _find(sessions, run_id)
    assert (unread.refused, unread.rest) == (None, before.rest[1:])
    with sessions.begin() as session:
        _supersede(session, before.to_read[7])
    drawn = _find(sessions, run_id)
    assert (drawn.refused, drawn.next, drawn.saves) == (before.to_read[7], None, 0)
    assert drawn.group == before.group


def test_a_rest_of_which_one_changed_behind_the_back_stays_as_it_was(sessions: Sessions, run_id: int) -> None:
    audit = _read(sessions, run_id, TO_READ)
    with sessions.begin() as session:
        session.execute(
            update(Message)
            .where(Message.id == audit.rest[-1].message_id)
            .values(personal_fields={"name": {}})
        )
    with pytest.raises(StaleState, match="has changed since it was shown"), sessions.begin() as session:
        _approve_rest(session, audit)
    assert len(_find(sessions, run_id).rest) == REST


def test_readings_count_only_in_the_order_of_the_audit(sessions: Sessions, run_id: int) -> None:
    audit = _find(sessions, run_id)
    later = audit.to_read[4]
    with (
        sessions() as session,
        pytest.raises(StaleState, match=f"message {later} is not the next of this audit"),
    ):
        read_one(
            session,
            audit.group,
            Seen(later, audit.hashes[later]),
            Action.APPROVE,
            by=person(session, "ana"),
            at=NOW,
            day=NOW.date(),
            rules=RULES,
        )


def test_a_second_role_reads_its_own_audit(sessions: Sessions, run_id: int) -> None:
    rules = [ApprovalRule(roles=["reviewer", "legal"])]
    with sessions.begin() as session:
        session.execute(update(Message).values(waiting_for="legal reviewer"))
    audit = _read(sessions, run_id, TO_READ, rules=rules)
    with sessions.begin() as session:
        _approve_rest(session, audit, rules=rules)
    legal = _find(sessions, run_id, "lea", "legal")
    assert (legal.clean, len(legal.rest), legal.saves) == (0, REST, REST)
    assert _find(sessions, run_id).saves == 0


def test_who_decides_nothing_is_offered_nothing(sessions: Sessions, run_id: int) -> None:
    assert _find(sessions, run_id, "tom", "author").saves == 0
    audit = _read(sessions, run_id, TO_READ)
    with sessions() as session, pytest.raises((NotAllowed, StaleState)):
        _approve_rest(session, audit, by=person(session, "tom", "author"))


def test_another_teams_run_and_one_that_is_not_finished_have_no_groups(
    sessions: Sessions, run_id: int
) -> None:
    with sessions.begin() as session:
        stranger, ana = person(session, "eve", briefs=["other"]), person(session, "ana")
        assert waiting_runs(session, stranger) == []
    run_groups = RunGroups()
    assert len(run_groups.of_run(sessions, run_id, ana)) == 1
    assert run_groups.of_run(sessions, run_id, stranger) == []
    with sessions.begin() as session:
        with pytest.raises(BadInput, match="no such group"):
            find_audit(session, [], "0" * 16, stranger)
        session.execute(update(Run).values(status=RunStatus.RUNNING))
    assert run_groups.of_run(sessions, run_id, ana) == []


def test_a_run_is_compared_once_and_anew_when_a_later_run_took_a_message_over(
    sessions: Sessions, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []

    def counted(items: Sequence[Item]) -> list[Group]:
        compared.append(len(items))
        return alike_groups(items)

    monkeypatch.setattr("review.run_groups.alike_groups", counted)
    run_groups = RunGroups()
    with sessions() as session:
        ana = person(session, "ana")
        run = session.get_one(Run, run_id)
    (first,) = run_groups.of_run(sessions, run_id, ana)
    assert run_groups.of_run(sessions, run_id, ana) == [first]
    assert compared == [46]
    with sessions.begin() as session:
        later = make_run(session, brief_id=run.brief_id)
        session.execute(update(Message).where(Message.id == first.others[0]).values(run_id=later.id))
    (second,) = run_groups.of_run(sessions, run_id, ana)
    assert (len(first.members), len(second.members), compared) == (45, 44, [46, 45])


def test_texts_with_other_numbers_are_not_alike(sessions: Sessions) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        for price in (3, 3, 4):
            make_message(session, run=run, slots={"sms": f"A bag of oranges is ${price}.99 until Tuesday."})
        (audit,) = audits.audits(session, _compared(session, run.id), person(session, "ana"))
    assert len(audit.to_read) == 2


def _read(sessions: Sessions, run_id: int, count: int, rules: list[ApprovalRule] = RULES) -> Audit:
    """The audit after `count` clean readings."""
    with sessions.begin() as session:
        for _ in range(count):
            _read_next(session, run_id, Action.APPROVE, rules=rules)
    return _find(sessions, run_id)


def _read_next(
    session: Session,
    run_id: int,
    action: Action,
    reason: str | None = None,
    rules: list[ApprovalRule] = RULES,
) -> None:
    ana = person(session, "ana")
    (audit,) = audits.audits(session, _compared(session, run_id), ana)
    assert audit.next is not None
    seen = Seen(audit.next, audit.hashes[audit.next])
    read_one(session, audit.group, seen, action, by=ana, at=NOW, day=NOW.date(), rules=rules, reason=reason)


def _find(sessions: Sessions, run_id: int, name: str = "ana", *roles: str) -> Audit:
    with sessions() as session:
        (audit,) = audits.audits(session, _compared(session, run_id), person(session, name, *roles))
        return audit


def _approve_rest(
    session: Session, audit: Audit, by: User | None = None, rules: list[ApprovalRule] = RULES
) -> list[Decision]:
    return approve_rest(
        session,
        audit.group,
        audit.digest,
        by=by or person(session, "ana"),
        at=NOW,
        day=NOW.date(),
        rules=rules,
    )


def _compared(session: Session, run_id: int) -> list[Group]:
    return alike_groups(composed_items(session, run_id))


def _supersede(session: Session, message_id: int) -> None:
    """What a later run does to a message that it writes anew."""
    session.execute(update(Message).where(Message.id == message_id).values(status=ReviewStatus.SUPERSEDED))


def _decide(session: Session, seen: Seen, action: Action) -> None:
    decide(session, seen, action, by=person(session, "ben"), at=NOW, day=NOW.date(), rules=RULES, reason="no")
