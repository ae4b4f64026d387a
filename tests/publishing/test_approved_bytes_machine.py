"""Whatever people do between deliveries, what leaves is, byte for byte, what somebody approved and what still stands approved."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import create_engine, delete, select, update
from sqlalchemy.orm import Session

from content_store.changes import Edit, edit
from content_store.database import Sessions, session_maker
from content_store.decisions import Seen, decide
from content_store.errors import SurmesureError
from content_store.models import (
    Action,
    Base,
    Message,
    MessageVariant,
    Occurrence,
    Publication,
    PublicationStatus,
    Variant,
)
from content_store.recall import recall
from publishing import deliveries as holding
from publishing.writing import write_delivery
from tests.factories import NOW, RULES, person
from tests.publishing.stage import AT, Stage, make_stage, plan, worker

TEXTS = ("Coffee is on.", "Hot and strong.", "Ground today.")
CHANGES = (Action.APPROVE, Action.REJECT, Action.SEND_BACK, Action.REOPEN)

GOOD = [{"gate": "claims", "passed": True, "reason": ""}]


class Publishing(RuleBasedStateMachine):
    """Two messages, of which people edit, approve and refuse the texts while occurrences go out, a customer at a time.

    The model remembers which text was approved under which hash, and which hash stands now.
    """

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        with _sessions()() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
            self.stage: Stage = make_stage(session, self.folder, customers=4)
            session.execute(delete(Occurrence))
            self.text: dict[str, str] = {}
            self.stands: dict[int, str | None] = {}
            for message_id in self.stage.message_ids:
                message = session.get_one(Message, message_id)
                self.text[message.content_hash] = self._text(session, message_id)
                self.stands[message_id] = message.content_hash
            session.commit()
        self.number = self.seen = 0
        self.occurrences: list[Occurrence] = []

    @rule(which=st.integers(0, 1), text=st.sampled_from(TEXTS), approved=st.booleans())
    def somebody_edits(self, which: int, text: str, approved: bool) -> None:
        message_id = self.stage.message_ids[which]
        with _sessions()() as session:
            try:
                edit(
                    session,
                    self._seen(session, message_id),
                    Edit("sms", text, GOOD, [], {}, None),
                    by=person(session, "aut", "author"),
                    at=NOW,
                    rules=RULES,
                    reason="why",
                )
            except SurmesureError:
                session.rollback()
                return
            session.commit()
        self.stands[message_id] = None
        if approved:
            self.somebody_decides(which, Action.APPROVE)

    @rule(which=st.integers(0, 1), action=st.sampled_from(CHANGES))
    def somebody_decides(self, which: int, action: Action) -> None:
        message_id = self.stage.message_ids[which]
        with _sessions()() as session:
            text = self._text(session, message_id)
            try:
                decide(
                    session,
                    seen := self._seen(session, message_id),
                    action,
                    by=person(session, "rita"),
                    at=NOW,
                    day=self._moment().date(),
                    rules=RULES,
                    reason="why",
                )
            except SurmesureError:
                session.rollback()
                return
            session.commit()
        if action is Action.APPROVE:
            self.text[seen.content_hash] = text
            self.stands[message_id] = seen.content_hash
        else:
            self.stands[message_id] = None

    @rule(which=st.integers(0, 1), sure=st.integers(0, 5))
    def somebody_changes_a_text_in_the_database(self, which: int, sure: int) -> None:
        if sure:
            return
        inside = select(MessageVariant.variant_id).where(
            MessageVariant.message_id == self.stage.message_ids[which]
        )
        with _sessions().begin() as session:
            session.execute(
                update(Variant).where(Variant.id.in_(inside)).values(text="Everything is free."),
                execution_options={"synchronize_session": False},
            )

    @rule(sure=st.integers(0, 20))
    def the_block_is_recalled(self, sure: int) -> None:
        if sure:
            return
        with _sessions()() as session:
            try:
                recall(
                    session, self.stage.block_version_id, by=person(session, "rita"), at=NOW, reason="wrong"
                )
            except SurmesureError:
                session.rollback()
                return
            session.commit()
        self.stands = dict.fromkeys(self.stands, None)

    @rule()
    def the_next_occurrence_is_planned(self) -> None:
        self.number += 1
        with _sessions().begin() as session:
            own = Occurrence(
                brief_id=self.stage.brief.id,
                at=AT + self.number * timedelta(days=8),
                purpose="marketing",
                audience={},
                segmentation_id=self.stage.occurrence.segmentation_id,
                destination=str(self.folder),
                form="jsonl",
            )
            session.add(own)
            session.flush()
            plan(session, self.stage._replace(occurrence=own), portion=1)
        self.occurrences.append(own)

    @rule(most=st.integers(1, 3))
    def some_customers_are_written(self, most: int) -> None:
        for _ in range(most):
            for occurrence in self.occurrences:
                with _sessions().begin() as session:
                    held = holding.claim(session, occurrence.id, "one", NOW)
                if held is not None:
                    write_delivery(_sessions(), held, occurrence, worker(self.stage, moment=self._moment()))
                    break
        self._check()

    def _check(self) -> None:
        """Of what was written since the last look."""
        with _sessions()() as session:
            accepted = session.scalars(
                select(Publication)
                .where(Publication.status == PublicationStatus.ACCEPTED, Publication.id > self.seen)
                .order_by(Publication.id)
            ).all()
        sent = {row["publication_id"]: row for row in self._rows()}
        for row in accepted:
            assert row.approved_hash == self.stands[row.message_id], "it does not stand approved"
            assert sent[row.id]["text"] == self.text[row.approved_hash], "other bytes than the approved ones"
            assert sent[row.id]["approved_hash"] == row.approved_hash
            assert sent[row.id]["rendered_hash"] == row.rendered_hash
            self.seen = row.id

    def _rows(self) -> Iterator[dict[str, str | int]]:
        for file in self.folder.glob("*.jsonl"):
            yield from map(json.loads, file.read_text().splitlines())

    def _moment(self) -> datetime:
        return NOW + self.number * timedelta(days=8)

    def _seen(self, session: Session, message_id: int) -> Seen:
        return Seen(message_id, session.get_one(Message, message_id).content_hash)

    def _text(self, session: Session, message_id: int) -> str:
        inside = select(MessageVariant.variant_id).where(MessageVariant.message_id == message_id)
        return session.scalars(select(Variant.text).where(Variant.id.in_(inside))).one()


_quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much]


class TestPublishing(Publishing.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(max_examples=10, stateful_step_count=30, deadline=None, suppress_health_check=_quiet)


@pytest.mark.slow
class TestTenThousandSteps(Publishing.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(
        max_examples=100, stateful_step_count=100, deadline=None, suppress_health_check=_quiet
    )


@cache
def _sessions() -> Sessions:
    """One database in memory, emptied before each example."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    return session_maker(engine)
