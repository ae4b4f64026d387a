"""Occurrences of schedules: taken up until they are over, and left to a person when that does not come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from content_store import scheduled_occurrences, schedules
from content_store.database import Sessions
from content_store.errors import BadInput
from content_store.models import Delivery, Occurrence, PublishSchedule, Schedule, ScheduledOccurrence
from tests.publishing.stage import planned

BRIEF = "coffee-week"
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def begun(sessions: Sessions) -> Sessions:
    """An occurrence that fell due and was taken up."""
    _schedule(sessions)
    with sessions.begin() as session:
        scheduled_occurrences.begin(session, BRIEF, NOW, "smtp", "mail", "flow-1", NOW)
    return sessions


def test_a_brief_has_a_schedule_of_each_kind_and_one_is_not_the_other(sessions: Sessions) -> None:
    _schedule(sessions)
    with sessions.begin() as session:
        with pytest.raises(
            BadInput, match=r"coffee-week is published by itself, but not executed: add --publish\."
        ):
            schedules.set_paused(session, BRIEF, True, by="ana", now=NOW)
        schedules.set_schedule(session, BRIEF, "0 5 * * *", "UTC", by="ana", now=NOW)
        schedules.set_paused(session, BRIEF, True, by="ben", now=NOW, of=PublishSchedule)
        [run], [publish] = schedules.all_schedules(session), schedules.all_publish_schedules(session)
        assert (run.paused, publish.paused, publish.changed_by) == (False, True, "ben")
        schedules.set_publish_schedule(
            session, BRIEF, " 0 8  * * *", "Europe/Rome", destination="/out", form="csv", by="cleo", now=NOW
        )
        assert (publish.cron, publish.destination, publish.form, publish.paused) == (
            "0 8 * * *",
            "/out",
            "csv",
            True,
        )
        schedules.remove_schedule(session, BRIEF, of=PublishSchedule)
        assert session.get(Schedule, BRIEF) is not None
        with pytest.raises(
            BadInput, match="coffee-week is not published by itself; `surmesure schedule publish"
        ):
            schedules.remove_schedule(session, BRIEF, of=PublishSchedule)


def test_what_gives_no_sign_of_life_is_taken_up_again_and_what_gives_one_is_not(begun: Sessions) -> None:
    for minutes, due in ((4, 0), (6, 1)):
        with begun.begin() as session:
            assert len(scheduled_occurrences.due(session, NOW + minutes * MINUTE)) == due
    with begun.begin() as session:
        scheduled_occurrences.alive(session, BRIEF, NOW, NOW + 4 * MINUTE)
    with begun.begin() as session:
        assert scheduled_occurrences.due(session, NOW + 8 * MINUTE) == []
    assert scheduled_occurrences.goes_on_at(_row(begun), NOW + 8 * MINUTE) is None


def test_a_process_that_dies_three_times_in_a_row_is_not_replaced_any_more(begun: Sessions) -> None:
    for number in range(3):
        with begun.begin() as session:
            now = NOW + number * MINUTE
            scheduled_occurrences.died(session, BRIEF, NOW, now)
            due = scheduled_occurrences.due(session, now)
            assert len(due) == (1 if number < 2 else 0)
            if due:
                scheduled_occurrences.begin(session, BRIEF, NOW, "smtp", "mail", f"again-{number}", now)
    row = _row(begun)
    assert row.again_at is None
    assert row.reason == (
        "its process stopped without a word 3 times in a row, so look into the logs;"
        " `surmesure publish coffee-week --occurrence 2026-03-02T06:00` goes on from there, with the same --to."
    )


def test_deaths_in_between_successes_are_not_in_a_row(begun: Sessions) -> None:
    for number in range(5):
        with begun.begin() as session:
            scheduled_occurrences.died(session, BRIEF, NOW, NOW)
            scheduled_occurrences.begin(session, BRIEF, NOW, "smtp", "mail", f"again-{number}", NOW)
            scheduled_occurrences.ended(session, BRIEF, NOW, NOW, bad_input=False)
            # Prefect was away when it was to start, and it started a little later.
            for _ in range(5):
                scheduled_occurrences.begin(session, BRIEF, NOW, "smtp", "mail", f"next-{number}", NOW)
    assert _row(begun).attempts == 1


def test_what_was_postponed_goes_on_when_its_first_delivery_may(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=5)
    at = stage.occurrence.at
    _schedule(sessions)
    with sessions.begin() as session:
        first, second, third = session.query(Delivery).order_by(Delivery.id)
        first.until, second.until, third.done_at = NOW + 9 * MINUTE, NOW + 7 * MINUTE, NOW
        scheduled_occurrences.begin(session, BRIEF, at, "smtp", "mail", "flow-1", NOW)
        scheduled_occurrences.ended(session, BRIEF, at, NOW, bad_input=False)
    assert _row(sessions, at).again_at == NOW + 7 * MINUTE
    assert scheduled_occurrences.goes_on_at(_row(sessions, at), NOW) == NOW + 7 * MINUTE
    with sessions.begin() as session:
        session.execute(update(Delivery).values(until=None))
        # Bad input that comes when it was begun is put right by a person, and then it goes on.
        scheduled_occurrences.ended(session, BRIEF, at, NOW, bad_input=True)
    assert _row(sessions, at).again_at == NOW + 10 * MINUTE
    with sessions.begin() as session:
        session.execute(update(Occurrence).values(finished_at=NOW))
        scheduled_occurrences.ended(session, BRIEF, at, NOW, bad_input=False)
    assert _row(sessions, at).again_at is None


def test_what_was_refused_before_it_began_is_over_with_its_reason(begun: Sessions) -> None:
    with begun.begin() as session:
        scheduled_occurrences.refused(session, BRIEF, NOW, "no message is approved.")
        scheduled_occurrences.refused(session, BRIEF, NOW, "its process stopped (exit 2).")
        scheduled_occurrences.ended(session, BRIEF, NOW, NOW, bad_input=True)
    assert (_row(begun).again_at, _row(begun).reason) == (None, "no message is approved.")


def test_what_is_not_over_after_two_days_is_left_to_a_person(begun: Sessions) -> None:
    with begun.begin() as session:
        scheduled_occurrences.refused(session, BRIEF, NOW, "Connection refused.")
        scheduled_occurrences.ended(session, BRIEF, NOW, NOW, bad_input=False)
        assert len(scheduled_occurrences.due(session, NOW + timedelta(days=2))) == 1
        assert scheduled_occurrences.due(session, NOW + timedelta(days=2) + SECOND) == []
    assert (_row(begun).reason or "").startswith(
        "Connection refused. it was not over two days after its moment; `surmesure publish"
    )


def test_a_schedule_that_rests_holds_up_what_was_begun_and_one_that_goes_ends_it(begun: Sessions) -> None:
    with begun.begin() as session:
        scheduled_occurrences.stopped(session, BRIEF, NOW, NOW + SECOND)
        assert len(scheduled_occurrences.due(session, NOW + SECOND)) == 1
        schedules.set_paused(session, BRIEF, True, by="ana", now=NOW, of=PublishSchedule)
        assert scheduled_occurrences.due(session, NOW + SECOND) == []
        schedules.set_paused(session, BRIEF, False, by="ana", now=NOW, of=PublishSchedule)
        assert len(scheduled_occurrences.due(session, NOW + SECOND)) == 1
        schedules.remove_schedule(session, BRIEF, of=PublishSchedule)
    assert (_row(begun).again_at, (_row(begun).reason or "")[:25]) == (None, "its schedule was removed;")


def test_what_a_person_cancelled_is_not_taken_up_again(begun: Sessions) -> None:
    with begun.begin() as session:
        scheduled_occurrences.cancelled(session, BRIEF, NOW)
        scheduled_occurrences.died(session, BRIEF, NOW, NOW)
        scheduled_occurrences.ended(session, BRIEF, NOW, NOW, bad_input=False)
        scheduled_occurrences.stopped(session, BRIEF, NOW, NOW)
        assert scheduled_occurrences.due(session, NOW + timedelta(hours=1)) == []
    assert (_row(begun).reason or "").startswith("it was cancelled on Prefect's page;")


def _schedule(sessions: Sessions) -> None:
    with sessions.begin() as session:
        schedules.set_publish_schedule(
            session, BRIEF, "0 6 * * *", "UTC", destination="smtp", form="mail", by="ana", now=NOW
        )


def _row(sessions: Sessions, at: datetime = NOW) -> ScheduledOccurrence:
    with sessions() as session:
        return session.get_one(ScheduledOccurrence, (BRIEF, at))
