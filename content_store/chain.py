"""The decision log: entries are only added, each holding the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.models import Action, ChainHead, Decision, ReviewStatus

#: What the first entry holds as the hash of the one before.
GENESIS = "0" * 64

_HASHED = (
    "id",
    "subject",
    "action",
    "by",
    "message_id",
    "from_status",
    "to_status",
    "content_hash",
    "reason",
)


class Verification(NamedTuple):
    """What reading the whole log again found."""

    entries: int
    head: str
    #: what does not fit, one sentence each; empty for a sound log
    problems: list[str]


def lock(session: Session) -> ChainHead:
    """The newest entry, held until this transaction ends; take it before any message, so that writers queue up here."""
    query = select(ChainHead).where(ChainHead.id == 1).with_for_update()
    head = session.scalars(query, execution_options={"populate_existing": True}).first()
    if head is None:
        head = ChainHead(id=1, number=0, entry_hash=GENESIS)
        session.add(head)
        session.flush()
    return head


def append(
    session: Session,
    *,
    subject: str,
    action: Action,
    by: str,
    at: datetime,
    message_id: int | None = None,
    from_status: ReviewStatus | None = None,
    to_status: ReviewStatus | None = None,
    content_hash: str | None = None,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> Decision:
    """Add one entry after the newest; of two writers the second waits for the first to commit."""
    head = lock(session)
    entry = Decision(
        id=head.number + 1,
        subject=subject,
        action=action,
        by=by,
        at=at.astimezone(UTC),
        previous_hash=head.entry_hash,
        entry_hash="",
        message_id=message_id,
        from_status=from_status,
        to_status=to_status,
        content_hash=content_hash,
        reason=reason,
        details=details or {},
    )
    entry.entry_hash = entry_hash(entry)
    session.add(entry)
    head.number, head.entry_hash = entry.id, entry.entry_hash
    session.flush()
    return entry


def entry_hash(entry: Decision) -> str:
    """SHA-256 of the canonical JSON of all that an entry says and of the hash before it."""
    content = entry_content(entry)
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def entry_content(entry: Decision) -> dict[str, Any]:
    """What an entry says, as JSON: what is hashed, and what an export holds."""
    content = {name: getattr(entry, name) for name in (*_HASHED, "details", "previous_hash")}
    return content | {"at": entry.at.isoformat(timespec="microseconds")}


def verify(session: Session, expected: tuple[str, ...] = ()) -> Verification:
    """Compute every hash again; `expected` are heads noted earlier, which the log must still hold."""
    problems: list[str] = []
    previous, number = GENESIS, 0
    missing = set(expected) - {GENESIS}
    entries = session.scalars(select(Decision).order_by(Decision.id).execution_options(yield_per=1000))
    for entry in entries:
        number += 1
        if entry.id != number:
            problems.append(f"entry {number} is missing; the next is {entry.id}.")
            number = entry.id
        if entry.previous_hash != previous:
            problems.append(f"entry {entry.id} does not follow from the entry before it.")
        if entry_hash(entry) != entry.entry_hash:
            problems.append(f"entry {entry.id} ({entry.subject}, {entry.action.value}) was changed.")
        previous = entry.entry_hash
        missing.discard(previous)
    head = session.get(ChainHead, 1, populate_existing=True)
    if head is None and number:
        problems.append("the note of the newest entry is gone.")
    if head is not None and (head.number, head.entry_hash) != (number, previous):
        problems.append(f"the log ends at entry {number}, but {head.number} entries were written.")
    problems += [f"the entry {lost[:12]}…, which was the newest once, is gone." for lost in sorted(missing)]
    return Verification(number, previous, problems)
