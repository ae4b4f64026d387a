"""Schedules: lines that are checked, moments that are right when clocks change, and one row for each brief."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_store import schedules
from content_store.database import Sessions
from content_store.errors import BadInput
from content_store.models import MeasureSchedule, RunRequest

NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)


def written(cron: str, zone: str, after: datetime, count: int = 3) -> list[str]:
    return [moment.isoformat(timespec="minutes") for moment in schedules.next_times(cron, zone, after, count)]


def test_six_o_clock_stays_six_o_clock_in_summer_and_in_winter() -> None:
    assert written("0 6 * * *", "Europe/Paris", NOW) == [
        "2026-03-28T06:00+01:00",
        "2026-03-29T06:00+02:00",
        "2026-03-30T06:00+02:00",
    ]
    autumn = datetime(2026, 10, 31, 12, tzinfo=UTC)
    assert written("0 6 * * *", "America/New_York", autumn, 2) == [
        "2026-11-01T06:00-05:00",
        "2026-11-02T06:00-05:00",
    ]


def test_an_hour_that_summer_time_leaves_out_comes_right_after_it_and_a_repeated_one_comes_once() -> None:
    assert written("30 2 * * *", "Europe/Paris", NOW) == [
        "2026-03-28T02:30+01:00",
        "2026-03-29T03:00+02:00",
        "2026-03-30T02:30+02:00",
    ]
    autumn = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert written("30 2 * * *", "Europe/Paris", autumn) == [
        "2026-10-25T02:30+02:00",
        "2026-10-26T02:30+01:00",
        "2026-10-27T02:30+01:00",
    ]


@given(
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    zone=st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
)
def test_a_daily_schedule_comes_once_on_each_day_at_its_hour(
    hour: int, minute: int, zone: str, start: datetime
) -> None:
    after = start.replace(tzinfo=UTC)
    found = schedules.next_times(f"{minute} {hour} * * *", zone, after, 4)
    days = [moment.date() for moment in found]
    assert days == [days[0] + timedelta(days=number) for number in range(4)]
    assert all(earlier < later for earlier, later in zip([after, *found], found, strict=False))
    for moment in found:
        wall = datetime(moment.year, moment.month, moment.day, hour, minute, tzinfo=ZoneInfo(zone))
        exists = wall.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall.replace(
            tzinfo=None
        )
        assert not exists or (moment.hour, moment.minute) == (hour, minute)


@pytest.mark.parametrize(
    ("cron", "zone", "sentence"),
    [
        (
            "0 6 * *",
            "UTC",
            "the cron line '0 6 * *' does not have five fields; write one such as '0 6 * * 1'.",
        ),
        ("0 0 6 * * 1", "UTC", "does not have five fields"),
        (
            "61 6 * * 1",
            "UTC",
            "the cron line '61 6 * * 1' is wrong (bad minute); write minute hour day month weekday,"
            " such as '0 6 * * 1' for Mondays at 6:00.",
        ),
        ("0 24 * * *", "UTC", "bad hour"),
        ("0 6 0 * *", "UTC", "bad day-of-month"),
        ("0 6 30 2 *", "UTC", "bad day-of-month"),
        ("0 6 * 13 *", "UTC", "bad month"),
        ("0 6 * * 8", "UTC", "bad day-of-week"),
        ("0 6 * * 1", "Paris", "'Paris' is not a known time zone; write one such as Europe/Paris."),
        ("0 6 * * 1", "../etc/passwd", "is not a known time zone"),
    ],
)
def test_a_wrong_line_or_zone_is_refused_with_what_is_wrong(cron: str, zone: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        schedules.next_times(cron, zone, NOW)
    assert sentence in str(refused.value)


def test_a_brief_has_one_schedule_that_can_be_changed_paused_and_removed(sessions: Sessions) -> None:
    with sessions.begin() as session:
        schedules.set_schedule(session, "spring", " 0  6 * * 1", "Europe/Paris", by="ana", now=NOW)
        schedules.set_paused(session, "spring", True, by="ben", now=NOW + timedelta(hours=1))
        later = NOW + timedelta(hours=2)
        schedules.set_schedule(session, "spring", "0 7 * * 1", "Europe/Rome", by="ana", now=later)
    with sessions.begin() as session:
        [schedule] = schedules.all_schedules(session)
        assert (schedule.cron, schedule.time_zone, schedule.paused) == ("0 7 * * 1", "Europe/Rome", True)
        assert (schedule.changed_by, schedule.changed_at) == ("ana", later)
        assert schedules.set_paused(session, "spring", True, by="ben", now=NOW).changed_by == "ana"
        schedules.remove_schedule(session, "spring")
    with sessions() as session:
        assert schedules.all_schedules(session) == []
        with pytest.raises(BadInput, match="brief spring has no schedule; `surmesure schedule add spring`"):
            schedules.set_paused(session, "spring", False, by="ana", now=NOW)


def test_measuring_has_one_schedule_that_can_be_changed_paused_and_removed(sessions: Sessions) -> None:
    with sessions.begin() as session:
        schedules.set_measure_schedule(session, "0 5 * * *", "UTC", by="ana", now=NOW)
        schedules.set_paused(session, schedules.ALL, True, by="bo", now=NOW, of=MeasureSchedule)
        schedules.set_measure_schedule(session, "0 7  * * *", "Europe/Paris", by="cy", now=NOW)
    with sessions.begin() as session:
        row = schedules.measure_schedule(session)
        assert row is not None
        assert (row.cron, row.time_zone, row.paused, row.changed_by) == (
            "0 7 * * *",
            "Europe/Paris",
            True,
            "cy",
        )
        schedules.remove_schedule(session, schedules.ALL, of=MeasureSchedule)
    with sessions() as session:
        assert schedules.measure_schedule(session) is None


def test_a_wish_that_waits_already_is_not_made_twice(sessions: Sessions) -> None:
    with sessions.begin() as session:
        first = schedules.request_run(session, "spring", by="ana", now=NOW)
        assert schedules.request_run(session, "spring", by="ben", now=NOW).id == first.id
        other = schedules.request_run(session, "autumn", by="ben", now=NOW)
        assert [request.id for request in schedules.open_requests(session)] == [first.id, other.id]
        session.get_one(RunRequest, first.id).taken_at = NOW
        assert schedules.request_run(session, "spring", by="ben", now=NOW).id > other.id
