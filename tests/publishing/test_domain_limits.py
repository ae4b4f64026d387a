"""A domain gets so many mails a minute, whenever the minute begins, and others as many as they like."""

from __future__ import annotations

from datetime import timedelta

from publishing.domain_limits import DomainLimits
from tests.factories import NOW


def test_a_domain_that_had_its_mails_of_the_minute_waits_and_says_until_when() -> None:
    limits = DomainLimits({"mail.example": 2}, None)
    assert limits.admit("ana@mail.example", NOW)
    assert limits.admit("ben@MAIL.example", NOW + timedelta(seconds=20))
    assert not limits.admit("cleo@mail.example", NOW + timedelta(seconds=30))
    assert all(limits.admit("dan@elsewhere.example", NOW) for _ in range(100))
    ((domain, until),) = limits.full(NOW + timedelta(seconds=30)).items()
    assert domain == "mail.example"
    assert timedelta(0) <= until - (NOW + timedelta(minutes=1)) <= timedelta(milliseconds=1)
    assert limits.full(until) == {}
    assert limits.admit("cleo@mail.example", until)
    assert not limits.admit("dan@mail.example", until)


def test_every_other_domain_may_have_a_limit_of_its_own() -> None:
    limits = DomainLimits({"mail.example": 2}, 1)
    for number in range(1_500):
        assert limits.admit(f"ana@{number}.example", NOW)
    assert not limits.admit("ben@1499.example", NOW)
    later = NOW + timedelta(minutes=2)
    assert limits.admit("ana@new.example", later)
    assert limits.admit("ben@1499.example", later)
    assert not limits.admit("cleo@1499.example", later)
