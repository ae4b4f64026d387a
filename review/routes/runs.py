"""Runs: what was executed, is being executed and will be; starting one, and schedules."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store import schedules
from content_store.errors import BadInput
from content_store.models import Message, ReviewStatus, Run, RunRequest
from review import page_words, published, run_list
from review.auth.guard import Caller, may, visible
from review.auth.permissions import Permission
from review.desk import Desk
from review.pages import page, weekday_writer
from review.queue import Number
from review.routes.queue import Seeing
from review.routes.sign_in import AtDesk

router = APIRouter(include_in_schema=False, prefix="/runs")

Running = Annotated[Caller, Depends(may(Permission.RUN))]
BriefId = Annotated[str, Form(max_length=200, alias="brief")]


@router.get("")
def show_runs(request: Request, desk: AtDesk, caller: Seeing, before: Number | None = None) -> Response:
    """Everything about runs; the parts that move are asked for again every few seconds."""
    with desk.reads() as session:
        past = run_list.past_runs(session, caller.user, before)
        return page(
            request,
            "runs/page.html",
            under_way=run_list.under_way(session, caller.user, desk.now()),
            wishes=run_list.wishes(session, caller.user, desk.now()),
            planned=run_list.planned(session, caller.user, desk.now()),
            briefs=run_list.proposals(session, desk, caller.user),
            terms=page_words,
            publishing=published.planned(session, caller.user, desk.now()),
            occurrences=published.newest(session, caller.user, desk.now()) if before is None else [],
            prefect=partial(run_list.prefect_page, desk),
            past=past,
            more=len(past) == run_list.ROWS,
            first=before is None,
            when=weekday_writer(request),
        )


@router.get("/now")
def show_now(request: Request, desk: AtDesk, caller: Seeing) -> Response:
    """How far the runs are that work now."""
    with desk.reads() as session:
        return page(
            request,
            "runs/now.html",
            under_way=run_list.under_way(session, caller.user, desk.now()),
            wishes=run_list.wishes(session, caller.user, desk.now()),
        )


@router.get("/times")
def show_times(
    request: Request,
    desk: AtDesk,
    caller: Running,  # noqa: ARG001
    cron: Annotated[str, Query(max_length=200)] = "",
    time_zone: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """When a cron line would come due, before it is saved."""
    problem, times = None, []
    if cron.strip() and time_zone.strip():
        try:
            times = schedules.next_times(cron, time_zone.strip(), desk.now())
        except BadInput as error:
            problem = str(error)
    return page(request, "runs/times.html", times=times, problem=problem, when=weekday_writer(request))


@router.get("/{run_id}")
def show_run(request: Request, desk: AtDesk, caller: Seeing, run_id: Number) -> Response:
    """One run: what it counted, its warnings, and why it failed."""
    with desk.reads() as session:
        run = session.get(Run, run_id)
        if run is None:
            raise HTTPException(404, "There is no such item.")
        visible(caller.user, run.brief_id)
        statuses: dict[ReviewStatus, int] = dict(
            session.execute(
                select(Message.status, func.count()).where(Message.run_id == run_id).group_by(Message.status)
            ).all()
        )
    return page(
        request,
        "runs/run.html",
        terms=page_words,
        run=run,
        statuses=statuses,
        refused=_refused(run),
        prefect=run_list.prefect_page(desk, run.flow_run_id),
    )


@router.post("")
def take_run(desk: AtDesk, caller: Running, brief: BriefId) -> Response:
    """Ask for an execution now; whoever runs the schedules takes it up."""
    with desk.sessions.begin() as session:
        _known(session, desk, caller, brief)
        schedules.request_run(session, brief, by=caller.user.name, now=desk.now())
    return RedirectResponse("/runs", 303)


@router.post("/wishes/{request_id}/withdrawal")
def take_withdrawal(desk: AtDesk, caller: Running, request_id: Number) -> Response:
    """Take a wish back that nobody took up yet."""
    with desk.sessions.begin() as session:
        wish = session.get(RunRequest, request_id, with_for_update=True)
        if wish is None or not caller.user.sees(wish.brief_id):
            raise HTTPException(404, "There is no such item.")
        if wish.taken_at is None:
            session.delete(wish)
    return RedirectResponse("/runs", 303)


@router.post("/schedules")
def take_schedule(
    desk: AtDesk,
    caller: Running,
    brief: BriefId,
    cron: Annotated[str, Form(max_length=200)],
    time_zone: Annotated[str, Form(max_length=200)],
) -> Response:
    """Execute a brief by itself, or change when."""
    with desk.sessions.begin() as session:
        _known(session, desk, caller, brief)
        schedules.set_schedule(session, brief, cron, time_zone.strip(), by=caller.user.name, now=desk.now())
    return RedirectResponse("/runs#schedules", 303)


@router.post("/schedules/{brief}/{change}")
def take_change(desk: AtDesk, caller: Running, brief: str, change: str) -> Response:
    """Pause a schedule, let it go on, or remove it."""
    visible(caller.user, brief)
    with desk.sessions.begin() as session:
        if change == "removal":
            schedules.remove_schedule(session, brief)
        elif change in {"pause", "resumption"}:
            schedules.set_paused(session, brief, change == "pause", by=caller.user.name, now=desk.now())
        else:
            raise HTTPException(404, "A schedule can be paused, resumed or removed.")
    return RedirectResponse("/runs#schedules", 303)


def _refused(run: Run) -> list[tuple[str, int]]:
    """The gates by how many candidates they refused, the strictest first."""
    found = [
        (name.removeprefix("refused_"), count)
        for name, count in run.counts.items()
        if name.startswith("refused_")
    ]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def _known(session: Session, desk: Desk, caller: Caller, brief: str) -> None:
    visible(caller.user, brief)
    if brief not in {item.brief_id for item in run_list.proposals(session, desk, caller.user)}:
        raise BadInput(f"there is no brief {brief[:80]!r} in the brand folder; choose one of those shown.")
