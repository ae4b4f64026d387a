"""What nobody knows is settled by a person's word, which is kept, and by no one else's meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from content_store.database import Sessions
from content_store.models import Delivery, Occurrence, Publication, PublicationStatus
from content_store.sending_settings import SmtpSettings
from content_store.withdrawals import withdraw
from publishing.answers import Answer
from publishing.channels import smtp
from publishing.deliveries import LEASE
from publishing.delivering import deliver
from publishing.mailing import mail_delivery
from publishing.resolving import Word, doubts, resolve
from tests.factories import NOW
from tests.publishing.channels.mail_server import mail_server
from tests.publishing.stage import Stage, planned, unseen, worker

ACCEPTED, UNKNOWN = PublicationStatus.ACCEPTED, PublicationStatus.UNKNOWN
LATER = datetime(2026, 3, 3, 8, 15, tzinfo=UTC)


@pytest.fixture
def stage(sessions: Sessions, tmp_path: Path) -> Stage:
    """Five mails, of which the first two have lost their answers; the delivery of both is done."""
    stage = planned(sessions, tmp_path, channel="email")
    with mail_server() as (server, settings):
        server.drops |= {"c01@example.com", "c02@example.com"}
        for hours in range(3):
            _mail(sessions, stage, settings, NOW + hours * LEASE)
    with sessions.begin() as session:
        session.get_one(Occurrence, stage.occurrence.id).finished_at = NOW
    return stage


@pytest.mark.usefixtures("stage")
def test_doubts_name_the_customer_and_the_domain_but_no_address(sessions: Sessions) -> None:
    with sessions() as session:
        found = list(doubts(session))
        assert [(item.customer_id, item.channel, item.domain) for item in found] == [
            ("c01", "email", "example.com"),
            ("c02", "email", "example.com"),
        ]
        assert all("connection was lost before the answer" in (item.reason or "") for item in found)
        assert list(doubts(session, "another-brief")) == []


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        (Word.SENT, ACCEPTED, "it was sent, says ana, 2026-03-03 08:15 UTC"),
        (Word.NOT_SENT, PublicationStatus.REJECTED, "it was not sent, says ana, 2026-03-03 08:15 UTC"),
    ],
)
def test_a_person_s_word_is_kept_with_who_and_when(
    sessions: Sessions, word: Word, status: PublicationStatus, reason: str
) -> None:
    (first, _) = _unknown(sessions)
    assert _resolve(sessions, [first], word) == {first}
    assert _row(sessions, "c01") == (status, reason)
    assert _row(sessions, "c02")[0] is UNKNOWN
    assert _resolve(sessions, [first], Word.SEND) == set(), "it is settled, and stays so"
    assert _row(sessions, "c01") == (status, reason)


def test_what_shall_be_sent_after_all_is_looked_at_again_and_goes_out_once(
    sessions: Sessions, stage: Stage
) -> None:
    assert len(_resolve(sessions, _unknown(sessions), Word.SEND)) == 2
    with sessions.begin() as session:
        assert session.get_one(Occurrence, stage.occurrence.id).finished_at is None
        withdraw(session, "c01", "marketing", "email", at=NOW, proof="said so")
    with mail_server() as (server, settings):
        for _ in range(2):
            _mail(sessions, stage, settings, NOW)
        assert server.addresses() == ["c02@example.com"]
    assert _row(sessions, "c01") == (PublicationStatus.SUPPRESSED, "no consent for marketing by email")
    assert _row(sessions, "c02") == (ACCEPTED, None)


def test_whose_answer_is_unknown_counts_for_the_cap_until_a_person_says_it_was_not_sent(
    sessions: Sessions, stage: Stage
) -> None:
    (first, second) = _unknown(sessions)
    _resolve(sessions, [second], Word.NOT_SENT)
    with sessions.begin() as session:
        # Another brief's rows for the same two, on the same day.
        rows = select(Publication).where(Publication.id.in_((first, second)))
        own = session.scalars(rows.order_by(Publication.id)).all()
        session.execute(
            update(Publication).where(Publication.id.in_((first, second))).values(delivery_id=None)
        )
        delivery_id = session.scalars(
            select(Publication.delivery_id).where(Publication.id == first + 2)
        ).one()
        session.add_all(
            Publication(
                brief_id=row.brief_id,
                occurrence=row.occurrence,
                customer_id=row.customer_id,
                channel="email",
                message_id=row.message_id,
                approved_hash=row.approved_hash,
                status=PublicationStatus.PLANNED,
                propensity=0.5,
                planned_at=NOW,
                step=1,
                delivery_id=delivery_id,
            )
            for row in own
        )
    _reopened(sessions, stage)
    with mail_server() as (server, settings):
        _mail(sessions, stage, settings, NOW)
        assert server.addresses() == ["c02@example.com"]


def test_a_worker_s_late_answer_does_not_overwrite_a_person_s_word(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = planned(sessions, tmp_path, customers=1, channel="email")
    send = smtp.send
    with mail_server() as (_, settings):

        def asleep(*given: object) -> Answer:
            # Another worker takes it for dead, and a person settles what it left, before the server's answer.
            monkeypatch.setattr(smtp, "send", send)
            _mail(sessions, stage, settings, NOW + LEASE)
            assert len(_resolve(sessions, _unknown(sessions), Word.NOT_SENT)) == 1
            return send(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(smtp, "send", asleep)
        _mail(sessions, stage, settings, NOW)
    assert _row(sessions, "c01")[0] is PublicationStatus.REJECTED


def _mail(sessions: Sessions, stage: Stage, settings: SmtpSettings, now: datetime) -> None:
    with mail_delivery(settings) as hand_over:
        deliver(sessions, stage.occurrence, worker(stage, now=now), hand_over, unseen)


def _resolve(sessions: Sessions, ids: list[int], word: Word) -> set[int]:
    with sessions.begin() as session:
        return resolve(session, ids, word, by="ana", at=LATER)


def _unknown(sessions: Sessions) -> list[int]:
    with sessions() as session:
        return [item.publication_id for item in doubts(session)]


def _row(sessions: Sessions, customer_id: str) -> tuple[PublicationStatus, str | None]:
    with sessions() as session:
        row = session.scalars(select(Publication).where(Publication.customer_id == customer_id)).one()
        return row.status, row.reason


def _reopened(sessions: Sessions, stage: Stage) -> None:
    with sessions.begin() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.occurrence_id == stage.occurrence.id)
            .values(done_at=None, until=None)
        )
