"""Mails of a delivery: each answer stands in the ledger, and no mail goes out twice, whatever happens to the worker."""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from signal import SIGKILL
from smtplib import SMTP

import pytest
from sqlalchemy import select

from content_store.database import Sessions, open_database, session_maker
from content_store.errors import StaleState, WorkFailed
from content_store.models import (
    Customer,
    Delivery,
    Publication,
    PublicationStatus,
    Suppression,
    SuppressionReason,
)
from content_store.sending_settings import SmtpSettings
from content_store.suppressions import of_address
from publishing.answers import Answer
from publishing.channels import smtp
from publishing.channels.smtp_connection import connected
from publishing.deliveries import LATER, LEASE, claim
from publishing.delivering import deliver
from publishing.domain_limits import DomainLimits
from publishing.intents import commit_intents
from publishing.mail_chunks import mail_chunk
from publishing.mailing import mail_delivery
from tests.factories import NOW
from tests.publishing.channels.mail_server import mail_server
from tests.publishing.stage import NIGHT, SUPPRESSION_KEY, Stage, deliveries, planned, unseen, worker

PLANNED, ACCEPTED = PublicationStatus.PLANNED, PublicationStatus.ACCEPTED
REJECTED, UNKNOWN = PublicationStatus.REJECTED, PublicationStatus.UNKNOWN


def test_each_answer_stands_in_the_ledger_with_the_server_s_words(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, channel="email")
    with mail_server() as (server, settings):
        server.to["c01@example.com"] = "550 5.1.1 no such user"
        server.text["c02@example.com"] = "451 4.7.1 come back later"
        _mail(sessions, stage, settings)
        assert server.addresses() == ["c03@example.com", "c04@example.com", "c05@example.com"]
    assert _ledger(sessions) == [
        ("c01", REJECTED, "550 5.1.1 no such user"),
        ("c02", PLANNED, "451 4.7.1 come back later"),
        ("c03", ACCEPTED, None),
        ("c04", ACCEPTED, None),
        ("c05", ACCEPTED, None),
    ]


def test_what_the_server_asked_to_come_back_for_goes_out_later_and_alone(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, channel="email")
    with mail_server() as (server, settings):
        server.to["c02@example.com"] = "450 4.2.1 busy"
        _mail(sessions, stage, settings)
        del server.to["c02@example.com"]
        _mail(sessions, stage, settings, NOW + LATER - timedelta(seconds=1))
        assert len(server.addresses()) == 4, "too early"
        _mail(sessions, stage, settings, NOW + LATER)
        assert Counter(server.addresses()) == {f"c0{number}@example.com": 1 for number in range(1, 6)}
    with sessions() as session:
        assert all(item.done_at is not None for item in deliveries(session))


def test_a_lost_answer_is_unknown_and_the_mail_is_never_sent_again(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, channel="email")
    with mail_server() as (server, settings):
        server.drops.add("c01@example.com")
        for hours in range(3):
            _mail(sessions, stage, settings, NOW + timedelta(hours=hours))
        assert Counter(server.addresses()) == {f"c0{number}@example.com": 1 for number in range(1, 6)}
    (first, *others) = _ledger(sessions)
    assert first[:2] == ("c01", UNKNOWN)
    assert {status for _, status, _ in others} == {ACCEPTED}


def test_after_a_lost_answer_the_others_wait_until_the_server_had_time_to_recover(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, customers=4, channel="email", portion=4)
    with mail_server() as (server, settings):
        server.drops |= {"c02@example.com", "c03@example.com"}
        _mail(sessions, stage, settings)
    assert [status for _, status, _ in _ledger(sessions)] == [ACCEPTED, UNKNOWN, PLANNED, PLANNED]
    assert _waits(sessions) == [(LATER, "the mail server did not take some mails yet", 0)]


def test_an_address_that_is_none_is_not_written_again_and_one_that_is_refused_is(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, customers=4, channel="email")
    with mail_server() as (server, settings):
        server.to |= {
            "c01@example.com": "550 5.1.1 no such user",
            "c02@example.com": "550 5.7.1 your mails are not wanted",
            "c03@example.com": "550 no such user",
        }
        _mail(sessions, stage, settings)
    with sessions() as session:
        (found,) = session.scalars(select(Suppression))
        first = session.scalar(select(Publication.id).where(Publication.customer_id == "c01"))
    assert (found.key_hash, found.channel) == (of_address(SUPPRESSION_KEY, "C01@example.com"), "email")
    assert found.reason is SuppressionReason.BOUNCED
    assert found.proof == f"the mail server's answer to publication {first}"


