"""The queue: the list on the left, one message on the right."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from content_store import queries
from content_store.models import Message
from review import queue
from review.auth.guard import Caller, may
from review.auth.permissions import Permission
from review.pages import page
from review.queue import Filters, Number
from review.routes.panes import open_message, queue_page
from review.routes.sign_in import AtDesk

router = APIRouter(include_in_schema=False)

Seeing = Annotated[Caller, Depends(may(Permission.SEE))]


def chosen(filters: Annotated[Filters, Query()]) -> Filters:
    """The filters in the address; a dependency of its own, since only a lone model is read field by field."""
    return filters


Chosen = Annotated[Filters, Depends(chosen)]


@router.get("/")
def start() -> Response:
    return RedirectResponse("/queue", 303)


@router.get("/queue")
def show_queue(request: Request, desk: AtDesk, caller: Seeing, filters: Chosen) -> Response:
    """The list, and its first message where there is room beside it."""
    return queue_page(request, desk, caller, filters)


@router.get("/queue/rows")
def more_rows(request: Request, desk: AtDesk, caller: Seeing, filters: Chosen, after: Number) -> Response:
    """The rows of the list after that message."""
    with desk.reads() as session:
        last = session.get(Message, after)
        if last is None or not caller.user.sees(last.brief_id):
            raise HTTPException(404, "There is no such item.")
        found = queue.find(session, filters, caller.user, desk.now(), after=last)
        shown = queue.rows(session, found, queries.segment_names(session))
    return page(request, "queue/rows.html", rows=shown, filters=filters, current=None)


@router.get("/queue/runs")
def show_runs(request: Request, desk: AtDesk, caller: Seeing) -> Response:
    """How far the runs are that write messages now; asked again every few seconds while there are any."""
    with desk.reads() as session:
        return page(request, "queue/runs.html", runs=queue.runs_under_way(session, caller.user))


@router.get("/messages/{message_id}")
def show_message(
    request: Request, desk: AtDesk, caller: Seeing, message_id: Number, filters: Chosen
) -> Response:
    """One message with the list beside it; to htmx the message alone."""
    return open_message(request, desk, caller, filters, message_id)
