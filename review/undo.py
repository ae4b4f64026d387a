"""Taking back one's own last decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from content_store.brand_folder.brand import ApprovalRule
from content_store.changes import swap
from content_store.decisions import Seen, decide
from content_store.errors import BadInput
from content_store.models import Action, ChainHead, Decision, User, Variant

_CHANGES = (Action.EDIT, Action.SWAP)
_UNDOABLE = (Action.APPROVE, Action.REJECT, Action.SEND_BACK, *_CHANGES)

#: Entries of the log that are searched: what is older is not a slip any more.
MOST_ENTRIES = 10_000


def last_own(session: Session, user: User) -> Decision | None:
    """The newest decision of a user that is still the last word on its message; what was taken back is not."""
    head = session.get(ChainHead, 1)
    later = aliased(Decision)
    return session.scalars(
        select(Decision)
        .where(
            Decision.id > (head.number if head else 0) - MOST_ENTRIES,
            Decision.by == user.name,
            Decision.action.in_(_UNDOABLE),
            ~select(later.id).where(later.message_id == Decision.message_id, later.id > Decision.id).exists(),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    ).first()


def take_back(
    session: Session, last: Decision, *, by: User, at: datetime, day: date, rules: Sequence[ApprovalRule]
) -> Decision:
    """Open the message again, or put the text back that stood there before."""
    assert last.message_id is not None
    seen = Seen(last.message_id, last.content_hash or "")
    if last.action in _CHANGES:
        before = session.get(Variant, last.details.get("from_variant"))
        if before is None:
            raise BadInput(f"the text that stood in message {last.message_id} before is gone.")
        return swap(session, seen, before, by=by, at=at, rules=rules)
    return decide(session, seen, Action.REOPEN, by=by, at=at, day=day, rules=rules)
