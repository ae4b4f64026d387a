"""Deciding on similar messages together: the exemplar, then a random audit, then the rest in one step.

An audit has no table of its own. Its group follows from the texts that a finished run composed, which do not change;
the order of reading from each message's number and text; and what was read so far from the decisions on the messages.
Nothing here can be drawn again by asking again.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store import chain, decisions
from content_store.brand_folder.brand import ApprovalRule
from content_store.decisions import Seen
from content_store.errors import BadInput, StaleState
from content_store.models import (
    Action,
    Approval,
    Decision,
    Message,
    ReviewStatus,
    Run,
    RunStatus,
    User,
)
from review.similar import CONFIDENCE, MOST_BAD_SHARE, Group

_WAITING = (ReviewStatus.PENDING, ReviewStatus.EDITED)
_FAULTS = (Action.REJECT, Action.SEND_BACK, Action.EDIT, Action.SWAP)


class Reading(enum.StrEnum):
    """How a message stands for one reviewer."""

    WAITS = "waits"  #: for their decision
    CLEAN = "clean"  #: approved as it was written, as far as it is theirs to approve
    REFUSED = "refused"  #: once rejected, sent back or changed, whatever came after: somebody found something
    OTHERS = "others"  #: waits for a role that they do not hold
    GONE = "gone"  #: another message took its place before anybody read it


class WaitingRun(NamedTuple):
    """A finished run of which messages still wait."""

    run_id: int
    brief_id: str
    waiting: int


class Audit(NamedTuple):
    """Where the audit of a group stands for one reviewer."""

    group: Group
    readings: dict[int, Reading]
    #: message -> the hash of what is there now
    hashes: dict[int, str]

    @property
    def to_read(self) -> list[int]:
        """What must be read one by one, the exemplar first."""
        return [self.group.exemplar, *self.group.audited]

    @property
    def clean(self) -> int:
        """How many of these were read and found clean."""
        return sum(self.readings[message] is Reading.CLEAN for message in self.to_read)

    @property
    def refused(self) -> int | None:
        """The first of the group with which something was wrong, or that can no longer be read; it ends the offer."""
        to_read = self.to_read
        ends = (
            item
            for item in self.group.members
            if self.readings[item] is Reading.REFUSED
            or (self.readings[item] is Reading.GONE and item in to_read)
        )
        return next(ends, None)

    @property
    def next(self) -> int | None:
        """What is to be read next; None when the audit is over."""
        waiting = (item for item in self.to_read if self.readings[item] is not Reading.CLEAN)
        return None if self.refused is not None else next(waiting, None)

    @property
    def rest(self) -> list[Seen]:
        """What may go unread: as it was written, and waiting for this reviewer."""
        return [
            Seen(item, self.hashes[item])
            for item in self.group.unread
            if self.readings[item] is Reading.WAITS
        ]

    @property
    def saves(self) -> int:
        """Readings saved, 0 where there is no offer."""
        others = any(self.readings[item] is Reading.OTHERS for item in self.to_read)
        return 0 if others or self.refused is not None else len(self.rest)

    @property
    def digest(self) -> str:
        """What a reviewer confirms: exactly this rest."""
        return sha256(
            " ".join(f"{item.message_id} {item.content_hash}" for item in self.rest).encode()
        ).hexdigest()


def waiting_runs(session: Session, user: User) -> list[WaitingRun]:
    """Finished runs whose messages wait, the newest first, of the briefs of the user's team."""
    rows = session.execute(
        select(Run.id, Run.brief_id, func.count())
        .join(Message, Message.run_id == Run.id)
        .where(Message.status.in_(_WAITING), Run.status == RunStatus.FINISHED)
        .group_by(Run.id, Run.brief_id)
        .order_by(Run.id.desc())
    )
    return [WaitingRun(*row) for row in rows if user.sees(row.brief_id)]


def audits(session: Session, groups: Sequence[Group], user: User) -> list[Audit]:
    """Groups as they stand for the user, in their order."""
    standing = _standing(session, [member for group in groups for member in group.members], user)
    return [Audit(group, *standing) for group in groups]


