"""Quiet hours go by the clock on the customer's wall, over midnight and when the clock is changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from content_store.brand_folder.briefs import QuietHours, Schedule
from publishing.quiet_hours import customer_quiet_until, quiet_until, zone_of
from tests.publishing.stage import brief_file

ZONES = sorted(available_timezones())

minutes = st.times().map(lambda clock: clock.replace(second=0, microsecond=0, fold=0))
moments = st.datetimes(datetime(1975, 1, 1), datetime(2037, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
#: Nights in which the clock is changed, so that chance finds what happens then.
changes = st.tuples(
    st.sampled_from([(2026, 3, 29), (2026, 10, 25), (2026, 4, 4), (2026, 10, 3), (2011, 12, 30)]),
    st.integers(-720, 2160),
).map(lambda given: datetime(*given[0], tzinfo=UTC) + timedelta(minutes=given[1]))
zones = st.sampled_from(ZONES) | st.sampled_from(["Europe/Paris", "Australia/Lord_Howe", "Pacific/Apia"])


@given(start=minutes, end=minutes, name=zones, now=moments | changes)
def test_what_waits_goes_out_at_the_first_minute_that_is_not_quiet(
    start: time, end: time, name: str, now: datetime
) -> None:
    hours, zone = QuietHours(start=start, end=end), ZoneInfo(name)
    until = quiet_until(hours, zone, now)
    assert (until is not None) == _quiet(hours, now.astimezone(zone).time())
    if until is None:
        return
    assert now < until <= now + timedelta(hours=49)
    # Where the clock jumps over the end there is no such minute, and perhaps the next quiet hours begin at once.
    assume(until.astimezone(zone).time() == end)
    assert quiet_until(hours, zone, until) is None
    # A zone's clock is not changed by less than a quarter of an hour, so nothing is missed between.
    for before in (timedelta(minutes=1), timedelta(minutes=14), (until - now) / 2):
        if until - before > now and before < timedelta(minutes=15):
            assert quiet_until(hours, zone, until - before) is not None


@pytest.mark.parametrize(
    ("start", "end", "zone", "now", "until"),
    [
        # Over midnight, before and after it, and the two ends themselves.
        ("21:00", "08:00", "Europe/Paris", "2026-03-02T22:30Z", "2026-03-03T07:00Z"),
        ("21:00", "08:00", "Europe/Paris", "2026-03-03T02:00Z", "2026-03-03T07:00Z"),
        ("21:00", "08:00", "Europe/Paris", "2026-03-02T20:00Z", "2026-03-03T07:00Z"),
        ("21:00", "08:00", "Europe/Paris", "2026-03-02T19:59Z", None),
        ("21:00", "08:00", "Europe/Paris", "2026-03-03T07:00Z", None),
        # Within a day.
        ("12:00", "14:00", "Asia/Kolkata", "2026-03-02T07:00Z", "2026-03-02T08:30Z"),
        ("12:00", "14:00", "Asia/Kolkata", "2026-03-02T09:00Z", None),
        # The night in which an hour is missing, and the one that has an hour more.
        ("21:00", "08:00", "Europe/Paris", "2026-03-28T22:00Z", "2026-03-29T06:00Z"),
        ("21:00", "08:00", "Europe/Paris", "2026-10-24T22:00Z", "2026-10-25T07:00Z"),
        # 02:30 does not come; 02:30 comes twice, and after the second time it is not quiet any more.
        ("21:00", "02:30", "Europe/Paris", "2026-03-28T22:00Z", "2026-03-29T01:30Z"),
        ("21:00", "02:30", "Europe/Paris", "2026-10-24T22:00Z", "2026-10-25T00:30Z"),
        ("21:00", "02:30", "Europe/Paris", "2026-10-25T01:10Z", "2026-10-25T01:30Z"),
        # The same hour twice is no quiet hour at all.
        ("08:00", "08:00", "Europe/Paris", "2026-03-02T07:00Z", None),
    ],
)
def test_quiet_hours_end_when_the_clock_on_the_wall_says_so(
    start: str, end: str, zone: str, now: str, until: str | None
) -> None:
    hours = QuietHours(start=time.fromisoformat(start), end=time.fromisoformat(end))
    expected = datetime.fromisoformat(until) if until else None
    assert quiet_until(hours, ZoneInfo(zone), datetime.fromisoformat(now)) == expected


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Asia/Tokyo", "Europe/Paris"], "Asia/Tokyo"),
        ([None, "Europe/Paris"], "Europe/Paris"),
        (["", "Mars/Olympus", "../../etc/passwd", "Europe", "a\0b", "Europe/Paris"], "Europe/Paris"),
        (["Mars/Olympus", None], "UTC"),
        ([], "UTC"),
    ],
)
def test_the_first_zone_that_there_is_counts(names: list[str | None], found: str) -> None:
    assert zone_of(*names).key == found


def test_without_a_zone_of_their_own_customers_live_where_the_brief_is_scheduled() -> None:
    # 23:00 in Paris, 07:00 in Tokyo.
    now = datetime(2026, 3, 2, 22, tzinfo=UTC)
    brief = brief_file(schedule=Schedule(cron="0 6 * * 1", timezone="Asia/Tokyo"))
    assert customer_quiet_until(brief, "Europe/Paris", now) == datetime(2026, 3, 3, 7, tzinfo=UTC)
    assert customer_quiet_until(brief, None, now) == datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert customer_quiet_until(brief_file(), None, now) == datetime(2026, 3, 3, 8, tzinfo=UTC)


def _quiet(hours: QuietHours, clock: time) -> bool:
    """The hours as a set of minutes, in place of comparing their ends."""
    first, last = hours.start.hour * 60 + hours.start.minute, hours.end.hour * 60 + hours.end.minute
    length = (last - first) % 1440
    return clock.hour * 60 + clock.minute in {(first + minute) % 1440 for minute in range(length)}
