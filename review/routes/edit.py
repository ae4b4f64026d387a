"""Editing in place: the gates read along while somebody types, and all of them read before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from content_store.changes import Edit, edit
from content_store.decisions import Seen
from content_store.errors import BadInput, StaleState, SurmesureError
from content_store.models import Action
from content_store.taking_back import CLOSED, others_decision
from review import editing
from review.auth.guard import Caller
from review.auth.permissions import Permission
from review.desk import Desk
from review.pages import page, translator, wants_part
from review.queue import Filters, Number
from review.routes.message import Editing, refused
from review.routes.panes import Notice, after_change, load_message
from review.routes.queue import Chosen
from review.routes.sign_in import AtDesk
from review.scorer import ScorerDown
from review.words import DONE

router = APIRouter(include_in_schema=False)

MOST_CHARACTERS = 3_000


async def sent_form(request: Request) -> FormData:
    """The fields as they were sent: their names hold the slots."""
    return await request.form()


Sent = Annotated[FormData, Depends(sent_form)]


@router.get("/messages/{message_id}/edit")
def show_editor(
    request: Request, desk: AtDesk, caller: Editing, message_id: Number, filters: Chosen
) -> Response:
    """The texts of a message, to change."""
    return _editor(request, desk, caller, filters, message_id)


@router.post("/messages/{message_id}/check")
def check_text(request: Request, desk: AtDesk, caller: Editing, message_id: Number, sent: Sent) -> Response:
    """What the gates that need no encoder say of a text while it is typed."""
    slot = str(sent.get("slot", ""))
    with desk.reads() as session:
        ground = editing.grounds(session, desk, load_message(session, caller.user, message_id)).get(slot)
    if ground is None:
        raise HTTPException(404, "This message has no such slot.")
    text = editing.tidy(str(sent.get(f"text.{slot}", "")))
    verdicts = [verdict._asdict() for verdict in editing.read_at_once(desk, ground, text)]
    return page(
        request,
        "message/check.html",
        slot=slot,
        text=text,
        limit=ground.max_chars,
        failed=[verdict for verdict in verdicts if not verdict["passed"]],
        changed=text != ground.variant.text,
        reason=str(sent.get(f"reason.{slot}", "")),
        override=caller.may(Permission.OVERRIDE),
        saved=False,
    )


@router.post("/messages/{message_id}/edits")
def take_edits(
    request: Request, desk: AtDesk, caller: Editing, message_id: Number, filters: Chosen, sent: Sent
) -> Response:
    """Save the texts that were changed; each stands as a new variant that waits for somebody else's decision."""
    reasons = _typed(sent, "reason.")
    with desk.reads() as session:
        grounds = editing.grounds(session, desk, load_message(session, caller.user, message_id))
    changed = {slot: text for slot, text in _changed(sent).items() if slot in grounds}
    if not changed:
        _ = translator(request).gettext
        return after_change(request, desk, caller, filters, message_id, _("Nothing was changed."))
    if any(not text or len(text) > MOST_CHARACTERS for text in changed.values()):
        raise HTTPException(422, f"A text has 1 to {MOST_CHARACTERS} characters.")
    try:
        made = editing.edits(desk, grounds, changed, reasons)
    except ScorerDown as error:
        return _editor(
            request, desk, caller, filters, message_id, sent=sent, notice=Notice(str(error), True), status=503
        )
    refusing = {item.slot: _failed(item) for item in made if _failed(item)}
    if refusing and not caller.may(Permission.OVERRIDE):
        return _editor(request, desk, caller, filters, message_id, sent=sent, refusing=refusing, status=422)
    if any(not reasons.get(slot) for slot in refusing):
        return _editor(request, desk, caller, filters, message_id, sent=sent, refusing=refusing, status=422)
    try:
        seen = Seen(message_id, str(sent.get("hash", "")))
        _save(desk, caller, seen, made, str(sent.get("taking_back", "")).strip() or None)
    except StaleState:
        _ = translator(request).gettext
        stale = _(
            "Somebody else changed this message meanwhile. What you typed is kept; save again to put it in place of what is there now."
        )
        return _editor(
            request, desk, caller, filters, message_id, sent=sent, notice=Notice(stale), status=409
        )
    except BadInput as error:
        # Somebody may have decided while this was typed: that asks for a reason, and must not lose the text.
        return _editor(
            request, desk, caller, filters, message_id, sent=sent, notice=Notice(str(error), True), status=422
        )
    except SurmesureError as error:
        return refused(request, desk, caller, filters, message_id, error)
    return after_change(
        request, desk, caller, filters, message_id, translator(request).gettext(DONE[Action.EDIT])
    )


