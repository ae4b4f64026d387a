"""What the routes of the queue answer with: the whole page, one message, or what a decision changed on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from content_store import queries
from content_store.claims import claim_of_another
from content_store.models import Message, User
from review import claims, message_view, preview, queue
from review.auth.guard import Caller
from review.calibration import Calibrations
from review.desk import Desk
from review.filter_fields import filter_fields
from review.pages import fragment, page, translator, wants_part
from review.queue import Count, Filters


class Notice(NamedTuple):
    """A sentence at the head of a message about what was just tried; `in_english` when the domain put it."""

    sentence: str
    in_english: bool = False


class Part(NamedTuple):
    """A template with all that it needs: it is filled in when the database is closed, so that nobody waits for that."""

    template: str
    values: dict[str, Any]


def load_message(session: Session, user: User, message_id: int) -> Message:
    """The message, or 404 for one that is not there or another team's."""
    message = session.get(Message, message_id)
    if message is None or not user.sees(message.brief_id):
        raise HTTPException(404, "There is no such message.")
    return message


def queue_page(
    request: Request,
    desk: Desk,
    caller: Caller,
    filters: Filters,
    message_id: int | None = None,
    *,
    notice: Notice | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The whole page; without a message that of the list's first."""
    user, now = caller.user, desk.now()
    with desk.reads() as session:
        found = queue.find(session, filters, user, now)
    # Between the readings: on SQLite an open one would keep it from being written.
    if message_id is not None:
        claims.take(desk, user, message_id)
    else:
        found = claims.from_the_first(desk, user, filters, found)
    # A list that the page holds whole is not counted again: to search for rare words takes as long each time.
    whole = Count(len(found), False) if len(found) < queue.ROWS else None
    with desk.reads() as session:
        opened = load_message(session, user, message_id) if message_id is not None else None
        shown = opened or (found[0] if found else None)
        if opened is not None and all(item.id != opened.id for item in found):
            # Deep in the list: it starts here, and a link leads to its start.
            within = queue.is_in(session, filters, user, now, opened)
            found = [*([opened] if within else []), *queue.find(session, filters, user, now, after=opened)]
        known = found[1] if len(found) > 1 and found[0] is shown else None
        names = queries.segment_names(session)
        values: dict[str, Any] = {
            "rows": queue.rows(session, found, names),
            "count": whole or queue.count(session, filters, user, now),
            "fields": filter_fields(
                desk.brand, queue.choices(session, user), filters, translator(request).gettext
            ),
            "runs": queue.runs_under_way(session, user),
            "current": shown.id if shown else None,
            "filters": filters,
            "open": "message" if opened else "list",
        }
        pane = [_pane(request, session, desk, caller, filters, shown, notice, known)] if shown else []
    # The address of a form holds every field; ours only those that were filled in.
    address = {"HX-Push-Url": f"/queue{filters.query}"} if wants_part(request) else None
    return page(request, "queue/page.html", status, address, pane=_filled(request, pane), **values)


def open_message(
    request: Request,
    desk: Desk,
    caller: Caller,
    filters: Filters,
    message_id: int,
    *,
    notice: Notice | None = None,
    status: int = 200,
) -> HTMLResponse:
    """One message: to htmx alone, else in its page. With a notice, its row in the list comes along as it is now.

    Fetched ahead, it comes only where nobody else looks at it; else the page is told what to fetch in its place.
    """
    if not wants_part(request):
        return queue_page(request, desk, caller, filters, message_id, notice=notice, status=status)
    if not claims.take(desk, caller.user, message_id) and "X-Ahead-Of" in request.headers:
        return _other_ahead(request, desk, caller, filters, message_id)
    with desk.reads() as session:
        message = load_message(session, caller.user, message_id)
        parts = [_pane(request, session, desk, caller, filters, message, notice)]
        if notice is not None:
            parts.append(_row(session, desk, filters, caller.user, message))
    address = {"HX-Push-Url": f"/messages/{message_id}{filters.query}"}
    return HTMLResponse(_filled(request, parts), status, address)


def after_decision(
    request: Request, desk: Desk, caller: Caller, filters: Filters, message_id: int, said: str
) -> Response:
    """What a decision changed on the page, and which message comes next; to a browser without scripts that message."""
    with desk.reads() as session:
        message = load_message(session, caller.user, message_id)
        other = queue.following(session, filters, caller.user, desk.now(), message)
        following = f"/messages/{other.id}{filters.query}" if other else ""
        if not wants_part(request):
            return RedirectResponse(following or f"/queue{filters.query}", 303)
        parts = [
            _row(session, desk, filters, caller.user, message),
            Part(
                "queue/count.html",
                {"count": queue.count(session, filters, caller.user, desk.now()), "oob": True},
            ),
            Part("toast.html", {"said": said, "about": message_id, "undo": True}),
        ]
    if not following:
        return HTMLResponse(_filled(request, [Part("queue/nothing.html", {"filters": filters}), *parts]))
    # The page has the next message already, or asks for it.
    return HTMLResponse(_filled(request, parts), headers={"HX-Reswap": "none", "X-Next": following})


def after_change(
    request: Request, desk: Desk, caller: Caller, filters: Filters, message_id: int, said: str
) -> Response:
    """The message as it is after a change of its text, and its row."""
    if not wants_part(request):
        return RedirectResponse(f"/messages/{message_id}{filters.query}", 303)
    with desk.reads() as session:
        message = load_message(session, caller.user, message_id)
        parts = [
            _pane(request, session, desk, caller, filters, message, None),
            _row(session, desk, filters, caller.user, message),
            Part("toast.html", {"said": said, "about": message_id, "undo": True}),
        ]
    address = {"HX-Replace-Url": f"/messages/{message_id}{filters.query}"}
    return HTMLResponse(_filled(request, parts), headers=address)


def after_undo(
    request: Request, desk: Desk, caller: Caller, filters: Filters, message_id: int, said: str
) -> Response:
    """The message that is open again, in a list that holds it again."""
    if not wants_part(request):
        return RedirectResponse(f"/messages/{message_id}{filters.query}", 303)
    claims.take(desk, caller.user, message_id)
    with desk.reads() as session:
        message = load_message(session, caller.user, message_id)
        found = queue.find(session, filters, caller.user, desk.now())
        rows = queue.rows(session, found, queries.segment_names(session))
        count = queue.count(session, filters, caller.user, desk.now())
        parts = [
            _pane(request, session, desk, caller, filters, message, None),
            Part("queue/list.html", {"rows": rows, "filters": filters, "current": message_id, "oob": True}),
            Part("queue/count.html", {"count": count, "oob": True}),
            Part("toast.html", {"said": said, "about": message_id, "undo": False}),
        ]
    address = {"HX-Replace-Url": f"/messages/{message_id}{filters.query}"}
    return HTMLResponse(_filled(request, parts), headers=address)


def _other_ahead(
    request: Request, desk: Desk, caller: Caller, filters: Filters, message_id: int
) -> HTMLResponse:
    """Nothing but which message is next, unless that is the one on the page, whose number the page sends."""
    with desk.reads() as session:
        message = load_message(session, caller.user, message_id)
        other = queue.following(session, filters, caller.user, desk.now(), message)
    if other is None or str(other.id) == request.headers["X-Ahead-Of"]:
        return HTMLResponse("", 204)
    return HTMLResponse("", 204, {"X-Next": f"/messages/{other.id}{filters.query}"})


def _pane(
    request: Request,
    session: Session,
    desk: Desk,
    caller: Caller,
    filters: Filters,
    message: Message,
    notice: Notice | None,
    following: Message | None = None,
) -> Part:
    calibrations: Calibrations = request.app.state.calibrations
    other = following or queue.following(session, filters, caller.user, desk.now(), message)
    found = message_view.view(session, desk, message, caller.user, calibrations.of_slots(session))
    return Part(
        "message/pane.html",
        {
            "view": found,
            "preview": preview.preview(session, desk, message, 1),
            "following": f"/messages/{other.id}{filters.query}" if other else "",
            "filters": filters,
            "notice": notice,
            "claim": claim_of_another(session, message, caller.user, desk.now()),
        },
    )


def _row(session: Session, desk: Desk, filters: Filters, user: User, message: Message) -> Part:
    """The message's row as it is now, or its removal from a list that it left."""
    rows: list[queue.Row] = []
    if queue.is_in(session, filters, user, desk.now(), message):
        rows = queue.rows(session, [message], queries.segment_names(session))
    values = {"message_id": message.id, "rows": rows, "filters": filters, "current": message.id}
    return Part("queue/row_now.html", values)


def _filled(request: Request, parts: Sequence[Part]) -> str:
    return "".join(fragment(request, part.template, **part.values) for part in parts)
