"""Whatever people do in whatever order, nothing becomes publishable whose bytes were not approved under the rules."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session

from content_store import chain
from content_store.brand_folder.brand import ApprovalRule
from content_store.changes import Edit, edit, swap
from content_store.database import Sessions, session_maker
from content_store.decisions import Seen, decide
from content_store.errors import SurmesureError
from content_store.lapses import lapse
from content_store.library import change_status
from content_store.message_hash import stored_message_hash
from content_store.models import (
    Action,
    Base,
    BlockStatus,
    BlockVersion,
    Message,
    MessageVariant,
    ReviewStatus,
    Run,
    Variant,
)
from content_store.publishable import why_not_publishable
from content_store.recall import recall
from tests.factories import NOW, make_block_version, make_message, make_variant, person

RULES = [ApprovalRule(roles=["reviewer"]), ApprovalRule(theme="offers", roles=["legal"])]
SLOTS = ("subject", "opening")
TEXTS = ("Coffee is on.", "Hot and strong.", "Ground today.", "Everything is free.")
#: name -> roles
PEOPLE = {
    "ana": ["reviewer"],
    "ben": ["reviewer"],
    "lea": ["legal"],
    "max": ["legal", "reviewer"],
    "aut": ["author"],
    "vic": ["viewer"],
}
DECISIONS = (Action.APPROVE, Action.REJECT, Action.SEND_BACK, Action.REOPEN)

Content = tuple[tuple[str, ...], tuple[int, ...]]


class Decisions(RuleBasedStateMachine):
    """One message with two slots on one block, which is an offer; a second block stands beside it.

    The model remembers only which roles approved which content since it last was up for decision, which refused it, and
    who wrote what.
    """

    @initialize(valid_days=st.integers(0, 6))
    def write_the_message(self, valid_days: int) -> None:
        with _session() as session, session.begin():
            for name, roles in PEOPLE.items():
                person(session, name, *roles)
            self.last_day = NOW.date() + timedelta(days=valid_days)
            block = make_block_version(session, themes=["offers"], valid_until=self.last_day)
            other = make_block_version(session, themes=["offers"])
            message = make_message(
                session, slots=dict.fromkeys(SLOTS, TEXTS[0]), block_version_ids=[block.id]
            )
            run = session.get_one(Run, message.run_id)
            for slot in SLOTS:
                for text in TEXTS[1:3]:
                    make_variant(
                        session,
                        run,
                        segment_id=message.segment_id,
                        slot=slot,
                        text=text,
                        block_version_ids=[other.id],
                    )
            self.message_id, self.seen = message.id, message.content_hash
            self.blocks = [block.id, other.id]
        self.day: date = NOW.date()
        self.roles_for: dict[Content, set[str]] = {}
        self.refused_as: dict[Content, list[set[str]]] = {}
        self.writers: dict[tuple[str, str], str] = {}
        self.withdrawn: set[int] = set()
        self.superseded: set[int] = set()
        self.tampered = False

    @rule(name=st.sampled_from(["ana", "lea", "max"]))
    def somebody_who_may_approves(self, name: str) -> None:
        self._decide(name, Action.APPROVE)

    @rule(name=st.sampled_from(sorted(PEOPLE)), action=st.sampled_from(DECISIONS))
    def somebody_decides(self, name: str, action: Action) -> None:
        self._decide(name, action)

    @rule()
    def it_is_taken_up_again(self) -> None:
        self._decide("ben", Action.REOPEN)

    def _decide(self, name: str, action: Action) -> None:
        with _session() as session:
            content = self._content(session)
            try:
                decide(
                    session,
                    Seen(self.message_id, self.seen),
                    action,
                    by=person(session, name),
                    at=NOW,
                    day=self.day,
                    rules=RULES,
                    reason="why",
                )
            except SurmesureError:
                session.rollback()
                return
            session.commit()
        mine = set(PEOPLE[name]) & {"reviewer", "legal"}
        assert mine
        standing = [theirs for theirs in self.refused_as.get(content, []) if not theirs & mine]
        if action in (Action.REJECT, Action.SEND_BACK):
            standing.append(mine)
        elif standing:
            raise AssertionError(f"{name} passed a refusal as {standing}")
        self.refused_as[content] = standing
        if action is Action.APPROVE:
            assert name not in [
                self.writers.get((slot, text)) for slot, text in zip(SLOTS, content[0], strict=True)
            ]
            self.roles_for.setdefault(content, set()).update(PEOPLE[name])
        else:
            self.roles_for.clear()

    @rule(name=st.sampled_from(sorted(PEOPLE)), action=st.sampled_from(DECISIONS))
    def somebody_decides_about_something_else(self, name: str, action: Action) -> None:
        with _session() as session, pytest.raises(SurmesureError):
            decide(
                session,
                Seen(self.message_id, "0" * 64),
                action,
                by=person(session, name),
                at=NOW,
                day=self.day,
                rules=RULES,
                reason="why",
            )

    @rule(slot=st.sampled_from(SLOTS), text=st.sampled_from(TEXTS))
    def somebody_edits_and_approves(self, slot: str, text: str) -> None:
        self.somebody_edits("max", slot, text, False, None)
        self._decide("max", Action.APPROVE)

    @rule(
        name=st.sampled_from(sorted(PEOPLE)),
        slot=st.sampled_from(SLOTS),
        text=st.sampled_from(TEXTS),
        refused=st.booleans(),
        reason=st.sampled_from([None, "it is so"]),
    )
    def somebody_edits(self, name: str, slot: str, text: str, refused: bool, reason: str | None) -> None:
        verdicts = [{"gate": "claims", "passed": not refused, "reason": ""}]
        with _session() as session:
            known = session.scalars(
                select(Variant.id).where(Variant.slot == slot, Variant.text == text, self._in_place(session))
            ).all()
            try:
                edit(
                    session,
                    Seen(self.message_id, self.seen),
                    Edit(slot, text, verdicts, [], {}, reason),
                    by=person(session, name),
                    at=NOW,
                    rules=RULES,
                    reason="why",
                )
            except SurmesureError:
                session.rollback()
                return
            session.commit()
            self.seen = session.get_one(Message, self.message_id).content_hash
        assert name != "vic"
        assert not refused or reason
        if not known:
            self.writers[slot, text] = name
        self.roles_for.clear()

    @rule(name=st.sampled_from(sorted(PEOPLE)), slot=st.sampled_from(SLOTS), number=st.integers(0, 5))
    def somebody_swaps(self, name: str, slot: str, number: int) -> None:
        self._swap(name, slot, number)

    @rule(slot=st.sampled_from(SLOTS), number=st.integers(0, 2))
    def a_text_is_swapped_after_an_approval_and_back(self, slot: str, number: int) -> None:
        self._decide("ana", Action.APPROVE)
        with _session() as session:
            before = self._content(session)[0][SLOTS.index(slot)]
        self._swap("aut", slot, number)
        self._swap("aut", slot, before)
        self._decide("lea", Action.APPROVE)

    def _swap(self, name: str, slot: str, wanted: int | str) -> None:
        with _session() as session:
            choice = session.scalars(
                select(Variant).where(Variant.slot == slot, self._in_place(session)).order_by(Variant.id)
            ).all()
            try:
                swap(
                    session,
                    Seen(self.message_id, self.seen),
                    next(item for item in choice if item.text == wanted)
                    if isinstance(wanted, str)
                    else choice[wanted % len(choice)],
                    by=person(session, name),
                    at=NOW,
                    rules=RULES,
                    reason="why",
                )
            except SurmesureError:
                session.rollback()
                return
            session.commit()
            self.seen = session.get_one(Message, self.message_id).content_hash
        self.roles_for.clear()

    @rule()
    def a_day_goes_by(self) -> None:
        self.day += timedelta(days=1)

    @rule()
    def the_hourly_look_finds_lapsed_approvals(self) -> None:
        with _session() as session:
            if lapse(session, at=NOW, day=self.day, rules=RULES):
                self.roles_for.clear()
            session.commit()

    @precondition(lambda self: not self.withdrawn)
    @rule(name=st.sampled_from(sorted(PEOPLE)), which=st.integers(0, 1), sure=st.integers(0, 15))
    def somebody_recalls_a_block(self, name: str, which: int, sure: int) -> None:
        # A recall ends nearly everything, so it is rare.
        if sure:
            return
        with _session() as session:
            try:
                recall(session, self.blocks[which], by=person(session, name), at=NOW, reason="wrong")
            except SurmesureError:
                session.rollback()
                return
            session.commit()
        assert name not in ("vic", "aut")
        self.withdrawn.add(self.blocks[which])

    @rule(which=st.integers(0, 1), back=st.booleans())
    def a_block_is_replaced_or_comes_back(self, which: int, back: bool) -> None:
        with _session() as session:
            try:
                change_status(
                    session, self.blocks[which], BlockStatus.APPROVED if back else BlockStatus.SUPERSEDED
                )
            except SurmesureError:
                session.rollback()
                return
            session.commit()
        (self.superseded.discard if back else self.superseded.add)(self.blocks[which])

    @precondition(lambda self: not self.tampered)
    @rule(slot=st.sampled_from(SLOTS), sure=st.integers(0, 3))
    def somebody_changes_a_text_in_the_database(self, slot: str, sure: int) -> None:
        if sure:
            return
        inside = select(MessageVariant.variant_id).where(
            MessageVariant.message_id == self.message_id, MessageVariant.slot == slot
        )
        with _session() as session, session.begin():
            session.execute(
                update(Variant).where(Variant.id.in_(inside)).values(text="Tampered."),
                execution_options={"synchronize_session": False},
            )
        self.tampered = True
        self._decide("max", Action.APPROVE)

    @invariant()
    def what_is_publishable_was_approved_under_the_rules(self) -> None:
        with _session() as session:
            message = session.get_one(Message, self.message_id)
            if message.status is not ReviewStatus.APPROVED:
                assert message.approved_hash is None
            if why_not_publishable(session, message, self.day) is not None:
                return
            content = self._content(session)
            assert stored_message_hash(session, message) == message.approved_hash == message.content_hash
            assert {"reviewer", "legal"} <= self.roles_for.get(content, set())
            for version_id in content[1]:
                version = session.get_one(BlockVersion, version_id)
                assert version.valid_on(self.day)
                assert version_id not in self.withdrawn | self.superseded

    def teardown(self) -> None:
        with _session() as session:
            assert chain.verify(session).problems == []

    def _content(self, session: Session) -> Content:
        rows = session.execute(
            select(Variant.text, Variant.block_version_ids)
            .join(MessageVariant, MessageVariant.variant_id == Variant.id)
            .where(MessageVariant.message_id == self.message_id)
            .order_by(MessageVariant.position)
        ).all()
        return tuple(row[0] for row in rows), tuple(sorted({version for row in rows for version in row[1]}))

    def _in_place(self, session: Session):  # type: ignore[no-untyped-def]
        message = session.get_one(Message, self.message_id)
        return (Variant.brief_id == message.brief_id) & (Variant.segment_id == message.segment_id)


_quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much]


class TestDecisions(Decisions.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=_quiet)


@pytest.mark.slow
class TestTenThousandSteps(Decisions.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(
        max_examples=100, stateful_step_count=100, deadline=None, suppress_health_check=_quiet
    )


def _session() -> Session:
    return _sessions()()


@cache
def _sessions() -> Sessions:
    """One database in memory for all examples; each has its own message."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    return session_maker(engine)
