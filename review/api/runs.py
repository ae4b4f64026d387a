"""Runs over the API: list them, and ask for one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.models import Brief, Run
from content_store.schedules import all_schedules, request_run
from review.api.answers import RunOut, RunRequestOut, ScheduleOut
from review.api.messages import CHANGES, READS, Seeing
from review.api.once import Key, once
from review.auth.guard import Caller, may
from review.auth.permissions import Permission
from review.routes.sign_in import AtDesk

router = APIRouter(tags=["runs"], prefix="/runs")

Running = Annotated[Caller, Depends(may(Permission.RUN))]


class RunIn(BaseModel):
    """The brief to execute."""

    model_config = ConfigDict(extra="forbid")

    brief: str = Field(min_length=1, max_length=200)


@router.get("", responses=READS)
def list_runs(
    desk: AtDesk,
    caller: Seeing,
    before: Annotated[int, Query(ge=1, le=2**31 - 1)] = 2**31 - 1,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[RunOut]:
    """Runs of the caller's team, the newest first; `before` is the last id of the page before."""
    query = select(Run).where(Run.id < before).order_by(Run.id.desc()).limit(limit)
    if caller.user.briefs:
        query = query.where(Run.brief_id.in_(caller.user.briefs))
    with desk.reads() as session:
        return [RunOut.model_validate(run) for run in session.scalars(query)]


@router.post("", responses=CHANGES, status_code=202, response_model=RunRequestOut)
def ask_for_run(request: Request, desk: AtDesk, caller: Running, wanted: RunIn, key: Key = None) -> Response:
    """Ask for an execution of a brief; `surmesure serve` takes it up within seconds."""

    def act(session: Session) -> RunRequestOut:
        if session.get(Brief, wanted.brief) is None or not caller.user.sees(wanted.brief):
            raise HTTPException(404, f"There is no brief {wanted.brief}.")
        asked = request_run(session, wanted.brief, by=caller.user.name, now=desk.now())
        return RunRequestOut.model_validate(asked)

    return once(request, desk, caller, key, wanted, act, status=202)


@router.get("/schedules", responses=READS)
def list_schedules(desk: AtDesk, caller: Seeing) -> list[ScheduleOut]:
    """When the briefs of the caller's team are executed by themselves."""
    with desk.reads() as session:
        return [
            ScheduleOut.model_validate(row)
            for row in all_schedules(session)
            if caller.user.sees(row.brief_id)
        ]
