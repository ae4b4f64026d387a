"""Changes of a message's text: another variant swapped in, or an edit, which is a variant that a person wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from content_store import chain, queries
from content_store.approval_rules import DECIDING
from content_store.brand_folder.brand import ApprovalRule
from content_store.decisions import Seen, change, needed_for, read_message, rows_changed
from content_store.errors import BadInput, NotAllowed
from content_store.grounds import decided_on
from content_store.message_hash import stored_message_hash, variant_hash
from content_store.models import (
    Action,
    Decision,
    Message,
    MessageVariant,
    Origin,
    ReviewStatus,
    Role,
    User,
    Variant,
    VariantBlock,
)
from content_store.standing import note_blocks
from content_store.taking_back import CLOSED, check_taking_back

_GONE = {ReviewStatus.RECALLED, ReviewStatus.SUPERSEDED}


class Edit(NamedTuple):
    """A person's text for one slot, with what gates and scores said of it."""

    slot: str
    text: str
    verdicts: list[dict[str, Any]]
    sentences: list[dict[str, Any]]
    scores: dict[str, float]
    #: why a gate's objection is set aside
    override_reason: str | None = None


def swap(
    session: Session,
    seen: Seen,
    variant: Variant,
    *,
    by: User,
    at: datetime,
    rules: Sequence[ApprovalRule],
    reason: str | None = None,
) -> Decision:
    """Put another variant into its slot; the new content waits for a decision under its new hash.

    It needs a reason where it takes back somebody else's decision.
    """
    message = _message_to_change(session, seen, by, reason)
    if _place(variant) != _place(message) or variant.status in _GONE:
        raise BadInput(
            f"variant {variant.id} cannot stand in message {message.id}; choose one of its alternatives."
        )
    return _stand_in(session, message, variant, Action.SWAP, seen.content_hash, by, at, rules, reason)


def edit(
    session: Session,
    seen: Seen,
    edit: Edit,
    *,
    by: User,
    at: datetime,
    rules: Sequence[ApprovalRule],
    reason: str | None = None,
) -> Decision:
    """Put a person's text into a slot, as a new variant that keeps the one it was written from.

    A text that a gate refuses needs a reason to set that aside; somebody else must approve it either way. `reason` is
    why somebody else's decision is taken back, where there is one.
    """
    message = _message_to_change(session, seen, by, reason)
    if not edit.text.strip():
        raise BadInput(f"the {edit.slot} of message {message.id} is blank; write a text.")
    first = _standing_in(session, message, edit.slot)
    failed = [verdict["gate"] for verdict in edit.verdicts if not verdict["passed"]]
    override = (edit.override_reason or "").strip() or None
    if failed and override is None:
        raise BadInput(
            f"the gate {failed[0]} refuses this text; change it, or say why it may stand all the same."
        )
    set_aside = override if failed else None
    variant = _edited_variant(session, first, edit, by.name, at, set_aside)
    told = "; ".join(why for why in (reason, set_aside) if why) or None
    return _stand_in(session, message, variant, Action.EDIT, seen.content_hash, by, at, rules, told)


def _message_to_change(session: Session, seen: Seen, by: User, reason: str | None) -> Message:
    chain.lock(session)
    message = read_message(session, seen.message_id, by)
    if not by.holds(*DECIDING, Role.AUTHOR):
        raise NotAllowed(f"{by.name} may not change texts; an author, a reviewer or legal may.")
    if message.status in CLOSED:
        check_taking_back(session, message, by, reason)
    return message


def _standing_in(session: Session, message: Message, slot: str) -> Variant:
    found = session.scalars(
        select(Variant)
        .join(MessageVariant, MessageVariant.variant_id == Variant.id)
        .where(MessageVariant.message_id == message.id, MessageVariant.slot == slot)
    ).first()
    if found is None:
        raise BadInput(f"message {message.id} has no slot {slot}; choose one of its slots.")
    return found


def _edited_variant(
    session: Session, first: Variant, edit: Edit, by: str, at: datetime, reason: str | None
) -> Variant:
    """The variant with the new text; one that is in this place already is used again, with what gates say of it now.

    What was told of it when somebody decided on it stays as it was; why a gate is set aside now is told by the entry.
    """
    place: dict[str, Any] = {
        "brief_id": first.brief_id,
        "segment_id": first.segment_id,
        "channel": first.channel,
        "locale": first.locale,
        "slot": first.slot,
        "theme": first.theme,
        "content_hash": variant_hash(edit.text, first.block_version_ids),
    }
    same = queries.variant_with_text(session, **place)
    if same is not None and same.status not in _GONE:
        if not decided_on(session, same):
            same.verdicts, same.sentences, same.scores = edit.verdicts, edit.sentences, edit.scores
            same.override_reason = reason
        return same
    if same is not None:
        raise BadInput(f"this text was {same.status.value} before; write another one.")
    variant = Variant(
        **place,
        run_id=first.run_id,
        text=edit.text,
        origin=Origin.EDITED,
        status=ReviewStatus.EDITED,
        block_version_ids=first.block_version_ids,
        sentences=edit.sentences,
        verdicts=edit.verdicts,
        scores=edit.scores,
        created_at=at,
        edited_from_id=first.id,
        edited_by=by,
        override_reason=reason,
    )
    session.add(variant)
    session.flush()
    session.add_all(
        VariantBlock(variant_id=variant.id, block_version_id=version)
        for version in sorted(set(first.block_version_ids))
    )
    return variant


def _stand_in(
    session: Session,
    message: Message,
    variant: Variant,
    action: Action,
    seen_hash: str,
    by: User,
    at: datetime,
    rules: Sequence[ApprovalRule],
    reason: str | None = None,
) -> Decision:
    # A savepoint: whoever loses against another decision leaves the slot as it was.
    with session.begin_nested():
        before = _standing_in(session, message, variant.slot)
        if before.id == variant.id:
            raise BadInput(f"this text stands in message {message.id} already; nothing was changed.")
        result = session.execute(
            update(MessageVariant)
            .where(MessageVariant.message_id == message.id, MessageVariant.slot == variant.slot)
            .values(variant_id=variant.id)
        )
        assert rows_changed(result) == 1
        values = {"content_hash": stored_message_hash(session, message), **doubts(session, message.id)}
        details = {"slot": variant.slot, "from_variant": before.id, "to_variant": variant.id}
        waiting = needed_for(session, message, rules)
        decision = change(
            session,
            message,
            action,
            seen_hash,
            waiting,
            by.name,
            at,
            reason,
            values=values,
            details=details,
        )
        note_blocks(session, message)
        return decision


def doubts(session: Session, message_id: int) -> dict[str, Any]:
    """What the queue sorts and filters a message by: its lowest reader score, and whether approved text stands in."""
    inside = session.scalars(
        select(Variant)
        .join(MessageVariant, MessageVariant.variant_id == Variant.id)
        .where(MessageVariant.message_id == message_id)
    ).all()
    return {
        "score": lowest_score(inside),
        "fell_back": any(item.origin is Origin.FALLBACK for item in inside),
    }


def lowest_score(variants: Sequence[Variant]) -> float:
    """The lowest reader score of the texts that a model wrote, 0 to 1; 1 where none is."""
    written = [item for item in variants if item.origin is Origin.GENERATED]
    return min((item.scores.get("readers", 1.0) for item in written), default=1.0)


def _place(item: Message | Variant) -> tuple[str, int, str, str, str]:
    return item.brief_id, item.segment_id, item.channel, item.locale, item.theme
