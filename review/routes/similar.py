"""Similar messages together: the offers of a run, the audit of one group message by message, and the rest in one step."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from content_store import queries
from content_store.decisions import Seen
from content_store.models import Action, Message
from review import audits
from review.auth.guard import Caller, may
from review.auth.permissions import Permission
from review.desk import Desk
from review.diff import word_diff
from review.pages import page
from review.queue import Number
from review.routes.message import Hash
from review.routes.sign_in import AtDesk
from review.similar import CONFIDENCE, MOST_BAD_SHARE, Group

router = APIRouter(include_in_schema=False, prefix="/similar")

Deciding = Annotated[Caller, Depends(may(Permission.DECIDE))]

#: Groups shown of a run.
MOST_GROUPS = 30


@router.get("")
def show_offers(request: Request, desk: AtDesk, caller: Deciding, run: Number | None = None) -> Response:
    """The groups of a run that save work, or in which somebody has begun; those of the newest run at first."""
    with desk.reads() as session:
        runs = audits.waiting_runs(session, caller.user)
        chosen = run or (runs[0].run_id if runs else None)
        found = audits.audits(session, chosen, caller.user) if chosen else []
        offered = [
            audit for audit in found if audit.saves or (audit.clean and audit.refused is None and audit.rest)
        ]
        shown = offered[:MOST_GROUPS]
        texts = queries.message_variants(session, [audit.group.exemplar for audit in shown])
    return page(
        request,
        "similar/list.html",
        runs=runs,
        chosen=chosen,
        audits=shown,
        texts=texts,
        most_bad=MOST_BAD_SHARE,
        confidence=CONFIDENCE,
    )


@router.get("/{run_id}/{key}")
def show_group(request: Request, desk: AtDesk, caller: Deciding, run_id: Number, key: str) -> Response:
    """The next message of an audit beside the exemplar, or the rest when all were clean."""
    with desk.reads() as session:
        audit = audits.find_audit(session, run_id, key, caller.user)
        wanted = [audit.group.exemplar] + ([audit.next] if audit.next else [])
        texts = queries.message_variants(session, wanted)
        exemplar = {variant.slot: variant for variant in texts[audit.group.exemplar]}
        names = queries.segment_names(session)
        message = session.get_one(Message, audit.next) if audit.next else None
    slots = [
        (variant, word_diff(exemplar[variant.slot].text, variant.text) if variant.slot in exemplar else None)
        for variant in texts.get(audit.next or 0, [])
    ]
    return page(
        request,
        "similar/group.html",
        run_id=run_id,
        audit=audit,
        exemplar=texts[audit.group.exemplar],
        message=message,
        slots=slots,
        segment=names.get(message.segment_id) if message else None,
        statement=audits.statement(audit.group),
        most_bad=MOST_BAD_SHARE,
        confidence=CONFIDENCE,
    )


@router.post("/{run_id}/{key}/readings")
def take_reading(
    desk: AtDesk,
    caller: Deciding,
    run_id: Number,
    key: str,
    message_id: Annotated[Number, Form()],
    seen: Hash,
    action: Annotated[Literal["approve", "reject", "send_back"], Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Decide on the message that is to be read now; then the next."""
    group = _group(desk, caller, run_id, key)
    with desk.sessions.begin() as session:
        audits.read_one(
            session,
            group,
            Seen(message_id, seen),
            Action(action),
            by=caller.user,
            at=desk.now(),
            day=desk.day,
            rules=desk.brand.approval_rules,
            reason=reason,
        )
    return RedirectResponse(f"/similar/{run_id}/{key}", 303)


@router.post("/{run_id}/{key}/rest")
def take_rest(
    desk: AtDesk,
    caller: Deciding,
    run_id: Number,
    key: str,
    digest: Annotated[str, Form(pattern="^[0-9a-f]{64}$")],
) -> Response:
    """Approve what the audit allows to go unread: all of it, or nothing and 409."""
    group = _group(desk, caller, run_id, key)
    with desk.sessions.begin() as session:
        audits.approve_rest(
            session,
            group,
            digest,
            by=caller.user,
            at=desk.now(),
            day=desk.day,
            rules=desk.brand.approval_rules,
        )
    return RedirectResponse(f"/similar/{run_id}/{key}", 303)


def _group(desk: Desk, caller: Caller, run_id: int, key: str) -> Group:
    """The group, compared before the log is held: what it is made of, the texts as composed, does not change."""
    with desk.reads() as session:
        return audits.find_audit(session, run_id, key, caller.user).group
