"""A run again, after people have worked on what the first one wrote."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.audit import verify
from content_store.brand_folder.brand import ApprovalRule
from content_store.changes import Edit, edit
from content_store.decisions import Seen, decide
from content_store.models import (
    Action,
    Approval,
    BlockVersion,
    Candidate,
    Decision,
    Message,
    MessageVariant,
    ReviewStatus,
    Variant,
)
from flows.steps.workplace import Workplace
from tests.factories import NOW, RULES, person
from tests.flows.test_steps import run_brief

#: The gates pass them for the starter's skillet; readers like the first more.
WRITTEN = "The 10 inch Cast-Iron Skillet costs $39 and comes seasoned."
NEXT_BEST = "The Cast-Iron Skillet cooks cornbread at night. The 10 inch one comes seasoned for $39."
BOTH = [ApprovalRule(roles=["reviewer", "legal"])]


@pytest.fixture
def number(workplace: Workplace) -> int:
    """The only message about a skillet, as the first run wrote it."""
    run_brief(workplace)
    with workplace.sessions() as session:
        return session.scalars(select(Message.id).where(Message.theme == "kitchen")).one()


def test_an_edited_message_stays_and_keeps_its_run(workplace: Workplace, number: int) -> None:
    (before,) = kitchen(workplace)
    change_words(workplace, number)
    run = run_brief(workplace)
    assert (run.counts["messages"], run.counts["messages_unchanged"]) == (0, 3)
    (message,) = kitchen(workplace)
    assert (message.status, message.run_id) == (ReviewStatus.EDITED, before.run_id)


def test_an_edited_message_that_was_approved_gets_no_original_beside_it(
    workplace: Workplace, number: int
) -> None:
    change_words(workplace, number)
    take(workplace, number, Action.APPROVE)
    run_brief(workplace)
    assert [item.status for item in kitchen(workplace)] == [ReviewStatus.APPROVED]


def test_edited_and_partly_approved_messages_stay_though_the_model_writes_something_else(
    workplace: Workplace, number: int
) -> None:
    take(workplace, number, Action.APPROVE, BOTH)
    write(workplace, WRITTEN)
    run_brief(workplace)
    (message,) = kitchen(workplace)
    with workplace.sessions() as session:
        assert session.scalars(select(Approval.role)).all() == ["reviewer"]
    assert message.status is ReviewStatus.PENDING
    change_words(workplace, number)
    run_brief(workplace)
    (message,) = kitchen(workplace)
    assert message.status is ReviewStatus.EDITED


def test_a_message_that_nobody_worked_on_gives_way_and_the_log_names_the_run(
    workplace: Workplace, number: int
) -> None:
    write(workplace, WRITTEN)
    run = run_brief(workplace)
    old, new = kitchen(workplace)
    assert (old.status, new.status) == (ReviewStatus.SUPERSEDED, ReviewStatus.PENDING)
    assert (old.id, new.run_id) == (number, run.id)
    with workplace.sessions() as session:
        entry = session.scalars(select(Decision)).one()
        assert (entry.action, entry.by, entry.message_id) == (Action.SUPERSEDE, f"run {run.id}", number)
        assert entry.details == {"run": run.id, "message": new.id}
    assert text_of(workplace, new) == WRITTEN


def test_an_edited_message_gives_way_when_its_block_changed(workplace: Workplace, number: int) -> None:
    change_words(workplace, number)
    path = workplace.settings.brand / "blocks" / "kitchen-skillet-sms.md"
    path.write_text(path.read_text().replace("$39", "$49"))
    run = run_brief(workplace)
    old, new = kitchen(workplace)
    assert (old.status, new.status) == (ReviewStatus.SUPERSEDED, ReviewStatus.PENDING)
    with workplace.sessions() as session:
        entries = session.scalars(select(Decision).where(Decision.message_id == number)).all()
        assert [entry.action for entry in entries] == [Action.EDIT, Action.SUPERSEDE]
        assert entries[-1].by == f"run {run.id}"


def test_in_place_of_a_text_that_was_sent_back_comes_the_next_best(workplace: Workplace, number: int) -> None:
    write(workplace, WRITTEN, NEXT_BEST)
    run_brief(workplace)
    first = kitchen(workplace)[-1]
    take(workplace, first.id, Action.SEND_BACK)
    assert run_brief(workplace).counts["candidates_new"] == 0
    *_, old, new = kitchen(workplace)
    assert (old.id, old.status, new.status) == (first.id, ReviewStatus.SUPERSEDED, ReviewStatus.PENDING)
    assert (text_of(workplace, old), text_of(workplace, new)) == (WRITTEN, NEXT_BEST)
    assert number == kitchen(workplace)[0].id


def test_a_text_that_was_sent_back_is_not_chosen_again_and_neither_is_any_after_it(
    workplace: Workplace, number: int
) -> None:
    """The approved text is sent back, then one of the model is rejected, until nothing else can be written."""
    take(workplace, number, Action.SEND_BACK)
    drawn = run_brief(workplace)
    assert drawn.counts["candidates_new"] == 2, "other seeds"
    assert [item.status for item in kitchen(workplace)] == [ReviewStatus.SENT_BACK], "nothing passed"
    assert run_brief(workplace).counts["candidates_new"] == 0, "the same refusals, the same texts"

    write(workplace, WRITTEN)
    run_brief(workplace)
    old, new = kitchen(workplace)
    assert (old.status, new.status) == (ReviewStatus.SUPERSEDED, ReviewStatus.PENDING)
    assert text_of(workplace, new) == WRITTEN

    take(workplace, new.id, Action.REJECT)
    assert run_brief(workplace).counts["candidates_new"] == 2
    assert [item.status for item in kitchen(workplace)] == [ReviewStatus.SUPERSEDED, ReviewStatus.REJECTED]
    with workplace.sessions() as session:
        assert len({candidate.seed for candidate in candidates(session)}) == 6
        assert verify(session).problems == []


def kitchen(workplace: Workplace) -> list[Message]:
    """The messages about a skillet for the segment that got the first one, the oldest first."""
    with workplace.sessions() as session:
        found = session.scalars(select(Message).where(Message.theme == "kitchen").order_by(Message.id)).all()
    return [message for message in found if message.segment_id == found[0].segment_id]


def text_of(workplace: Workplace, message: Message) -> str:
    with workplace.sessions() as session:
        inside = select(MessageVariant.variant_id).where(MessageVariant.message_id == message.id)
        return session.scalars(select(Variant.text).where(Variant.id.in_(inside))).one()


def write(workplace: Workplace, *texts: str) -> None:
    """As if the model had written this about the skillet; nobody waits for a real one to do so."""
    with workplace.sessions.begin() as session:
        for candidate, text in zip(candidates(session), texts, strict=False):
            candidate.text, candidate.scores = text, {"fluency": -1.0}


def candidates(session: Session) -> list[Candidate]:
    """What the model wrote about the skillet, the oldest first."""
    blocks = set(
        session.scalars(select(BlockVersion.id).where(BlockVersion.block_id == "kitchen-skillet-sms"))
    )
    found = session.scalars(select(Candidate).order_by(Candidate.id))
    return [item for item in found if blocks & set(item.block_version_ids)]


def change_words(workplace: Workplace, number: int) -> None:
    with workplace.sessions.begin() as session:
        seen = Seen(number, session.get_one(Message, number).content_hash)
        words = Edit("sms", "Larkfield: the skillet is in.", [], [], {})
        edit(session, seen, words, by=person(session, "ben"), at=NOW, rules=RULES, reason="shorter")


def take(workplace: Workplace, number: int, action: Action, rules: list[ApprovalRule] = RULES) -> None:
    with workplace.sessions.begin() as session:
        seen = Seen(number, session.get_one(Message, number).content_hash)
        ana = person(session, "ana")
        decide(session, seen, action, by=ana, at=NOW, day=NOW.date(), rules=rules, reason="not our voice")
