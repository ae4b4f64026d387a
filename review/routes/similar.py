"""Similar messages together: the offers of a run, the audit of one group message by message, and the rest in one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from content_store import queries
from content_store.decisions import Seen
from content_store.models import Action, Variant
from review import audits, message_view, preview
from review.auth.guard import Caller, may
from review.auth.permissions import Permission
from review.calibration import Calibrations
from review.desk import Desk
from review.diff import Piece, word_diff
from review.pages import page
from review.queue import Number
from review.routes.message import Hash
from review.routes.panes import load_message
from review.routes.sign_in import AtDesk
from review.run_groups import RunGroups
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
    groups = _groups(request, desk, caller, chosen) if chosen else []
    with desk.reads() as session:
        found = audits.audits(session, groups, caller.user)
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
def show_group(
    request: Request,
    desk: AtDesk,
    caller: Deciding,
    run_id: Number,
    key: str,
    place: Number | None = None,
) -> Response:
    """The next message of an audit, or the rest when all were clean; with a place, what was read there."""
    groups = _groups(request, desk, caller, run_id)
    calibrations: Calibrations = request.app.state.calibrations
    with desk.reads() as session:
        audit = audits.find_audit(session, groups, key, caller.user)
        reached = audit.to_read.index(audit.next) if audit.next else len(audit.to_read)
        at = reached if place is None else min(place, reached)
        shown = audit.to_read[at] if at < reached else audit.next
        pane: dict[str, Any] = {}
        if shown is not None:
            message = load_message(session, caller.user, shown)
            found = message_view.view(session, desk, message, caller.user, calibrations.of_slots(session))
            # Another text would not be what the audit drew.
            slots = [slot._replace(alternatives=[]) for slot in found.slots]
            texts = queries.message_variants(session, [audit.group.exemplar])[audit.group.exemplar]
            pane = {
                "view": found._replace(slots=slots),
                "preview": preview.preview(session, desk, message, 1),
                "differences": _differences(texts, [slot.variant for slot in slots]),
            }
    return page(
        request,
        "similar/group.html",
        run_id=run_id,
        audit=audit,
        at=at,
        reached=reached,
        statement=audits.statement(audit.group),
        most_bad=MOST_BAD_SHARE,
        confidence=CONFIDENCE,
        **pane,
    )


@router.post("/{run_id}/{key}/readings")
def take_reading(
    request: Request,
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
    group = _group(request, desk, caller, run_id, key)
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
    request: Request,
    desk: AtDesk,
    caller: Deciding,
    run_id: Number,
    key: str,
    digest: Annotated[str, Form(pattern="^[0-9a-f]{64}$")],
) -> Response:
    """Approve what the audit allows to go unread: all of it, or nothing and 409."""
    group = _group(request, desk, caller, run_id, key)
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


def _groups(request: Request, desk: Desk, caller: Caller, run_id: int) -> list[Group]:
    run_groups: RunGroups = request.app.state.run_groups
    return run_groups.of_run(desk.reads, run_id, caller.user)


def _group(request: Request, desk: Desk, caller: Caller, run_id: int, key: str) -> Group:
    """The group, found before the log is held: what it is made of, the texts as composed, does not change."""
    groups = _groups(request, desk, caller, run_id)
    with desk.reads() as session:
        return audits.find_audit(session, groups, key, caller.user).group


def _differences(exemplar: Sequence[Variant], texts: Sequence[Variant]) -> list[tuple[str, list[Piece]]]:
    """(slot, word diff from the exemplar) of the texts that are not the exemplar's."""
    before = {variant.slot: variant.text for variant in exemplar}
    return [
        (variant.slot, word_diff(before[variant.slot], variant.text))
        for variant in texts
        if variant.slot in before and before[variant.slot] != variant.text
    ]
