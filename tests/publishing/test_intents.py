"""Right before sending everything is asked again, and what changed since the plan stops the publication."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from content_store.brand_folder.brand import Channel, SlotLimit
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.models import (
    Action,
    BlockVersion,
    Customer,
    Message,
    Publication,
    PublicationStatus,
    SuppressionReason,
    Variant,
)
from content_store.recall import recall
from content_store.suppressions import EVERY_CHANNEL, of_address, of_customer, suppress
from content_store.withdrawals import withdraw
from publishing.intents import Outgoing, commit_intents
from tests.factories import NOW, RULES, make_publication, person
from tests.publishing.stage import BRAND, SUPPRESSION_KEY, Stage, deliveries, planned, worker

Change = Callable[[Session, Stage], None]


def _withdraw(session: Session, _: Stage) -> None:
    withdraw(session, "c01", "marketing", "sms", at=NOW, proof="a test")


def _erase(session: Session, _: Stage) -> None:
    session.execute(delete(Customer).where(Customer.id == "c01"))


def _lose_the_phone(session: Session, _: Stage) -> None:
    session.get_one(Customer, "c01").phone = None


def _recall(session: Session, stage: Stage) -> None:
    recall(session, stage.block_version_id, by=person(session, "rita"), at=NOW, reason="wrong price")


def _expire(session: Session, stage: Stage) -> None:
    session.get_one(BlockVersion, stage.block_version_id).valid_until = date(2026, 3, 1)


def _tamper(session: Session, _: Stage) -> None:
    session.execute(update(Variant).values(text="Coffee is free."))


def _reopen(session: Session, stage: Stage) -> None:
    for message_id in stage.message_ids:
        seen = Seen(message_id, session.get_one(Message, message_id).content_hash)
        by = person(session, "rita")
        decide(session, seen, Action.REOPEN, by=by, at=NOW, day=NOW.date(), rules=RULES, reason="no")


def _approve_other_bytes(session: Session, _: Stage) -> None:
    session.execute(update(Publication).values(approved_hash="0" * 64))


def _got_another(session: Session, stage: Stage) -> None:
    message = session.get_one(Message, stage.message_ids[0])
    sent = {"customer_id": "c01", "status": PublicationStatus.ACCEPTED}
    make_publication(session, message, occurrence=stage.occurrence.at - timedelta(days=6), **sent)


def _bounce(session: Session, _: Stage) -> None:
    reason, phone = SuppressionReason.BOUNCED, "+1 (555) 010-01"
    suppress(session, of_address(SUPPRESSION_KEY, phone), "sms", reason, at=NOW, proof="a test")
    # Of another channel, so it stops nothing here.
    suppress(session, of_address(SUPPRESSION_KEY, phone), "email", reason, at=NOW, proof="a test")


def _forget(session: Session, _: Stage) -> None:
    key_hash, reason = of_customer(SUPPRESSION_KEY, "c01"), SuppressionReason.ERASED
    for _twice in range(2):
        suppress(session, key_hash, EVERY_CHANNEL, reason, at=NOW, proof="a test")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_bounce, "the address bounced"),
        (_forget, "the customer was erased"),
        (_withdraw, "no consent for marketing by sms"),
        (_erase, "the customer is not there any more"),
        (_lose_the_phone, "no phone is known"),
        (_got_another, "the cap of 1 in 7 days is reached"),
        (_recall, "is recalled"),
        (_expire, "stands on"),
        (_tamper, "is not what was approved"),
        (_reopen, "is pending"),
        (_approve_other_bytes, "was changed after this was planned"),
    ],
)
def test_what_changed_after_the_plan_stops_the_publication_and_says_why(
    sessions: Sessions, tmp_path: Path, change: Change, reason: str
) -> None:
    stage = planned(sessions, tmp_path, customers=1)
    with sessions.begin() as session:
        change(session, stage)
    with sessions.begin() as session:
        assert _intend(session, stage) == []
        (row,) = session.scalars(select(Publication).where(Publication.delivery_id.is_not(None)))
        assert row.status is PublicationStatus.SUPPRESSED
        assert row.reason is not None
        assert reason in row.reason


def test_an_address_that_two_share_is_closed_for_both(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=2)
    with sessions.begin() as session:
        session.get_one(Customer, "c02").phone = "+155501001"
        _bounce(session, stage)
    with sessions.begin() as session:
        assert _intend(session, stage) == []
        assert session.scalars(select(Publication.reason)).all() == ["the address bounced"] * 2


def test_nothing_of_a_brief_goes_out_after_its_last_day(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=1, valid_until=date(2026, 3, 2))
    late = NOW + timedelta(days=1)
    with sessions.begin() as session:
        (delivery,) = deliveries(session)
        assert commit_intents(session, delivery, worker(stage, moment=late)) == []
        (row,) = session.scalars(select(Publication))
        assert (row.status, row.reason) == (
            PublicationStatus.SUPPRESSED,
            "the brief was valid until 2026-03-02",
        )


def test_an_intent_holds_what_was_filled_in_and_the_hash_of_the_bytes(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path)
    with sessions.begin() as session:
        found = _intend(session, stage)
        assert [item.publication.customer_id for item in found] == ["c01", "c02"]
        assert [item.address for item in found] == ["+155501001", "+155501002"]
    with sessions() as session:
        rows = {row.id: row for row in session.scalars(select(Publication))}
        for item in found:
            row = rows[item.publication.id]
            assert row.status is PublicationStatus.INTENT
            assert (row.rendered_hash, row.filled_in) == (item.rendered.rendered_hash, {})


def test_an_older_message_than_the_cap_looks_back_to_stops_nothing(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, customers=1)
    with sessions.begin() as session:
        message = session.get_one(Message, stage.message_ids[0])
        sent = {"customer_id": "c01", "status": PublicationStatus.ACCEPTED}
        make_publication(session, message, occurrence=stage.occurrence.at - timedelta(days=7), **sent)
        assert len(_intend(session, stage)) == 1


def test_what_a_site_showed_counts_in_no_cap_of_what_is_sent(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=1)
    onsite = Channel(slots={"banner": SlotLimit(max_chars=90)}, on_request=True)
    brand = BRAND.model_copy(update={"channels": {**BRAND.channels, "onsite": onsite}})
    with sessions.begin() as session:
        message = session.get_one(Message, stage.message_ids[0])
        shown = {"customer_id": "c01", "status": PublicationStatus.ACCEPTED, "channel": "onsite"}
        make_publication(session, message, occurrence=stage.occurrence.at, **shown)
        (delivery,) = deliveries(session)
        assert len(commit_intents(session, delivery, worker(stage, brand=brand))) == 1


def test_a_withdrawal_that_commits_while_the_intent_waits_for_it_wins(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, customers=1)
    sent: list[int] = []

    def publish() -> None:
        with sessions.begin() as session:
            sent.append(len(_intend(session, stage)))

    publisher = Thread(target=publish)
    with sessions.begin() as session:
        _withdraw(session, stage)
        session.flush()
        publisher.start()
        _wait_until_somebody_waits(session)
    publisher.join()
    assert sent == [0]


def _wait_until_somebody_waits(session: Session) -> None:
    # SQLite has one writer, so there the publisher waits before it has read anything.
    if session.get_bind().dialect.name == "postgresql":
        while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            pass


def _intend(session: Session, stage: Stage) -> list[Outgoing]:
    (first, *_) = deliveries(session)
    return commit_intents(session, first, worker(stage))