def _save(desk: Desk, caller: Caller, seen: Seen, made: list[Edit], reason: str | None) -> None:
    """All of them or none; after each the message has a new hash, which the next one sees."""
    rules = desk.brand.approval_rules
    with desk.sessions.begin() as session:
        for item in made:
            decision = edit(session, seen, item, by=caller.user, at=desk.now(), rules=rules, reason=reason)
            seen = Seen(seen.message_id, decision.content_hash or "")


def _editor(
    request: Request,
    desk: Desk,
    caller: Caller,
    filters: Filters,
    message_id: int,
    *,
    sent: FormData | None = None,
    notice: Notice | None = None,
    refusing: Mapping[str, list[dict[str, str]]] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The form, with what was typed; a failed gate asks for a reason."""
    with desk.reads() as session:
        message = load_message(session, caller.user, message_id)
        grounds = editing.grounds(session, desk, message)
        taking_back = message.status in CLOSED and others_decision(session, message, caller.user) is not None
    stale = status == 409
    standing = {slot: ground.variant.text for slot, ground in grounds.items()}
    bases = {slot: editing.base_of(text) for slot, text in standing.items()}
    opened_with = bases | (_typed(sent, "base.") if sent else {})
    # After somebody else's change their texts stand in the slots that were left alone.
    typed = (_changed(sent) if stale else _typed(sent, "text.")) if sent else {}
    texts = {slot: typed.get(slot, text) for slot, text in standing.items()}
    theirs = {
        slot: text
        for slot, text in standing.items()
        if stale and slot in typed and opened_with[slot] != bases[slot]
    }
    failed = {
        slot: (refusing or {}).get(slot)
        or [
            verdict._asdict()
            for verdict in editing.read_at_once(desk, ground, texts[slot])
            if not verdict.passed
        ]
        for slot, ground in grounds.items()
    }
    return page(
        request,
        "message/editor.html" if wants_part(request) else "message/editor_page.html",
        status,
        # What came of saving stays in the place of the texts.
        {"HX-Retarget": "#texts"} if sent else None,
        message=message,
        # What was seen when the typing began, not what is there now: a change meanwhile must be noticed.
        seen=str(sent.get("hash", "")) if sent and not stale else message.content_hash,
        bases=bases if stale else opened_with,
        theirs=theirs,
        taking_back=taking_back,
        taking_back_reason=str(sent.get("taking_back", "")) if sent else "",
        grounds=grounds,
        texts=texts,
        failed=failed,
        reasons=_typed(sent, "reason.") if sent else {},
        saved=refusing is not None,
        override=caller.may(Permission.OVERRIDE),
        notice=notice,
        filters=filters,
    )


def _typed(sent: FormData, prefix: str) -> dict[str, str]:
    """Slot -> what was typed for it."""
    return {
        name.removeprefix(prefix): editing.tidy(value)
        for name, value in sent.items()
        if name.startswith(prefix) and isinstance(value, str)
    }


def _changed(sent: FormData) -> dict[str, str]:
    """Slot -> its text, where that is not the one it was opened with; what stands there now may be another's."""
    texts, bases = _typed(sent, "text."), _typed(sent, "base.")
    if lacking := texts.keys() - bases.keys():
        raise HTTPException(
            422, f"Send base.{min(lacking)} too, as the form holds it; open the editor again."
        )
    return {slot: text for slot, text in texts.items() if editing.base_of(text) != bases[slot]}


def _failed(item: Edit) -> list[dict[str, str]]:
    return [verdict for verdict in item.verdicts if not verdict["passed"]]