def find_audit(session: Session, groups: Sequence[Group], key: str, user: User) -> Audit:
    """The group of this key as it stands for the user, or BadInput where there is none."""
    for group in groups:
        if group.key == key:
            return Audit(group, *_standing(session, group.members, user))
    raise BadInput("this run has no such group of similar messages; open the list again.")


def read_one(
    session: Session,
    group: Group,
    seen: Seen,
    action: Action,
    *,
    by: User,
    at: datetime,
    day: date,
    rules: Sequence[ApprovalRule],
    reason: str | None = None,
) -> Decision:
    """Decide on the exemplar or on a message of the audit; StaleState for one that is not to be read now."""
    audit = _audit_now(session, group, by)
    if seen.message_id != audit.next:
        raise StaleState(f"message {seen.message_id} is not the next of this audit; look at the page again.")
    number = audit.to_read.index(seen.message_id)
    place = "exemplar" if number == 0 else f"{number} of {len(audit.group.audited)} to read"
    told = f"audit {audit.group.key}: {place} among {len(audit.group.others)} alike"
    said = (reason or "").strip()
    text = f"{said} ({told})" if said else told if action is Action.APPROVE else None
    return decisions.decide(session, seen, action, by=by, at=at, day=day, rules=rules, reason=text)


def approve_rest(
    session: Session,
    group: Group,
    digest: str,
    *,
    by: User,
    at: datetime,
    day: date,
    rules: Sequence[ApprovalRule],
) -> list[Decision]:
    """Approve what an audit allows to go unread, all of it or nothing.

    StaleState when the audit is not over, somebody found something, or the rest is no longer what was confirmed.
    """
    audit = _audit_now(session, group, by)
    if audit.refused is not None:
        raise StaleState(
            f"message {audit.refused} was refused or changed; the others are decided one by one."
        )
    if audit.next is not None:
        raise StaleState(f"message {audit.next} of the audit was not read yet; read it first.")
    if not audit.rest or audit.digest != digest:
        raise StaleState("some of these messages changed since the page was shown; look at it again.")
    return decisions.decide_together(
        session, audit.rest, Action.APPROVE, by=by, at=at, day=day, rules=rules, reason=statement(group)
    )


def statement(group: Group) -> str:
    """What a clean audit shows, for the log and for the page."""
    return (
        f"audit {group.key}: message {group.exemplar} and {len(group.audited)} of {len(group.others)} alike,"
        f" drawn at random, were read and approved; with {CONFIDENCE:.0%} confidence at most {MOST_BAD_SHARE:.0%}"
        " of them are bad"
    )


def _audit_now(session: Session, group: Group, user: User) -> Audit:
    """Where the audit stands, with nobody deciding until this transaction ends."""
    chain.lock(session)
    return Audit(group, *_standing(session, group.members, user))


class _Standing(NamedTuple):
    readings: dict[int, Reading]
    hashes: dict[int, str]


def _standing(session: Session, ids: Sequence[int], user: User) -> _Standing:
    """How messages stand for a user now."""
    messages = session.execute(
        select(Message.id, Message.content_hash, Message.status, Message.waiting_for).where(
            Message.id.in_(ids)
        )
    ).all()
    faulty = set(
        session.scalars(
            select(Decision.message_id).where(Decision.message_id.in_(ids), Decision.action.in_(_FAULTS))
        )
    )
    mine = set(
        session.scalars(
            select(Approval.message_id).where(Approval.message_id.in_(ids), Approval.role.in_(user.roles))
        )
    )
    readings = {
        message.id: _reading(
            message.status, message.waiting_for, user, message.id in faulty, message.id in mine
        )
        for message in messages
    }
    return _Standing(readings, {message.id: message.content_hash for message in messages})


def _reading(
    status: ReviewStatus, waiting_for: str, user: User, faulty: bool, approved_as_user: bool
) -> Reading:
    if faulty:
        return Reading.REFUSED
    if status is ReviewStatus.APPROVED:
        return Reading.CLEAN
    if status is ReviewStatus.SUPERSEDED:
        return Reading.GONE
    if status not in _WAITING:
        return Reading.REFUSED
    if set(waiting_for.split()) & set(user.roles):
        return Reading.WAITS
    return Reading.CLEAN if approved_as_user else Reading.OTHERS
