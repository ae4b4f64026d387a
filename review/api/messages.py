"""Messages over the API: list, read, decide, edit, swap."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import changes, queries
from content_store.decisions import Seen, decide, decide_together
from content_store.errors import BadInput
from content_store.models import Action, Message, ReviewStatus, Role, User, Variant
from review.api.answers import (
    DecisionOut,
    DecisionsOut,
    FullMessageOut,
    MessageOut,
    MessagesOut,
    Problem,
    TextOut,
)
from review.api.once import Key, answered, once
from review.auth.guard import Caller, may
from review.auth.permissions import Permission
from review.desk import Desk
from review.editing import edits, grounds, tidy
from review.queue import Band, Filters, Tab, conditions
from review.routes.sign_in import AtDesk

router = APIRouter(tags=["messages"])

Seeing = Annotated[Caller, Depends(may(Permission.SEE))]
Deciding = Annotated[Caller, Depends(may(Permission.DECIDE))]
Editing = Annotated[Caller, Depends(may(Permission.EDIT))]
#: PostgreSQL's integer.
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Reason = Annotated[str | None, Field(max_length=2000)]
Name = Annotated[str | None, Field(max_length=200)]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The ETag of the message as it was seen.")
]

CHANGES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem} for status in (400, 401, 403, 404, 409, 412, 413, 422, 428, 503)
}
READS: dict[int | str, dict[str, Any]] = {status: {"model": Problem} for status in (401, 403, 404, 422)}


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DecisionIn(_In):
    """A decision; to reject or send back needs a reason."""

    action: Literal["approve", "reject", "send_back", "reopen"]
    reason: Reason = None


class SeenIn(_In):
    """A message and the bytes of it that were seen."""

    message_id: int = Field(ge=1, le=2**31 - 1)
    content_hash: Hash


class DecisionsIn(_In):
    """One decision on several messages, taken on all of them or on none.

    Not an approval: nobody approves unseen what no audit of similar messages has cleared.
    """

    action: Literal["reject", "send_back"]
    reason: Reason = None
    messages: list[SeenIn] = Field(min_length=1, max_length=500)


class SwapIn(_In):
    """An alternative to put into its slot; where that takes back somebody else's decision, why."""

    variant_id: int = Field(ge=1, le=2**31 - 1)
    reason: Reason = None


class EditIn(_In):
    """A text for a slot; where a gate refuses it, why it may stand all the same.

    `reason` says why somebody else's decision is taken back, where there is one.
    """

    slot: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=5000)
    override_reason: Reason = None
    reason: Reason = None


class Wanted(BaseModel):
    """The filters of the queue, and where the page begins."""

    status: ReviewStatus | None = None
    brief: Name = None
    segment: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    channel: Name = None
    slot: Name = None
    locale: Name = None
    score: Band | None = None
    fell_back: Literal["yes", "no"] | None = None
    waiting_for: Role | None = None
    assignee: Literal["me", "nobody"] | None = None
    search: Name = None
    after: int = Field(0, ge=0, le=2**31 - 1)
    limit: int = Field(50, ge=1, le=200)


@router.get("/messages", responses=READS)
def list_messages(desk: AtDesk, caller: Seeing, wanted: Annotated[Wanted, Query()]) -> MessagesOut:
    """Messages of the caller's team by id, a page at a time."""
    filters = Filters(status=Tab.WAITING, **wanted.model_dump(exclude={"status", "after", "limit"}))
    query = (
        select(Message)
        .where(Message.id > wanted.after, *conditions(filters, caller.user, desk.now()))
        .order_by(Message.id)
        .limit(wanted.limit)
    )
    if wanted.status is not None:
        query = query.where(Message.status == wanted.status)
    with desk.reads() as session:
        found = [MessageOut.model_validate(message) for message in session.scalars(query)]
    return MessagesOut(messages=found, next=found[-1].id if len(found) == wanted.limit else None)


@router.get("/messages/{message_id}", responses=READS)
def read_message(desk: AtDesk, caller: Seeing, message_id: Id, response: Response) -> FullMessageOut:
    """One message with its texts and alternatives; the ETag is the hash of its bytes."""
    with desk.reads() as session:
        message = message_of(session, caller.user, message_id)
        response.headers["ETag"] = f'"{message.content_hash}"'
        return _full(session, message)


@router.post("/messages/{message_id}/decisions", responses=CHANGES, response_model=DecisionOut)
def take_decision(
    request: Request,
    desk: AtDesk,
    caller: Deciding,
    message_id: Id,
    wanted: DecisionIn,
    if_match: IfMatch = None,
    key: Key = None,
) -> Response:
    """Decide on the bytes that were seen."""

    def act(session: Session) -> DecisionOut:
        seen = _seen(session, caller.user, message_id, if_match)
        return DecisionOut.model_validate(_decide(session, desk, caller, seen, wanted))

    return once(request, desk, caller, key, wanted, act)


