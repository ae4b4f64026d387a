"""Deciding on one message, swapping its texts, giving it to somebody, and taking a decision back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from content_store.changes import swap
from content_store.decisions import Seen, decide
from content_store.errors import BadInput, NotAllowed, StaleState, SurmesureError
from content_store.models import Action, User, Variant
from review import undo
from review.assigning import assign
from review.auth.guard import Caller, may
from review.auth.headers import PREVIEW_HEADERS
from review.auth.permissions import Permission
from review.desk import Desk
from review.pages import page, translator
from review.preview import preview
from review.queue import Filters, Number
from review.routes.panes import Notice, after_change, after_decision, after_undo, load_message, open_message
from review.routes.queue import Chosen, Seeing
from review.routes.sign_in import AtDesk
from review.words import DONE

router = APIRouter(include_in_schema=False)

Deciding = Annotated[Caller, Depends(may(Permission.DECIDE))]
Editing = Annotated[Caller, Depends(may(Permission.EDIT))]
Hash = Annotated[str, Form(alias="hash", pattern="^[0-9a-f]{64}$")]

#: What a person decides with a key.
_PLAIN = (Action.APPROVE, Action.REJECT, Action.SEND_BACK, Action.REOPEN)


@router.post("/messages/{message_id}/decisions")
def take_decision(
    request: Request,
    desk: AtDesk,
    caller: Deciding,
    message_id: Number,
    filters: Chosen,
    action: Annotated[Action, Form()],
    seen: Hash,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Approve, reject or send back what was seen, then the next message; or open what was decided again."""
    if action not in _PLAIN:
        raise HTTPException(422, "Decide to approve, reject, send_back or reopen.")
    try:
        with desk.sessions.begin() as session:
            decide(
                session,
                Seen(message_id, seen),
                action,
                by=caller.user,
                at=desk.now(),
                day=desk.day,
                rules=desk.brand.approval_rules,
                reason=reason.strip() or None,
            )
    except SurmesureError as error:
        return refused(request, desk, caller, filters, message_id, error)
    said = translator(request).gettext(DONE[action])
    if action is Action.REOPEN:
        return after_undo(request, desk, caller, filters, message_id, said)
    return after_decision(request, desk, caller, filters, message_id, said)


@router.post("/messages/{message_id}/swaps")
def take_swap(
    request: Request,
    desk: AtDesk,
    caller: Editing,
    message_id: Number,
    filters: Chosen,
    variant: Annotated[Number, Form()],
    seen: Hash,
) -> Response:
    """Put an alternative into its slot."""
    try:
        with desk.sessions.begin() as session:
            wanted = session.get(Variant, variant)
            if wanted is None:
                raise BadInput(f"there is no variant {variant}; choose one of the alternatives.")
            swap(
                session,
                Seen(message_id, seen),
                wanted,
                by=caller.user,
                at=desk.now(),
                rules=desk.brand.approval_rules,
            )
    except SurmesureError as error:
        return refused(request, desk, caller, filters, message_id, error)
    said = translator(request).gettext(DONE[Action.SWAP])
    return after_change(request, desk, caller, filters, message_id, said)


@router.post("/messages/{message_id}/assignee")
def take_assignee(
    request: Request,
    desk: AtDesk,
    caller: Editing,
    message_id: Number,
    filters: Chosen,
    assignee: Annotated[str, Form(pattern="^[0-9]{0,9}$")] = "",
) -> Response:
    """Give a message to somebody who may decide on it, or to nobody."""
    _ = translator(request).gettext
    with desk.sessions.begin() as session:
        message = load_message(session, caller.user, message_id)
        person = session.get(User, int(assignee)) if assignee else None
        if assignee and person is None:
            raise HTTPException(422, "This person cannot decide on this message; choose somebody else.")
        assign(session, message, person)
        name = person.full_name if person else None
    said = _("Given to %(name)s.") % {"name": name} if name else _("Given to nobody.")
    return after_change(request, desk, caller, filters, message_id, said)


@router.post("/undo")
def take_undo(request: Request, desk: AtDesk, caller: Editing, filters: Chosen) -> Response:
    """Take back the caller's own last decision or change, unless somebody decided after it."""
    _ = translator(request).gettext
    message_id = None
    try:
        with desk.sessions.begin() as session:
            save = undo.last_own(session, caller.user)
            if save:
                message_id = save[0].message_id
                if save[0].action in undo.DECISIONS and not caller.may(Permission.DECIDE):
                    raise NotAllowed("your last action was a decision; without the right to decide it stays.")
                undo.take_back(
                    session,
                    save,
                    by=caller.user,
                    at=desk.now(),
                    day=desk.day,
                    rules=desk.brand.approval_rules,
                )
    except SurmesureError as error:
        if message_id is None:
            raise
        return refused(request, desk, caller, filters, message_id, error)
    if message_id is None:
        return page(request, "toast.html", said=_("There is nothing of yours to take back."), undo=False, about=None,
                    headers={"HX-Reswap": "none"})  # fmt: skip
    return after_undo(request, desk, caller, filters, message_id, _(DONE[Action.REOPEN]))


@router.get("/messages/{message_id}/preview")
def show_preview(
    request: Request, desk: AtDesk, caller: Seeing, message_id: Number, filters: Chosen, example: int = 1
) -> Response:
    """The message as another example customer gets it."""
    with desk.reads() as session:
        message = load_message(session, caller.user, message_id)
        found = preview(session, desk, message, example)
        return page(request, "message/preview.html", message=message, preview=found, filters=filters)


@router.get("/messages/{message_id}/preview/email")
def show_email(
    desk: AtDesk, caller: Seeing, message_id: Number, example: Annotated[int, Query(le=100)] = 1
) -> Response:
    """The e-mail's page for the frame: it runs nothing and asks nothing of any host."""
    with desk.reads() as session:
        found = preview(session, desk, load_message(session, caller.user, message_id), example)
    if found.rendered is None or found.rendered.html is None:
        raise HTTPException(404, "This message has no page.")
    return HTMLResponse(found.rendered.html, headers=dict(PREVIEW_HEADERS))


def refused(
    request: Request, desk: Desk, caller: Caller, filters: Filters, message_id: int, error: SurmesureError
) -> Response:
    """The message as it is now, with the reason why nothing was done: 409, 403 or 422."""
    _ = translator(request).gettext
    if isinstance(error, StaleState):
        stale = _(
            "Somebody else was faster: this message has changed since you saw it. Here it is as it is now."
        )
        notice, status = Notice(stale), 409
    else:
        notice, status = Notice(_sentence(error), True), status_of(error)
    return open_message(request, desk, caller, filters, message_id, notice=notice, status=status)


def status_of(error: SurmesureError) -> int:
    """The HTTP status that says what went wrong."""
    for kind, status in ((StaleState, 409), (NotAllowed, 403), (BadInput, 422)):
        if isinstance(error, kind):
            return status
    return 503


def _sentence(error: SurmesureError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
