"""A report is believed when it names a mail of ours, and taken once: nobody silences a customer who is not theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from content_store.database import Sessions
from content_store.models import (
    Customer,
    InboxItem,
    Publication,
    PublicationStatus,
    Suppression,
    SuppressionReason,
)
from content_store.suppressions import of_address, of_customer
from publishing.bounce_intake import Taken, take
from publishing.bounces import Kind, NoReport
from tests.factories import NOW
from tests.publishing.returned_mails import EXIM, STAMP, bounce, complaint, ours
from tests.publishing.stage import SUPPRESSION_KEY, planned

ACCEPTED, UNKNOWN = PublicationStatus.ACCEPTED, PublicationStatus.UNKNOWN
ADDRESS = of_address(SUPPRESSION_KEY, "c01@example.com")


def test_an_address_that_is_none_is_not_written_again_and_the_report_is_taken_once(
    sessions: Sessions, tmp_path: Path
) -> None:
    number = _sent(sessions, tmp_path)
    raw = bounce(ours(number))
    assert _take(sessions, raw) == Taken(Kind.FAILED, listed=True)
    assert _take(sessions, raw) == Taken(Kind.FAILED, again=True)
    with sessions() as session:
        (item,) = session.scalars(select(InboxItem))
        assert (item.kind, item.body, item.publication_id) == (
            "dsn",
            {"outcome": "failed", "code": "5.1.1"},
            number,
        )
        (found,) = session.scalars(select(Suppression))
        assert (found.key_hash, found.channel, found.reason) == (ADDRESS, "email", SuppressionReason.BOUNCED)
        assert found.proof == f"a mail that came back of publication {number}"
        assert session.get_one(Publication, number).status is ACCEPTED


@pytest.mark.parametrize(
    "given",
    [
        {"status": "5.2.2", "diagnostic": "552 5.2.2 mailbox full"},
        {"status": "4.4.1"},
        {"status": "5.7.1", "diagnostic": "550 5.7.1 not wanted"},
        {"status": "5.1.1", "action": "delayed"},
        {"status": "5.0.0", "form": EXIM, "diagnostic": "550 no such user"},
    ],
)
def test_what_may_change_stops_nothing(sessions: Sessions, tmp_path: Path, given: dict[str, str]) -> None:
    number = _sent(sessions, tmp_path)
    assert not _take(sessions, bounce(ours(number), **given)).listed
    assert _listed(sessions) == {}


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        (bounce(ours(), status="5.2.2"), PublicationStatus.REJECTED, "it came back: 5.2.2"),
        (bounce(ours(), action="delivered", status="2.1.5"), ACCEPTED, None),
        (complaint(ours()), ACCEPTED, None),
        (bounce(ours(), action="delayed", status="4.4.1"), UNKNOWN, "the answer was lost"),
    ],
)
@pytest.mark.parametrize("before", [UNKNOWN, PublicationStatus.INTENT])
def test_a_report_answers_what_was_unknown(
    sessions: Sessions,
    tmp_path: Path,
    raw: bytes,
    status: PublicationStatus,
    reason: str | None,
    before: PublicationStatus,
) -> None:
    number = _sent(sessions, tmp_path, before, "the answer was lost")
    taken = _take(sessions, raw.replace(b"<7.", f"<{number}.".encode()))
    assert taken.resolved == (status is not UNKNOWN)
    with sessions() as session:
        row = session.get_one(Publication, number)
        assert (row.status, row.reason) == (status if taken.resolved else before, reason)
        assert (row.sent_at is None) == (row.status is not ACCEPTED)


def test_who_complained_is_not_written_again_even_when_the_address_was_removed(
    sessions: Sessions, tmp_path: Path
) -> None:
    number = _sent(sessions, tmp_path)
    assert _take(sessions, complaint(ours(number, to="redacted"))) == Taken(Kind.COMPLAINED, listed=True)
    assert _listed(sessions) == {
        ADDRESS: SuppressionReason.COMPLAINED,
        of_customer(SUPPRESSION_KEY, "c01"): SuppressionReason.COMPLAINED,
    }


@pytest.mark.parametrize(
    "change", [{"rendered_hash": "f" * 64}, {"rendered_hash": None}, {"channel": "sms"}, {"id": 900_000}]
)
def test_who_does_not_know_the_name_of_the_mail_silences_nobody(
    sessions: Sessions, tmp_path: Path, change: dict[str, str | int | None]
) -> None:
    number = _sent(sessions, tmp_path)
    with sessions.begin() as session:
        session.execute(update(Publication).where(Publication.id == number).values(**change))
    for raw in (bounce(ours(number)), complaint(ours(number))):
        with pytest.raises(NoReport, match="it names no mail of ours"):
            _take(sessions, raw)
    with sessions() as session:
        assert session.scalars(select(InboxItem)).all() == []


def test_a_customer_who_has_another_address_by_now_is_written_there(
    sessions: Sessions, tmp_path: Path
) -> None:
    number = _sent(sessions, tmp_path)
    # Whoever got the mail may quote it with another's address in it.
    assert not _take(sessions, bounce(ours(number, to="victim@example.com"))).listed
    with sessions.begin() as session:
        session.get_one(Customer, "c01").email = "new@example.com"
    assert not _take(sessions, bounce(ours(number))).listed
    assert _listed(sessions) == {}


def test_a_report_on_somebody_who_was_erased_is_taken(sessions: Sessions, tmp_path: Path) -> None:
    number = _sent(sessions, tmp_path)
    with sessions.begin() as session:
        session.execute(delete(Customer).where(Customer.id == "c01"))
    assert not _take(sessions, bounce(ours(number))).listed
    assert _take(sessions, complaint(ours(number))).listed
    assert set(_listed(sessions)) == {of_customer(SUPPRESSION_KEY, "c01")}


def _sent(
    sessions: Sessions, folder: Path, status: PublicationStatus = ACCEPTED, reason: str | None = None
) -> int:
    """The id of a mail that went out to c01."""
    planned(sessions, folder, customers=1, channel="email")
    with sessions.begin() as session:
        (row,) = session.scalars(select(Publication))
        row.status, row.reason, row.rendered_hash = status, reason, STAMP + "0" * 40
        row.sent_at = NOW if status is ACCEPTED else None
    return row.id


def _take(sessions: Sessions, raw: bytes) -> Taken:
    with sessions.begin() as session:
        return take(session, raw, SUPPRESSION_KEY, NOW)


def _listed(sessions: Sessions) -> dict[str, SuppressionReason]:
    with sessions() as session:
        return {row.key_hash: row.reason for row in session.scalars(select(Suppression))}
