"""Blocks over the API: list, approve a version, see how far one has spread, recall it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import recall
from content_store.block_approval import approve_version
from content_store.lapses import lapse
from content_store.models import BlockStatus, BlockVersion
from review.api.answers import BlockOut, DecisionOut, ReachOut, RecallOut, ReportLineOut, ReportOut
from review.api.messages import CHANGES, READS, Id, Seeing
from review.api.once import Key, once
from review.auth.guard import Caller, may
from review.auth.permissions import Permission
from review.recall_report import Kind, lines_of
from review.routes.sign_in import AtDesk

router = APIRouter(tags=["blocks"], prefix="/blocks")

Managing = Annotated[Caller, Depends(may(Permission.MANAGE_BLOCKS))]
Recalling = Annotated[Caller, Depends(may(Permission.RECALL))]


class RecallIn(BaseModel):
    """Why the version is withdrawn."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000)


@router.get("/versions", responses=READS)
def list_versions(
    desk: AtDesk,
    caller: Seeing,  # noqa: ARG001
    block: Annotated[str | None, Query(max_length=200)] = None,
    status: BlockStatus | None = None,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[BlockOut]:
    """Block versions by id; `after` is the last id of the page before."""
    query = select(BlockVersion).where(BlockVersion.id > after).order_by(BlockVersion.id).limit(limit)
    if block is not None:
        query = query.where(BlockVersion.block_id == block)
    if status is not None:
        query = query.where(BlockVersion.status == status)
    with desk.reads() as session:
        return [BlockOut.model_validate(version) for version in session.scalars(query)]


@router.get("/versions/{version_id}/reach", responses=READS)
def read_reach(desk: AtDesk, caller: Seeing, version_id: Id) -> ReachOut:
    """How far a version has spread: what a recall would stop, and who may have seen it."""
    with desk.reads() as session:
        _version(session, version_id)
        return ReachOut.model_validate(recall.reach(session, version_id, caller.user.briefs))


@router.get("/versions/{version_id}/report", responses=READS)
def read_report(
    desk: AtDesk,
    caller: Recalling,
    version_id: Id,
    kind: Kind = Kind.PUBLICATION,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> ReportOut:
    """What a recall reached of the caller's team, one kind at a time; 404 for a version that was not recalled."""
    with desk.reads() as session:
        entry = recall.recall_of(session, _version(session, version_id))
        if entry is None:
            raise HTTPException(404, f"Block version {version_id} was not recalled.")
        found = lines_of(session, kind, version_id, caller.user, after, limit)
    return ReportOut(
        decision=DecisionOut.model_validate(entry),
        lines=[ReportLineOut.model_validate(line) for line in found],
        next=found[-1].id if len(found) == limit else None,
    )


@router.post("/versions/{version_id}/approvals", responses=CHANGES, response_model=DecisionOut)
def approve_block(
    request: Request, desk: AtDesk, caller: Managing, version_id: Id, key: Key = None
) -> Response:
    """Approve a version; it takes the place of the one approved before."""

    def act(session: Session) -> DecisionOut:
        _version(session, version_id)
        approved = approve_version(
            session, version_id, by=caller.user, at=desk.now(), rules=desk.brand.approval_rules
        )
        lapse(session, at=desk.now(), day=desk.day, rules=desk.brand.approval_rules)
        return DecisionOut.model_validate(approved)

    return once(request, desk, caller, key, None, act)


@router.post("/versions/{version_id}/recalls", responses=CHANGES, response_model=RecallOut)
def recall_block(
    request: Request,
    desk: AtDesk,
    caller: Recalling,
    version_id: Id,
    wanted: RecallIn,
    afterwards: BackgroundTasks,
    key: Key = None,
) -> Response:
    """Withdraw a version for good, and every text that stands on it."""

    def act(session: Session) -> RecallOut:
        _version(session, version_id)
        decision, reach = recall.recall(
            session, version_id, by=caller.user, at=desk.now(), reason=wanted.reason
        )
        return RecallOut(decision=DecisionOut.model_validate(decision), reach=ReachOut.model_validate(reach))

    answer = once(request, desk, caller, key, wanted, act)
    afterwards.add_task(recall.suppress, desk.sessions, version_id)
    return answer


def _version(session: Session, version_id: int) -> BlockVersion:
    version = session.get(BlockVersion, version_id)
    if version is None:
        raise HTTPException(404, f"There is no block version {version_id}.")
    return version