def test_a_server_that_takes_nothing_is_asked_less_and_less_often_until_it_takes_something(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, customers=2, channel="email")
    now, pauses = NOW, []
    with mail_server() as (server, settings):
        server.to |= {"c01@example.com": "451 4.3.0 later", "c02@example.com": "421 4.3.2 later"}
        for attempt in range(1, 7):
            _mail(sessions, stage, settings, now)
            ((wait, _, attempts),) = _waits(sessions, now)
            assert attempts == attempt
            pauses.append(wait // timedelta(minutes=1))
            now += wait
        assert pauses == [5, 10, 20, 40, 60, 60]
        del server.to["c01@example.com"]
        _mail(sessions, stage, settings, now)
        assert server.addresses() == ["c01@example.com"]
        assert _waits(sessions, now) == [(LATER, "the mail server did not take some mails yet", 0)]


def test_one_connection_carries_all_deliveries_of_a_worker(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=6, channel="email")
    with mail_server() as (server, settings):
        _mail(sessions, stage, settings)
        assert (len(server.taken), server.connections) == (6, 1)


def test_a_server_that_takes_a_few_mails_on_each_connection_gets_all_of_them_at_once(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, customers=25, channel="email", portion=25)
    with mail_server() as (server, settings):
        server.most_mails = 4
        _mail(sessions, stage, settings)
        assert server.addresses() == [f"c{number:02}@example.com" for number in range(1, 26)]
        assert server.connections == 7
    assert {status for _, status, _ in _ledger(sessions)} == {ACCEPTED}


def test_one_mail_that_makes_the_server_hang_up_holds_up_no_other(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=25, channel="email", portion=25)
    with mail_server() as (server, settings):
        server.hangs_up_at |= {"c01@example.com", "c07@example.com"}
        _mail(sessions, stage, settings)
        assert len(set(server.addresses())) == len(server.addresses()) == 23


def test_a_server_that_takes_nothing_is_left_alone_at_once(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=25, channel="email", portion=25)
    with mail_server() as (server, settings):
        server.hangs_up_at |= {f"c{number:02}@example.com" for number in range(1, 26)}
        _mail(sessions, stage, settings)
        assert server.connections == 2
    assert {status for _, status, _ in _ledger(sessions)} == {PLANNED}


def test_what_a_domain_gets_a_minute_is_kept_and_other_domains_go_on(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, customers=30, channel="email", portion=15)
    with sessions.begin() as session:
        for number in range(1, 25):
            session.get_one(Customer, f"c{number:02}").email = f"c{number:02}@Mail.example"
    limited = SmtpSettings.model_validate({"per_minute": {"Mail.Example": 5}, "per_minute_elsewhere": 5})
    with mail_server() as (server, settings):
        with mail_delivery(
            limited.model_copy(update={"host": settings.host, "port": settings.port, "security": "none"})
        ) as hand_over:
            for seconds, expected in ((0, 5 + 5), (60, 10), (61, 5 + 10 + 1), (122, 21)):
                now = NOW + timedelta(seconds=seconds)
                deliver(sessions, stage.occurrence, worker(stage, "one", now), hand_over, unseen)
                assert len(server.taken) == expected
        assert {wait for _, wait, _ in _waits(sessions)} == {
            "as many mails as a minute allows went to mail.example"
        }
        assert len(set(server.addresses())) == 21


def test_who_sleeps_gets_the_mail_in_the_morning(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=3, channel="email", portion=3, quiet_hours=NIGHT)
    with sessions.begin() as session:
        # It is 09:30 in London, 01:30 in Los Angeles, 18:30 in Tokyo.
        for number, zone in enumerate(("Europe/London", "America/Los_Angeles", "Asia/Tokyo"), 1):
            session.get_one(Customer, f"c0{number}").time_zone = zone
    with mail_server() as (server, settings):
        _mail(sessions, stage, settings)
        assert server.addresses() == ["c01@example.com", "c03@example.com"]
        assert _ledger(sessions)[1] == ("c02", PLANNED, None)
        assert _waits(sessions) == [
            (timedelta(hours=6, minutes=30), "it is night where some customers are", 0)
        ]
        _mail(sessions, stage, settings, NOW + timedelta(hours=6, minutes=29))
        assert len(server.taken) == 2
        _mail(sessions, stage, settings, NOW + timedelta(hours=6, minutes=30))
        assert server.addresses()[2:] == ["c02@example.com"]


def test_the_night_is_not_held_against_the_server(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=2, channel="email", quiet_hours=NIGHT)
    with sessions.begin() as session:
        session.get_one(Customer, "c01").time_zone = "America/Los_Angeles"
    with mail_server() as (server, settings):
        server.to["c02@example.com"] = "451 4.3.0 later"
        _mail(sessions, stage, settings)
        assert [attempts for _, _, attempts in _waits(sessions)] == [1]
        del server.to["c02@example.com"]
        _mail(sessions, stage, settings, NOW + LATER)
    assert _waits(sessions) == [(timedelta(hours=6, minutes=30), "it is night where some customers are", 0)]


def test_a_worker_that_wakes_up_late_puts_nothing_back_into_other_hands(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, customers=2, channel="email", portion=2)
    late = worker(stage)
    with mail_server() as (_, settings), connected(settings) as server:
        with sessions.begin() as session:
            held = claim(session, stage.occurrence.id, "late", NOW)
            assert held is not None
            outgoing = commit_intents(session, session.get_one(Delivery, held.delivery_id), late)
        with sessions.begin() as session:
            # Taken for dead; a person had both sent again, and the next worker is about to send them.
            assert claim(session, stage.occurrence.id, "next", NOW + LEASE) is not None
        # So it tries none of them.
        server.close()
        with pytest.raises(StaleState):
            mail_chunk(sessions, held, server, outgoing, late, settings, DomainLimits({}, None))
    assert _ledger(sessions) == [
        ("c01", PublicationStatus.INTENT, None),
        ("c02", PublicationStatus.INTENT, None),
    ]


def test_bounces_come_back_to_the_mailbox_that_the_settings_name(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=1, channel="email")
    with mail_server() as (server, settings):
        there = settings.model_copy(update={"bounce_address": "bounces@fairlow.example.com"})
        _mail(sessions, stage, there)
        assert server.senders == ["bounces@fairlow.example.com"]
        assert server.mails()[0]["From"] == "Fairlow <news@fairlow.example.com>"


def test_a_worker_that_is_stopped_in_the_middle_leaves_what_it_had_not_tried(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = planned(sessions, tmp_path, customers=4, channel="email", portion=4)
    # The first is the trial.
    build, tried = smtp.build, iter(range(5))

    def stopped(*given: object, **named: object) -> smtp.Mail:
        if next(tried) == 3:
            raise KeyboardInterrupt
        return build(*given, **named)  # type: ignore[arg-type]

    with mail_server() as (server, settings):
        with monkeypatch.context() as patched:
            patched.setattr(smtp, "build", stopped)
            with pytest.raises(KeyboardInterrupt):
                _mail(sessions, stage, settings)
        assert [status for _, status, _ in _ledger(sessions)] == [
            ACCEPTED,
            ACCEPTED,
            PublicationStatus.INTENT,
            PLANNED,
        ]
        _mail(sessions, stage, settings, NOW + LEASE)
        assert server.addresses() == ["c01@example.com", "c02@example.com", "c04@example.com"]
    assert _ledger(sessions)[2][1] is UNKNOWN


@pytest.mark.parametrize("after", [0, 3, 10, 17])
def test_a_worker_killed_after_some_mails_resends_none_and_the_next_one_sends_the_rest(
    sessions: Sessions, tmp_path: Path, after: int
) -> None:
    stage = planned(sessions, tmp_path, customers=25, channel="email", portion=25)
    url = sessions.kw["bind"].url.render_as_string(hide_password=False)
    with mail_server() as (server, settings):
        child = os.fork()
        if child == 0:
            _mail_and_die(url, stage, settings, after)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == SIGKILL
        _mail(sessions, stage, settings, NOW + LEASE)
        found = Counter(server.addresses())
    statuses = Counter(status for _, status, _ in _ledger(sessions))
    assert set(found.values()) == {1}
    # The ten that it had in hand, of which it had sent some.
    assert statuses == {ACCEPTED: 15, UNKNOWN: 10}
    assert len(found) == 15 + after % 10


def test_a_worker_that_wakes_up_late_leaves_what_another_settled(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = planned(sessions, tmp_path, customers=3, channel="email", portion=3)
    send = smtp.send
    with mail_server() as (server, settings):

        def asleep(connection: SMTP, mail: smtp.Mail) -> Answer:
            monkeypatch.setattr(smtp, "send", send)
            _mail(sessions, stage, settings, NOW + LEASE)
            connection.close()
            return Answer(PLANNED, f"{mail.to}: the connection was lost")

        monkeypatch.setattr(smtp, "send", asleep)
        _mail(sessions, stage, settings)
        assert server.taken == []
    assert [status for _, status, _ in _ledger(sessions)] == [UNKNOWN, UNKNOWN, UNKNOWN]


def test_a_server_that_refuses_the_sender_leaves_everything_planned(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, channel="email")
    with mail_server() as (server, settings):
        server.sender = "530 5.7.0 Authentication required"
        with pytest.raises(WorkFailed, match=r"takes nothing from news@fairlow.example.com"):
            _mail(sessions, stage, settings)
        assert {status for _, status, _ in _ledger(sessions)} == {PLANNED}
        server.sender = "250 OK"
        _mail(sessions, stage, settings)
        assert len(server.addresses()) == 5


def test_a_key_that_is_gone_costs_nobody_a_mail(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, channel="email")
    with mail_server() as (server, settings):
        signed = {"dkim_domain": "example.com", "dkim_selector": "s1", "dkim_key": tmp_path / "gone.pem"}
        with pytest.raises(WorkFailed, match=r"gone.pem: No such file"):
            _mail(sessions, stage, settings.model_copy(update=signed))
        assert {status for _, status, _ in _ledger(sessions)} == {PLANNED}
        _mail(sessions, stage, settings)
        assert len(server.addresses()) == 5


def test_a_customer_whose_address_is_none_is_rejected_and_the_others_get_theirs(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage = planned(sessions, tmp_path, channel="email")
    with sessions.begin() as session:
        session.get_one(Customer, "c01").email = "a@b.c, d@e.f"
    with mail_server() as (server, settings):
        _mail(sessions, stage, settings)
        assert len(server.addresses()) == 4
    assert _ledger(sessions)[0][1] is REJECTED


def test_a_server_that_is_down_leaves_everything_planned(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, channel="email")
    with mail_server() as (_, settings):
        pass
    with pytest.raises(WorkFailed, match="takes no mail"):
        _mail(sessions, stage, settings)
    assert {status for _, status, _ in _ledger(sessions)} == {PLANNED}
    with mail_server() as (server, settings):
        _mail(sessions, stage, settings)
        assert len(server.addresses()) == 5, "nobody has to wait for a lease"


def _mail(sessions: Sessions, stage: Stage, settings: SmtpSettings, now: datetime = NOW) -> None:
    with mail_delivery(settings) as hand_over:
        deliver(sessions, stage.occurrence, worker(stage, "one", now), hand_over, unseen)


def _mail_and_die(url: str, stage: Stage, settings: SmtpSettings, after: int) -> None:
    """As by kill -9, when so many mails are out."""
    send, sent = smtp.send, iter(range(30))

    def dying(server: SMTP, mail: smtp.Mail) -> Answer:
        if next(sent) == after:
            os.kill(os.getpid(), SIGKILL)
        return send(server, mail)

    smtp.send = dying
    _mail(session_maker(open_database(url)), stage, settings)


def _waits(sessions: Sessions, now: datetime = NOW) -> list[tuple[timedelta, str | None, int]]:
    """How long each delivery that is not done waits, why, and how often in a row the server took nothing."""
    with sessions() as session:
        rows = session.scalars(select(Delivery).where(Delivery.done_at.is_(None)))
        return [(row.until - now, row.waits_for, row.attempts) for row in rows if row.until is not None]


def _ledger(sessions: Sessions) -> list[tuple[str, PublicationStatus, str | None]]:
    with sessions() as session:
        rows = session.scalars(select(Publication).order_by(Publication.customer_id))
        return [(row.customer_id, row.status, row.reason) for row in rows]
