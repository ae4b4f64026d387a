"""Taking back one's own last decision, or all that one save changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from content_store import chain
from content_store.brand_folder.brand import ApprovalRule
from content_store.changes import swap
from content_store.decisions import Seen, decide
from content_store.errors import BadInput, NotAllowed
from content_store.models import Action, Approval, Decision, User, Variant

#: What is taken back by opening the message again.
DECISIONS = (Action.APPROVE, Action.REJECT, Action.SEND_BACK)
_CHANGES = (Action.EDIT, Action.SWAP)

#: Entries of the log that are searched: what is older is not a slip any more.
MOST_ENTRIES = 10_000


def last_own(session: Session, user: User) -> list[Decision]:
    """The newest decision of a user that still is the last word on its message, or the edits of one save, newest first.

    Holds the log until the transaction ends, so that nobody decides between finding it and taking it back.
    """
    head = chain.lock(session)
    later = aliased(Decision)
    by_others = select(later.id).where(
        later.message_id == Decision.message_id, later.id > Decision.id, later.by != user.name
    )
    newest = func.max(Decision.id)
    messages = session.execute(
        select(Decision.message_id, newest)
        .where(
            Decision.id > head.number - MOST_ENTRIES,
            Decision.by == user.name,
            Decision.message_id.is_not(None),
            ~by_others.exists(),
        )
        .group_by(Decision.message_id)
        .order_by(newest.desc())
    )
    found: list[Decision] = []
    for message_id, entry_id in messages:
        if found and found[0].id > entry_id:
            break
        log = session.scalars(select(Decision).where(Decision.message_id == message_id).order_by(Decision.id))
        save = _last_save(_standing(log), user)
        if save and (not found or save[0].id > found[0].id):
            found = save
    return found


def take_back(
    session: Session,
    save: Sequence[Decision],
    *,
    by: User,
    at: datetime,
    day: date,
    rules: Sequence[ApprovalRule],
) -> None:
    """Open the message again, or put the texts back that stood there before.

    NotAllowed while somebody else's approval of it stands, which opening it would delete.
    """
    last = save[0]
    assert last.message_id is not None
    seen = Seen(last.message_id, last.content_hash or "")
    if last.action in DECISIONS:
        _refuse_with_others(session, last.message_id, by)
        decide(session, seen, Action.REOPEN, by=by, at=at, day=day, rules=rules)
        return
    for entry in save:
        before = session.get(Variant, entry.details["from_variant"])
        if before is None:
            raise BadInput(f"the text that stood in message {seen.message_id} before is gone.")
        swapped = swap(session, seen, before, by=by, at=at, rules=rules)
        seen = Seen(seen.message_id, swapped.content_hash or "")


def _standing(log: Iterable[Decision]) -> list[Decision]:
    """What of a message's log was not taken back by the one who did it; the oldest first."""
    standing: list[Decision] = []
    for entry in log:
        if not standing or not _takes_back(entry, standing[-1]):
            standing.append(entry)
            continue
        standing.pop()
        if standing and standing[-1].action not in _CHANGES:
            # Decisions before it ended with it; none of them comes to life again.
            standing.clear()
    return standing


def _takes_back(entry: Decision, before: Decision) -> bool:
    if entry.by != before.by:
        return False
    if entry.action is Action.REOPEN:
        return before.action in DECISIONS
    return (
        entry.action is Action.SWAP and before.action in _CHANGES and _change(before) == _change(entry)[::-1]
    )


def _change(entry: Decision) -> tuple[tuple[str, int], tuple[str, int]]:
    """The slot with its text before, and after."""
    slot, details = entry.details["slot"], entry.details
    return (slot, details["from_variant"]), (slot, details["to_variant"])


def _last_save(standing: Sequence[Decision], user: User) -> list[Decision]:
    """The user's last entry; of edits all that were saved with it, one for each slot."""
    if not standing or standing[-1].by != user.name or standing[-1].action not in (*DECISIONS, *_CHANGES):
        return []
    save = [standing[-1]]
    for entry in reversed(standing[:-1]):
        together = entry.action is save[-1].action is Action.EDIT and (
            (entry.id, entry.by, entry.at) == (save[-1].id - 1, user.name, save[-1].at)
        )
        if not together or entry.details["slot"] in {other.details["slot"] for other in save}:
            break
        save.append(entry)
    return save


def _refuse_with_others(session: Session, message_id: int, by: User) -> None:
    other = session.scalars(
        select(Approval).where(Approval.message_id == message_id, Approval.by != by.name)
    ).first()
    if other is not None:
        raise NotAllowed(
            f"{other.by} approved message {message_id} as {other.role}, and opening it again would delete that too;"
            " edit or swap a text of it if it must not go out."
        )
