"""When a brief is executed by itself: cron lines in a time zone, and wishes to execute one now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.errors import BadInput
from content_store.models import Run, RunRequest, Schedule

#: A run that dies is executed once more by itself, so often in a row.
MOST_RESUMPTIONS = 2
#: Who asks then.
RESUMER = "surmesure"


def next_times(cron: str, time_zone: str, after: datetime, count: int = 3) -> list[datetime]:
    """The next moments after one, in the schedule's own zone; fewer when there are no more, BadInput for a wrong line.

    The hour is that of the zone, summer and winter. What falls into the hour that summer time leaves out comes right
    after it; what falls into the hour that winter time repeats comes once, or with `*` in the hour field each time
    (as Debian's cron does).
    """
    return list(islice(_times(cron, time_zone, after), count))


def set_schedule(
    session: Session, brief_id: str, cron: str, time_zone: str, *, by: str, now: datetime
) -> Schedule:
    """The brief's one schedule, new or changed; a paused one stays paused. The caller knows that the brief exists."""
    line = " ".join(cron.split())
    if not next_times(line, time_zone, now, 1):
        raise BadInput(f"the cron line {line!r} names no day to come; correct its day and month.")
    schedule = session.get(Schedule, brief_id)
    if schedule is None:
        schedule = Schedule(
            brief_id=brief_id, cron=line, time_zone=time_zone, paused=False, changed_by=by, changed_at=now
        )
        session.add(schedule)
    else:
        schedule.cron, schedule.time_zone = line, time_zone
        schedule.changed_by, schedule.changed_at = by, now
    session.flush()
    return schedule


def set_paused(session: Session, brief_id: str, paused: bool, *, by: str, now: datetime) -> Schedule:
    """Pause a schedule or let it go on; what fell due in the meantime is not caught up."""
    schedule = _schedule(session, brief_id)
    if schedule.paused != paused:
        schedule.paused, schedule.changed_by, schedule.changed_at = paused, by, now
    return schedule


def remove_schedule(session: Session, brief_id: str) -> None:
    """The brief is executed only when a person asks for it."""
    session.delete(_schedule(session, brief_id))


def all_schedules(session: Session) -> list[Schedule]:
    """Every schedule, by brief."""
    return list(session.scalars(select(Schedule).order_by(Schedule.brief_id)))


def request_run(session: Session, brief_id: str, *, by: str, now: datetime) -> RunRequest:
    """Ask whoever runs the schedules to execute a brief now; an open wish for the same brief is given instead."""
    standing = select(RunRequest).where(RunRequest.brief_id == brief_id, RunRequest.taken_at.is_(None))
    request = session.scalars(standing.order_by(RunRequest.id)).first()
    if request is None:
        request = RunRequest(brief_id=brief_id, by=by, at=now)
        session.add(request)
        session.flush()
    return request


def resume(session: Session, brief_id: str, flow_run_id: str | None, now: datetime) -> RunRequest | None:
    """Ask once more for a brief whose run died; None when it was resumed MOST_RESUMPTIONS times in a row."""
    asked = select(RunRequest.resumption).where(RunRequest.flow_run_id == flow_run_id)
    before = (session.scalar(asked) if flow_run_id else None) or 0
    if before >= MOST_RESUMPTIONS:
        return None
    request = request_run(session, brief_id, by=RESUMER, now=now)
    request.resumption = max(request.resumption, before + 1)
    return request


def open_requests(session: Session) -> list[RunRequest]:
    """Wishes that nobody took up yet, the oldest first."""
    return list(
        session.scalars(select(RunRequest).where(RunRequest.taken_at.is_(None)).order_by(RunRequest.id))
    )


def not_executed(session: Session, request_id: int, flow_run_id: str, reason: str) -> None:
    """Say why a wish came to nothing; a run that began has a reason of its own."""
    request = session.get(RunRequest, request_id)
    began = session.scalar(select(Run.id).where(Run.flow_run_id == flow_run_id).limit(1))
    if request is not None and request.reason is None and began is None:
        request.reason = reason


def _schedule(session: Session, brief_id: str) -> Schedule:
    schedule = session.get(Schedule, brief_id)
    if schedule is None:
        raise BadInput(f"brief {brief_id} has no schedule; `surmesure schedule add {brief_id}` makes one.")
    return schedule


def _times(cron: str, time_zone: str, after: datetime) -> Iterator[datetime]:
    if len(cron.split()) != 5:
        raise BadInput(f"the cron line {cron!r} does not have five fields; write one such as '0 6 * * 1'.")
    if time_zone not in available_timezones():
        raise BadInput(f"{time_zone!r} is not a known time zone; write one such as Europe/Paris.")
    try:
        return CronSim(cron, after.astimezone(UTC).astimezone(ZoneInfo(time_zone)))
    except CronSimError as error:
        raise BadInput(
            f"the cron line {cron!r} is wrong ({str(error).lower()}); write minute hour day month weekday,"
            " such as '0 6 * * 1' for Mondays at 6:00."
        ) from None
