"""The library of blocks: what may be said, where it is used, approving a version and recalling one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from content_store import recall
from content_store.block_approval import approve_version, missing_roles
from content_store.errors import NotAllowed
from content_store.lapses import lapse
from content_store.models import BlockStatus, BlockVersion
from review import block_library, page_words, recall_report
from review.auth.guard import Caller, may
from review.auth.permissions import Permission
from review.block_library import Filters
from review.csv_file import csv_answer
from review.pages import page
from review.queue import Number
from review.routes.queue import Seeing
from review.routes.sign_in import AtDesk

router = APIRouter(include_in_schema=False, prefix="/blocks")

Managing = Annotated[Caller, Depends(may(Permission.MANAGE_BLOCKS))]
Recalling = Annotated[Caller, Depends(may(Permission.RECALL))]


@router.get("")
def show_blocks(
    request: Request, desk: AtDesk, caller: Seeing, filters: Annotated[Filters, Query()]
) -> Response:
    """The blocks by name, a page of them."""
    with desk.reads() as session:
        lines = block_library.block_lines(session, filters, caller.user)
        slots = block_library.slots(session)
    return page(
        request,
        "blocks/list.html",
        terms=page_words,
        lines=lines,
        slots=slots,
        filters=filters,
        rows=block_library.ROWS,
    )


@router.get("/versions/{version_id}")
def show_version(
    request: Request, desk: AtDesk, caller: Seeing, version_id: Number, done: Number | None = None
) -> Response:
    """A block with all its versions, this one open."""
    with desk.reads() as session:
        version = _version(session, version_id)
        views = block_library.version_views(session, version.block_id)
        uses = block_library.uses(session, [view.version.id for view in views], caller.user)
        messages = recall_report.newest_messages(session, version_id, caller.user)
        rules = desk.brand.approval_rules
        missing = {view.version.id: missing_roles(session, view.version, rules) for view in views}
    return page(
        request,
        "blocks/block.html",
        missing=missing,
        terms=page_words,
        version=version,
        views=views,
        uses=uses,
        messages=messages,
        today=desk.day,
        done=done,
    )


@router.post("/versions/{version_id}/approval")
def take_approval(desk: AtDesk, caller: Managing, version_id: Number) -> Response:
    """Approve a version; messages that were approved on the old one wait again."""
    with desk.sessions.begin() as session:
        _version(session, version_id)
        approve_version(session, version_id, by=caller.user, at=desk.now(), rules=desk.brand.approval_rules)
        lapsed = lapse(session, at=desk.now(), day=desk.day, rules=desk.brand.approval_rules)
        complete = session.get_one(BlockVersion, version_id).status is BlockStatus.APPROVED
    done = f"?done={len(lapsed)}" if complete else ""
    return RedirectResponse(f"/blocks/versions/{version_id}{done}", 303)


@router.get("/versions/{version_id}/recall")
def show_recall(request: Request, desk: AtDesk, caller: Recalling, version_id: Number) -> Response:
    """What a recall of this version would stop, before it is asked for."""
    if caller.user.briefs:
        raise NotAllowed(
            "You see some briefs only, and a recall reaches all; ask somebody who sees them all."
        )
    with desk.reads() as session:
        version = _version(session, version_id)
        reach = recall.reach(session, version_id)
    if version.status is BlockStatus.WITHDRAWN:
        return RedirectResponse(f"/blocks/versions/{version_id}", 303)
    return page(request, "blocks/recall.html", version=version, reach=reach._asdict())


@router.post("/versions/{version_id}/recall")
def take_recall(
    desk: AtDesk,
    caller: Recalling,
    version_id: Number,
    afterwards: BackgroundTasks,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Withdraw the version and all that stands on it; then the report."""
    with desk.sessions.begin() as session:
        _version(session, version_id)
        recall.recall(session, version_id, by=caller.user, at=desk.now(), reason=reason)
    afterwards.add_task(recall.suppress, desk.sessions, version_id)
    return RedirectResponse(f"/blocks/versions/{version_id}/report", 303)


@router.get("/versions/{version_id}/report")
def show_report(request: Request, desk: AtDesk, caller: Recalling, version_id: Number) -> Response:
    """What was recalled, by whom and why, and how many customers may have seen it."""
    with desk.reads() as session:
        version = _version(session, version_id)
        entry = recall.recall_of(session, version)
        if entry is None:
            raise HTTPException(404, "This block version was not recalled.")
        texts = recall_report.newest_texts(session, version_id, caller.user)
        messages = recall_report.newest_messages(session, version_id, caller.user)
    return page(
        request,
        "blocks/report.html",
        version=version,
        entry=entry,
        messages=messages,
        texts=texts,
        most=recall_report.MOST_LISTED,
    )


@router.get("/versions/{version_id}/report.csv")
def download_report(desk: AtDesk, caller: Recalling, version_id: Number) -> Response:
    """Every text, message and publication of the caller's team that stands or stood on this version."""
    with desk.reads() as session:
        _version(session, version_id)
    lines = recall_report.lines(desk.reads, version_id, caller.user)
    return csv_answer(f"recall-of-version-{version_id}.csv", recall_report.Line._fields, lines)


def _version(session: Session, version_id: int) -> BlockVersion:
    version = session.get(BlockVersion, version_id) if version_id < 2**31 else None
    if version is None:
        raise HTTPException(404, "There is no such block version.")
    return version
