"""Whatever people do in whatever order, an approved message is the one that was approved."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session

from content_store.database import Sessions, session_maker
from content_store.decisions import decide, stored_message_hash, swap
from content_store.errors import StaleState
from content_store.models import (
    REVIEW_CHANGES,
    Action,
    Base,
    Decision,
    Message,
    MessageVariant,
    ReviewStatus,
    Run,
    Variant,
)
from tests.factories import NOW, make_message, make_variant

SLOTS = ("subject", "opening")
#: In each slot these are there to choose from, and an edit behind the back writes one of the last two.
TEXTS = ("Coffee is on.", "Hot and strong.", "Ground today.", "Everything is free.")


class Decisions(RuleBasedStateMachine):
    """One message with two slots. `texts` is what its slots hold, `hashed` what they held when its hash was made."""

    @initialize()
    def write_the_message(self) -> None:
        with _session() as session, session.begin():
            message = make_message(session, slots=dict.fromkeys(SLOTS, TEXTS[0]))
            run = session.get_one(Run, message.run_id)
            first = session.scalars(
                select(MessageVariant.variant_id)
                .where(MessageVariant.message_id == message.id)
                .order_by(MessageVariant.position)
            )
            self.variants = {slot: [variant] for slot, variant in zip(SLOTS, first, strict=True)}
            for slot, text in ((slot, text) for slot in SLOTS for text in TEXTS[1:3]):
                variant = make_variant(session, run, segment_id=message.segment_id, slot=slot, text=text)
                self.variants[slot].append(variant.id)
            self.message_id = message.id
            self.seen = message.content_hash
        self.status = ReviewStatus.PENDING
        self.chosen = dict.fromkeys(SLOTS, 0)
        self.written = {(slot, number): TEXTS[number] for slot in SLOTS for number in range(3)}
        self.hashed = self.texts
        self.decisions = 0

    @property
    def texts(self) -> list[str]:
        return [self.written[slot, self.chosen[slot]] for slot in SLOTS]

    @rule(action=st.sampled_from([Action.APPROVE, Action.REJECT, Action.SEND_BACK, Action.REOPEN]))
    def decide_as_seen(self, action: Action) -> None:
        allowed, after = REVIEW_CHANGES[action]
        sound = self.texts == self.hashed or action is not Action.APPROVE
        with _session() as session:
            if self.status in allowed and sound:
                decide(session, self.message_id, action, seen_hash=self.seen, by="ana", at=NOW, reason="why")
                session.commit()
                self.status = after
                self.decisions += 1
            else:
                with pytest.raises(StaleState):
                    decide(
                        session, self.message_id, action, seen_hash=self.seen, by="ana", at=NOW, reason="why"
                    )

    @rule(action=st.sampled_from([Action.APPROVE, Action.REJECT, Action.REOPEN]))
    def decide_about_something_else(self, action: Action) -> None:
        with _session() as session, pytest.raises(StaleState):
            decide(session, self.message_id, action, seen_hash="0" * 64, by="ben", at=NOW, reason="why")

    @rule(slot=st.sampled_from(SLOTS), number=st.integers(0, 2), late=st.booleans())
    def swap_a_text(self, slot: str, number: int, late: bool) -> None:
        with _session() as session:
            variant = session.get_one(Variant, self.variants[slot][number])
            seen = "0" * 64 if late else self.seen
            if late or self.status not in REVIEW_CHANGES[Action.SWAP][0]:
                with pytest.raises(StaleState):
                    swap(session, self.message_id, variant, seen_hash=seen, by="ben", at=NOW)
                session.commit()
            else:
                swap(session, self.message_id, variant, seen_hash=seen, by="ben", at=NOW)
                session.commit()
                self.chosen[slot] = number
                self.status = ReviewStatus.EDITED
                self.hashed = self.texts
                self.decisions += 1
                self.seen = session.get_one(Message, self.message_id).content_hash

    @precondition(lambda self: self.status is not ReviewStatus.APPROVED)
    @rule(slot=st.sampled_from(SLOTS), number=st.integers(0, 2), text=st.sampled_from(TEXTS[2:]))
    def edit_behind_the_back(self, slot: str, number: int, text: str) -> None:
        with _session() as session, session.begin():
            session.execute(
                update(Variant).where(Variant.id == self.variants[slot][number]).values(text=text)
            )
        self.written[slot, number] = text

    @invariant()
    def what_is_approved_is_what_stands(self) -> None:
        with _session() as session:
            message = session.get_one(Message, self.message_id)
            standing = stored_message_hash(session, message)
            assert message.status is self.status
            if message.status is ReviewStatus.APPROVED:
                assert message.approved_hash == message.content_hash == standing
            else:
                assert message.approved_hash is None
            assert (standing == message.content_hash) is (self.texts == self.hashed)
            found = session.scalars(select(Decision).where(Decision.message_id == self.message_id)).all()
            assert len(found) == self.decisions


Decisions.TestCase.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestDecisions = Decisions.TestCase


def _session() -> Session:
    return _sessions()()


@cache
def _sessions() -> Sessions:
    """One database in memory for all examples; each has its own message."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    return session_maker(engine)
