"""A withdrawal counts from the moment it is committed, once, whatever was said before."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

from sqlalchemy import select, text

from content_store.database import Sessions
from content_store.models import Consent, Customer, Source, SourceKind
from content_store.queries import agreed_of
from content_store.withdrawals import not_profiled, withdraw, withdraw_everything
from tests.factories import NOW, make_brief, make_consent, make_customer


def _withdraw(sessions: Sessions, customer_id: str = "ana", at: datetime = NOW) -> bool:
    with sessions.begin() as session:
        return withdraw(session, customer_id, "marketing", "email", at=at, proof="she said so")


def _add(sessions: Sessions, *names: str, at: datetime = NOW - timedelta(days=9)) -> None:
    with sessions.begin() as session:
        for name in names:
            customer = make_customer(session, id=name)
            make_consent(session, customer, at=at)
            make_consent(session, customer, at=at, channel="sms")
            make_consent(session, customer, at=at, purpose="service")


def _withdrawals(sessions: Sessions) -> list[Consent]:
    with sessions() as session:
        return list(session.scalars(select(Consent).where(~Consent.granted).order_by(Consent.id)))


def test_a_withdrawal_is_a_row_with_its_proof_and_touches_nothing_else(sessions: Sessions) -> None:
    _add(sessions, "ana", "ben")
    assert _withdraw(sessions)
    (row,) = _withdrawals(sessions)
    assert (row.customer_id, row.purpose, row.channel, row.at, row.proof) == (
        *("ana", "marketing", "email", NOW),
        "she said so",
    )
    with sessions() as session:
        assert agreed_of(session, ["ana", "ben"], "marketing", "email") == {"ben"}
        assert agreed_of(session, ["ana", "ben"], "marketing", "sms") == {"ana", "ben"}
        assert agreed_of(session, ["ana", "ben"], "service", "email") == {"ana", "ben"}


def test_twice_is_once_until_the_customer_agrees_again(sessions: Sessions) -> None:
    _add(sessions, "ana")
    assert _withdraw(sessions)
    assert not _withdraw(sessions, at=NOW + timedelta(hours=1))
    with sessions.begin() as session:
        session.add(
            Consent(
                customer_id="ana",
                source_id=session.scalars(select(Source.id)).first() or 0,
                purpose="marketing",
                channel="email",
                granted=True,
                at=NOW + timedelta(days=1),
            )
        )
    assert _withdraw(sessions, at=NOW + timedelta(days=2))
    assert [row.at for row in _withdrawals(sessions)] == [NOW, NOW + timedelta(days=2)]


def test_it_counts_though_a_source_dated_its_consent_ahead_of_our_clock(sessions: Sessions) -> None:
    _add(sessions, "ana", at=NOW + timedelta(days=30))
    assert _withdraw(sessions)
    with sessions() as session:
        assert agreed_of(session, ["ana"], "marketing", "email") == set()
    assert not _withdraw(sessions)


def test_somebody_of_whom_no_consent_is_known_may_object_too(sessions: Sessions) -> None:
    with sessions.begin() as session:
        make_customer(session, id="ana")
    assert _withdraw(sessions)
    assert len(_withdrawals(sessions)) == 1


def test_an_erased_customer_is_not_brought_back(sessions: Sessions) -> None:
    assert not _withdraw(sessions, "nobody")
    assert _withdrawals(sessions) == []


def test_many_at_once_are_one_row_each_from_one_source(sessions: Sessions) -> None:
    names = ["ana", "ben", "cleo"]
    _add(sessions, *names)
    said: list[bool] = []
    threads = [
        Thread(target=lambda name: said.append(_withdraw(sessions, name)), args=(name,)) for name in names * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False] * 6 + [True] * 3
    assert sorted(row.customer_id for row in _withdrawals(sessions)) == names
    with sessions() as session:
        (source,) = session.scalars(select(Source).where(Source.kind == SourceKind.CONSENTS))
        assert source.location == "unsubscribe page"


def test_the_second_of_two_waits_for_the_first_and_finds_it_done(sessions: Sessions) -> None:
    _add(sessions, "ana", "ben")
    # From the second withdrawal on, nobody waits for the source any more.
    assert _withdraw(sessions, "ben")
    said: list[bool] = []
    second = Thread(target=lambda: said.append(_withdraw(sessions, "ana", NOW + timedelta(hours=1))))
    with sessions.begin() as session:
        assert withdraw(session, "ana", "marketing", "email", at=NOW, proof="she said so")
        second.start()
        # SQLite has one writer, so there the second waits before it has read anything.
        if session.get_bind().dialect.name == "postgresql":
            while second.is_alive() and not session.scalar(
                text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            ):
                pass
    second.join()
    assert said == [False]
    assert [row.customer_id for row in _withdrawals(sessions)] == ["ben", "ana"]


def _withdraw_everything(sessions: Sessions, at: datetime = NOW) -> bool:
    with sessions.begin() as session:
        return withdraw_everything(session, "ana", at=at, proof="she said so")


def test_everything_is_every_purpose_and_channel_of_hers_and_of_every_brief(sessions: Sessions) -> None:
    _add(sessions, "ana", "ben")
    with sessions.begin() as session:
        make_brief(session, content={"purpose": "news", "channels": ["push"]})
    assert _withdraw_everything(sessions)
    rows = _withdrawals(sessions)
    assert sorted((row.customer_id, row.purpose, row.channel) for row in rows) == [
        ("ana", "", ""),
        ("ana", "marketing", "email"),
        ("ana", "marketing", "sms"),
        ("ana", "news", "push"),
        ("ana", "service", "email"),
    ]
    assert not _withdraw_everything(sessions, NOW + timedelta(hours=1))
    assert len(_withdrawals(sessions)) == 5


def test_who_wants_nothing_is_in_no_profile_until_they_agree_again(sessions: Sessions) -> None:
    _add(sessions, "ana", "ben")
    assert _withdraw(sessions, "ben")
    assert _withdraw_everything(sessions)
    with sessions.begin() as session:
        assert not_profiled(session) == {"ana"}
        make_consent(session, session.get_one(Customer, "ana"), at=NOW + timedelta(days=1))
    with sessions() as session:
        assert not_profiled(session) == set()
