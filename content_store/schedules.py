"""When a brief is executed or published by itself, and when campaigns are measured: cron lines in a time zone, and wishes to execute one now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import scheduled_occurrences
from content_store.errors import BadInput
from content_store.models import MeasureSchedule, PublishSchedule, Run, RunRequest, Schedule

#: A run that dies is executed once more by itself, so often in a row; a publication that dies likewise.
MOST_RESUMPTIONS = scheduled_occurrences.MOST_RESUMPTIONS
#: Who asks then.
RESUMER = "surmesure"

#: The name under which the schedule stands that measures every campaign.
ALL = ""

#: When a brief is executed, and when it is published: a brief has at most one of each; and when all are measured.
AnySchedule = Schedule | PublishSchedule | MeasureSchedule
_S = TypeVar("_S", Schedule, PublishSchedule, MeasureSchedule)


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
    """When the brief is executed, new or changed; a paused schedule stays paused. The caller knows that the brief exists."""
    schedule = session.get(Schedule, brief_id) or Schedule(
        brief_id=brief_id, cron=cron, time_zone=time_zone, paused=False, changed_by=by, changed_at=now
    )
    return _saved(session, schedule, cron, time_zone, by, now)


def set_publish_schedule(
    session: Session,
    brief_id: str,
    cron: str,
    time_zone: str,
    *,
    destination: str,
    form: str,
    by: str,
    now: datetime,
) -> PublishSchedule:
    """When the brief is published and where to; else like `set_schedule`. What is under way goes where it went."""
    schedule = session.get(PublishSchedule, brief_id) or PublishSchedule(
        brief_id=brief_id,
        cron=cron,
        time_zone=time_zone,
        destination=destination,
        form=form,
        paused=False,
        changed_by=by,
        changed_at=now,
    )
    schedule.destination, schedule.form = destination, form
    return _saved(session, schedule, cron, time_zone, by, now)


def set_measure_schedule(
    session: Session, cron: str, time_zone: str, *, by: str, now: datetime
) -> MeasureSchedule:
    """When every campaign is measured, new or changed; a paused schedule stays paused."""
    schedule = session.get(MeasureSchedule, ALL) or MeasureSchedule(
        brief_id=ALL, cron=cron, time_zone=time_zone, paused=False, changed_by=by, changed_at=now
    )
    return _saved(session, schedule, cron, time_zone, by, now)


def set_paused(
    session: Session,
    brief_id: str,
    paused: bool,
    *,
    by: str,
    now: datetime,
    of: type[AnySchedule] = Schedule,
) -> AnySchedule:
    """Pause a schedule or let it go on; what fell due in the meantime is not caught up."""
    schedule = _schedule(session, brief_id, of)
    if schedule.paused != paused:
        schedule.paused, schedule.changed_by, schedule.changed_at = paused, by, now
    return schedule


def remove_schedule(session: Session, brief_id: str, *, of: type[AnySchedule] = Schedule) -> None:
    """The brief is executed, or published, only when a person asks for it; what was begun is not taken up again."""
    session.delete(_schedule(session, brief_id, of))
    if of is PublishSchedule:
        scheduled_occurrences.give_up(session, brief_id)


def all_schedules(session: Session) -> list[Schedule]:
    """Every schedule of executions, by brief."""
    return list(session.scalars(select(Schedule).order_by(Schedule.brief_id)))


def all_publish_schedules(session: Session) -> list[PublishSchedule]:
    """Every schedule of publishing, by brief."""
    return list(session.scalars(select(PublishSchedule).order_by(PublishSchedule.brief_id)))


def measure_schedule(session: Session) -> MeasureSchedule | None:
    """The schedule by which every campaign is measured, if there is one."""
    return session.get(MeasureSchedule, ALL)


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


def _saved(session: Session, schedule: _S, cron: str, time_zone: str, by: str, now: datetime) -> _S:
    line = " ".join(cron.split())
    if not next_times(line, time_zone, now, 1):
        raise BadInput(f"the cron line {line!r} names no day to come; correct its day and month.")
    schedule.cron, schedule.time_zone = line, time_zone
    schedule.changed_by, schedule.changed_at = by, now
    session.add(schedule)
    session.flush()
    return schedule


def _schedule(session: Session, brief_id: str, of: type[AnySchedule]) -> AnySchedule:
    if of is MeasureSchedule:
        measured = session.get(MeasureSchedule, brief_id)
        if measured is None:
            raise BadInput(
                "campaigns are not measured by themselves; `surmesure schedule measure` changes that."
            )
        return measured
    published = session.get(PublishSchedule, brief_id)
    found = published if of is PublishSchedule else session.get(Schedule, brief_id)
    if found is not None:
        return found
    if of is PublishSchedule:
        raise BadInput(
            f"brief {brief_id} is not published by itself; `surmesure schedule publish {brief_id}` changes that."
        )
    if published is not None:
        raise BadInput(f"brief {brief_id} is published by itself, but not executed: add --publish.")
    raise BadInput(f"brief {brief_id} has no schedule; `surmesure schedule add {brief_id}` makes one.")


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
