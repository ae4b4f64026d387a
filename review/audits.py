"""Deciding on similar messages together: the exemplar, then a random audit, then the rest in one step.

An audit has no table of its own. Its group follows from the texts that a finished run composed, which do not change;
the order of reading from each message's number and text; and what was read so far from the decisions on the messages.
Nothing here can be drawn again by asking again.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
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
    MessageVariant,
    ReviewStatus,
    Run,
    RunStatus,
    User,
    Variant,
)
from review.similar import CONFIDENCE, MOST_BAD_SHARE, Group, Item, alike_groups

#: Of a larger run the first messages are compared; more would keep a page waiting.
MOST_MESSAGES = 2000

_WAITING = (ReviewStatus.PENDING, ReviewStatus.EDITED)
_FAULTS = (Action.REJECT, Action.SEND_BACK, Action.EDIT, Action.SWAP)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


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


def audits(session: Session, run_id: int, user: User) -> list[Audit]:
    """Every group of a run as it stands for the user, the largest first; none of another team's run."""
    run = session.get(Run, run_id)
    if run is None or not user.sees(run.brief_id) or run.status is not RunStatus.FINISHED:
        return []
    messages = _messages(session, run_id)
    ids = [message.id for message in messages]
    groups = alike_groups(_items(messages, _texts(session, ids)))
    standing = _standing(session, ids, user)
    return [Audit(group, *standing) for group in groups]


def find_audit(session: Session, run_id: int, key: str, user: User) -> Audit:
    """One group of a run, or BadInput where there is none of this key."""
    for audit in audits(session, run_id, user):
        if audit.group.key == key:
            return audit
    raise BadInput(f"run {run_id} has no such group of similar messages; open the list again.")


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


def _messages(session: Session, run_id: int) -> list[Message]:
    """All of a run, those too that are superseded or recalled: a group must not lose what was found in it."""
    query = select(Message).where(Message.run_id == run_id)
    return list(session.scalars(query.order_by(Message.id).limit(MOST_MESSAGES)))


class _Slot(NamedTuple):
    slot: str
    variant_id: int
    text: str
    block_version_ids: list[int]


def _texts(session: Session, ids: Sequence[int]) -> dict[int, list[_Slot]]:
    """What the run composed, whatever people changed since."""
    composed = _composed(session, ids)
    rows = session.execute(
        select(MessageVariant.message_id, MessageVariant.slot, MessageVariant.variant_id)
        .where(MessageVariant.message_id.in_(ids))
        .order_by(MessageVariant.message_id, MessageVariant.position)
    )
    first = [(message, slot, composed.get((message, slot), variant)) for message, slot, variant in rows]
    texts = {
        variant: (text, blocks)
        for variant, text, blocks in session.execute(
            select(Variant.id, Variant.text, Variant.block_version_ids).where(
                Variant.id.in_({variant for *_, variant in first})
            )
        )
    }
    found: dict[int, list[_Slot]] = {}
    for message, slot, variant in first:
        found.setdefault(message, []).append(_Slot(slot, variant, *texts[variant]))
    return found


def _composed(session: Session, ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """(message, slot) -> the variant that stood there before anybody edited or swapped it."""
    changes = session.execute(
        select(Decision.message_id, Decision.details)
        .where(Decision.message_id.in_(ids), Decision.action.in_([Action.EDIT, Action.SWAP]))
        .order_by(Decision.id)
    )
    first: dict[tuple[int, str], int] = {}
    for message, details in changes:
        first.setdefault((message, details["slot"]), details["from_variant"])
    return first


def _items(messages: Iterable[Message], texts: dict[int, list[_Slot]]) -> list[Item]:
    """Only messages of the same slots that stand on the same blocks and name the same numbers are compared."""
    items = []
    for message in messages:
        slots = texts.get(message.id, [])
        text = "\n".join(slot.text for slot in slots)
        kind = (
            (message.channel, message.locale, message.template_version_id),
            tuple(slot.slot for slot in slots),
            tuple(sorted({version for slot in slots for version in slot.block_version_ids})),
            tuple(sorted(_NUMBER.findall(text))),
        )
        items.append(Item(message.id, text, kind))
    return items


class _Standing(NamedTuple):
    readings: dict[int, Reading]
    hashes: dict[int, str]


def _standing(session: Session, ids: Sequence[int], user: User) -> _Standing:
    """How messages stand for a user now."""
    query = select(Message).where(Message.id.in_(ids)).execution_options(populate_existing=True)
    messages = list(session.scalars(query))
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
        message.id: _reading(message, user, message.id in faulty, message.id in mine) for message in messages
    }
    return _Standing(readings, {message.id: message.content_hash for message in messages})


def _reading(message: Message, user: User, faulty: bool, approved_as_user: bool) -> Reading:
    if faulty:
        return Reading.REFUSED
    if message.status is ReviewStatus.APPROVED:
        return Reading.CLEAN
    if message.status is ReviewStatus.SUPERSEDED:
        return Reading.GONE
    if message.status not in _WAITING:
        return Reading.REFUSED
    if set(message.waiting_for.split()) & set(user.roles):
        return Reading.WAITS
    return Reading.CLEAN if approved_as_user else Reading.OTHERS