@router.post("/decisions", responses=CHANGES, response_model=DecisionsOut)
def take_decisions(
    request: Request, desk: AtDesk, caller: Deciding, wanted: DecisionsIn, key: Key = None
) -> Response:
    """Reject or send back several messages: all, or none when one of them cannot be decided so."""

    def act(session: Session) -> DecisionsOut:
        seen = [Seen(item.message_id, item.content_hash) for item in wanted.messages]
        for item in seen:
            message_of(session, caller.user, item.message_id)
        taken = decide_together(
            session,
            seen,
            Action(wanted.action),
            by=caller.user,
            at=desk.now(),
            day=desk.day,
            rules=desk.brand.approval_rules,
            reason=wanted.reason,
        )
        return DecisionsOut(decisions=[DecisionOut.model_validate(entry) for entry in taken], next=None)

    return once(request, desk, caller, key, wanted, act)


@router.post("/messages/{message_id}/swaps", responses=CHANGES, response_model=FullMessageOut)
def swap_text(
    request: Request,
    desk: AtDesk,
    caller: Editing,
    message_id: Id,
    wanted: SwapIn,
    if_match: IfMatch = None,
    key: Key = None,
) -> Response:
    """Put an alternative into its slot."""

    def act(session: Session) -> FullMessageOut:
        seen = _seen(session, caller.user, message_id, if_match)
        variant = session.get(Variant, wanted.variant_id)
        if variant is None:
            raise BadInput(
                f"there is no variant {wanted.variant_id}; take one of the message's alternatives."
            )
        changes.swap(
            session,
            seen,
            variant,
            by=caller.user,
            at=desk.now(),
            rules=desk.brand.approval_rules,
            reason=wanted.reason,
        )
        return _full(session, session.get_one(Message, message_id))

    return once(request, desk, caller, key, wanted, act)


@router.post("/messages/{message_id}/edits", responses=CHANGES, response_model=FullMessageOut)
def edit_text(
    request: Request,
    desk: AtDesk,
    caller: Editing,
    message_id: Id,
    wanted: EditIn,
    if_match: IfMatch = None,
    key: Key = None,
) -> Response:
    """Write a text for a slot; all gates run first, and somebody else must approve it."""
    if wanted.override_reason is not None and not caller.may(Permission.OVERRIDE):
        raise HTTPException(403, "You may not set a gate's objection aside; a reviewer or legal may.")
    if (first := answered(request, desk, caller, key, wanted)) is not None:
        return first
    with desk.reads() as session:
        found = grounds(session, desk, message_of(session, caller.user, message_id))
    if wanted.slot not in found:
        raise BadInput(f"message {message_id} has no slot {wanted.slot}; it has {', '.join(found)}.")
    reasons = {wanted.slot: wanted.override_reason} if wanted.override_reason else {}
    (text,) = edits(desk, found, {wanted.slot: tidy(wanted.text)}, reasons)

    def act(session: Session) -> FullMessageOut:
        seen = _seen(session, caller.user, message_id, if_match)
        changes.edit(
            session,
            seen,
            text,
            by=caller.user,
            at=desk.now(),
            rules=desk.brand.approval_rules,
            reason=wanted.reason,
        )
        return _full(session, session.get_one(Message, message_id))

    return once(request, desk, caller, key, wanted, act)


def _decide(session: Session, desk: Desk, caller: Caller, seen: Seen, wanted: DecisionIn) -> Any:
    return decide(
        session,
        seen,
        Action(wanted.action),
        by=caller.user,
        at=desk.now(),
        day=desk.day,
        rules=desk.brand.approval_rules,
        reason=wanted.reason,
    )


def message_of(session: Session, user: User, message_id: int) -> Message:
    """404 for what is not there, and for what is another team's."""
    message = session.get(Message, message_id, populate_existing=True)
    if message is None or not user.sees(message.brief_id):
        raise HTTPException(404, f"There is no message {message_id}.")
    return message


def _seen(session: Session, user: User, message_id: int, if_match: str | None) -> Seen:
    """What the caller saw, by If-Match: 428 without it, 412 when the message holds other bytes now (RFC 9110, 13.1.1)."""
    message = message_of(session, user, message_id)
    if if_match is None:
        raise HTTPException(428, "Send If-Match with the ETag of the message that you saw.")
    wanted = if_match.removeprefix("W/").strip('"')
    if wanted != message.content_hash:
        raise HTTPException(412, f"Message {message_id} has changed since you saw it; read it again.")
    return Seen(message_id, wanted)


def _full(session: Session, message: Message) -> FullMessageOut:
    texts = queries.message_variants(session, [message.id]).get(message.id, [])
    return FullMessageOut(
        **MessageOut.model_validate(message).model_dump(),
        texts=[TextOut.model_validate(text) for text in texts],
        alternatives={
            text.slot: [TextOut.model_validate(other) for other in queries.alternatives(session, text)]
            for text in texts
        },
    )
