"""Runs as their page shows them: under way, silent, over, wished for, and planned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import schedules
from content_store.brand_folder.briefs import load_briefs
from content_store.errors import BadInput
from content_store.models import Brief, BriefLease, Run, RunRequest, RunStatus, Schedule, User
from content_store.setting_parts import LOOPBACK
from review.desk import Desk

ROWS = 30

#: How long a wish that came to nothing is told of.
REFUSALS_SHOWN = timedelta(days=7)


class RunUnderWay(NamedTuple):
    """A run that is marked as running; a silent one gave no sign of life for too long."""

    run: Run
    silent: bool


class Planned(NamedTuple):
    """A schedule with its next times, in its own zone; none while it rests."""

    schedule: Schedule
    next_times: list[datetime]


class Proposal(NamedTuple):
    """A brief, and the schedule that its file proposes."""

    brief_id: str
    cron: str = ""
    time_zone: str = ""


def under_way(session: Session, user: User, now: datetime) -> list[RunUnderWay]:
    """Runs that work now, the oldest first."""
    rows = session.execute(
        select(Run, BriefLease.until)
        .outerjoin(BriefLease, BriefLease.brief_id == Run.brief_id)
        .where(Run.status == RunStatus.RUNNING)
        .order_by(Run.id)
    )
    return [
        RunUnderWay(run, until is not None and until <= now) for run, until in rows if user.sees(run.brief_id)
    ]


def past_runs(session: Session, user: User, before: int | None = None) -> Sequence[Run]:
    """Runs that are over, the newest first, a page of them."""
    query = select(Run).where(Run.status != RunStatus.RUNNING)
    if user.briefs:
        query = query.where(Run.brief_id.in_(user.briefs))
    if before is not None:
        query = query.where(Run.id < before)
    return session.scalars(query.order_by(Run.id.desc()).limit(ROWS)).all()


def wishes(session: Session, user: User, now: datetime) -> list[RunRequest]:
    """Wishes that wait to be taken up, and those of the last days that came to nothing; the newest first."""
    found = session.scalars(
        select(RunRequest)
        .where(
            RunRequest.at > now - REFUSALS_SHOWN,
            RunRequest.taken_at.is_(None) | RunRequest.reason.is_not(None),
        )
        .order_by(RunRequest.id.desc())
    )
    return [request for request in found if user.sees(request.brief_id)]


def planned(session: Session, user: User, now: datetime) -> list[Planned]:
    """Schedules by brief."""
    return [
        Planned(row, [] if row.paused else schedules.next_times(row.cron, row.time_zone, now))
        for row in schedules.all_schedules(session)
        if user.sees(row.brief_id)
    ]


def proposals(session: Session, desk: Desk, user: User) -> list[Proposal]:
    """The briefs that can be executed: those of the brand folder; where it does not load, those of the database."""
    try:
        found = [
            Proposal(brief.id, *((brief.schedule.cron, brief.schedule.timezone) if brief.schedule else ()))
            for brief in load_briefs(desk.settings.brand, desk.brand)
        ]
    except BadInput:
        found = [Proposal(brief) for brief in session.scalars(select(Brief.id).order_by(Brief.id))]
    return [proposal for proposal in found if user.sees(proposal.brief_id)]


def prefect_page(desk: Desk, flow_run_id: str | None) -> str | None:
    """Prefect's page of a flow run; None where it is not known, and for readers on other machines, whom it does not serve."""
    if flow_run_id is None or desk.settings.review.public_url is not None:
        return None
    try:
        served = json.loads(Path(desk.settings.state_folder / "serve.json").read_text(encoding="utf-8"))
        address = str(served["prefect"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return f"{address}/runs/flow-run/{flow_run_id}" if urlsplit(address).hostname in LOOPBACK else None
