"""Everything that a reviewer needs to see of one message, read in a few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.approval_rules import DECIDING
from content_store.decisions import needed_for, unusable_block
from content_store.models import (
    Approval,
    BlockVersion,
    Brief,
    Candidate,
    Decision,
    Message,
    Origin,
    ReviewStatus,
    User,
    Variant,
)
from content_store.own_edits import had_a_hand_in
from content_store.queries import message_variants
from content_store.taking_back import CLOSED, Refused, can_be_reopened, others_decision, refusal_over
from review.calibration import NOTHING, SlotCalibration, Worth
from review.desk import Desk
from review.diff import Piece, word_diff
from review.marks import Stretch, stretches
from review.previously_approved import Previous, previously_approved
from review.queue import STATUSES, Row, Tab, rows
from review.replaced import replaced_refusal
from review.segment_view import SegmentView, segment_view

#: Alternatives that a key swaps in, and those shown of one slot.
KEYS = 9
MOST_ALTERNATIVES = 8
MOST_SIBLINGS = 12

_GONE = (ReviewStatus.SUPERSEDED, ReviewStatus.RECALLED)


class Fact(NamedTuple):
    """A fact of a block; `number` is what the sentences that stand on it refer to, None where none does."""

    key: str
    number: int | None
    text: str


class BlockCard(NamedTuple):
    """A block version that a slot stands on."""

    version: BlockVersion
    usable: bool
    facts: list[Fact]


class Score(NamedTuple):
    """A score and what such a score was worth; None while it is not calibrated."""

    name: str
    value: float
    worth: Worth | None


class Alternative(NamedTuple):
    """Another text for a slot; `key` swaps it in."""

    variant: Variant
    key: int | None


class SlotView(NamedTuple):
    """One slot of a message."""

    variant: Variant
    text: list[Stretch]
    #: number of a sentence -> the fact that it stands on
    facts: Mapping[int, Fact]
    blocks: list[BlockCard]
    failed: list[dict[str, Any]]
    scores: list[Score]
    decided: int
    limit: int | None
    candidate: Candidate | None
    #: from the text that a person changed to this one
    changed: list[Piece] | None
    #: from the text that was approved here before to this one; None where there was none or it is the same
    since_approved: list[Piece] | None
    alternatives: list[Alternative]


class MessageView(NamedTuple):
    """One message with all that a decision on it may stand on."""

    message: Message
    brief: Brief | None
    title: str
    slots: list[SlotView]
    segment: SegmentView | None
    siblings: list[Row]
    previous: Previous | None
    #: the refusal of an earlier message, in the place of which this one was written
    replaced: Decision | None
    decisions: list[Decision]
    #: role that must approve -> its approval, None while it is missing
    approvals: dict[str, Approval | None]
    names: dict[str, str]
    people: list[User]
    own_edit: bool
    #: while it waits, the block version that keeps it from being approved, in words
    unusable: str | None
    #: who refused this very text by roles that the user lacks
    refused: Refused | None
    #: whose decision a change of text takes back, which needs a reason
    decided_by: str | None
    can_be_reopened: bool

    def missing(self) -> list[str]:
        """The roles whose approval is missing."""
        return [role for role, given in self.approvals.items() if given is None]

    @property
    def waiting(self) -> bool:
        return self.message.status in STATUSES[Tab.WAITING]

    @property
    def editable(self) -> bool:
        """Whether a text may be changed, with a reason where somebody else decided."""
        return self._open or (self.message.status in CLOSED and self.refused is None)

    @property
    def swappable(self) -> bool:
        """Whether an alternative may be swapped in by one key, so without a reason."""
        return self._open or (self.message.status in CLOSED and self.decided_by is None)

    @property
    def _open(self) -> bool:
        return self.waiting or self.message.status is ReviewStatus.SENT_BACK


def view(
    session: Session, desk: Desk, message: Message, user: User, calibrations: Mapping[str, SlotCalibration]
) -> MessageView:
    """Read a message as it stands now; the caller has checked that the user may see it."""
    previous = previously_approved(session, message)
    variants = message_variants(session, [message.id]).get(message.id, [])
    before = previous.texts if previous else {}
    segment = segment_view(session, desk, message.segment_id)
    needed = needed_for(session, message, desk.brand.approval_rules)
    given = {
        item.role: item
        for item in session.scalars(select(Approval).where(Approval.message_id == message.id))
        if item.content_hash == message.content_hash
    }
    decisions = list(
        session.scalars(select(Decision).where(Decision.message_id == message.id).order_by(Decision.id))
    )
    other = others_decision(session, message, user) if message.status in CLOSED else None
    waiting = message.status in STATUSES[Tab.WAITING]
    people = list(session.scalars(select(User).where(User.active).order_by(User.full_name)))
    return MessageView(
        message=message,
        brief=session.get(Brief, message.brief_id),
        title=variants[0].text if variants else "",
        slots=_slots(session, desk, message, variants, before, calibrations),
        segment=segment,
        siblings=_siblings(session, message, segment),
        previous=previous,
        replaced=replaced_refusal(session, message),
        decisions=decisions,
        approvals={role: given.get(role) for role in needed},
        names={person.name: person.full_name for person in people},
        people=[person for person in people if person.holds(*DECIDING) and person.sees(message.brief_id)],
        own_edit=had_a_hand_in(session, user.name, message),
        unusable=unusable_block(session, message, desk.day) if waiting else None,
        refused=refusal_over(session, message, user),
        decided_by=other.by if other else None,
        can_be_reopened=can_be_reopened(session, message),
    )


def _slots(
    session: Session,
    desk: Desk,
    message: Message,
    variants: Sequence[Variant],
    before: Mapping[str, str],
    calibrations: Mapping[str, SlotCalibration],
) -> list[SlotView]:
    ids = {number for item in variants for number in item.block_version_ids}
    versions = {
        item.id: item for item in session.scalars(select(BlockVersion).where(BlockVersion.id.in_(ids)))
    }
    wanted = {item.candidate_id for item in variants if item.candidate_id is not None}
    candidates = {
        item.id: item for item in session.scalars(select(Candidate).where(Candidate.id.in_(wanted)))
    }
    firsts = {item.edited_from_id for item in variants if item.edited_from_id is not None}
    first = {item.id: item for item in session.scalars(select(Variant).where(Variant.id.in_(firsts)))}
    others = _alternatives(session, message, variants)
    channel = desk.brand.channels.get(message.channel)
    found, number = [], 0
    for item in variants:
        calibration = calibrations.get(item.slot, NOTHING)
        cards, facts, number = _block_cards(item, versions, desk, number)
        origin = first.get(item.edited_from_id) if item.edited_from_id is not None else None
        approved = before.get(item.slot)
        found.append(
            SlotView(
                variant=item,
                text=stretches(
                    item.text,
                    [str(entry["text"]) for entry in item.sentences],
                    _keep(item, versions),
                ),
                facts=facts,
                blocks=cards,
                failed=[verdict for verdict in item.verdicts if not verdict["passed"]],
                scores=[
                    Score(name, value, calibration.worth(name, value)) for name, value in item.scores.items()
                ],
                decided=calibration.decided,
                limit=channel.limit(item.slot) if channel and item.slot in channel.slots else None,
                candidate=candidates.get(item.candidate_id) if item.candidate_id is not None else None,
                changed=word_diff(origin.text, item.text) if origin else None,
                since_approved=word_diff(approved, item.text) if approved and approved != item.text else None,
                alternatives=others[item.slot],
            )
        )
    return found


def _keep(variant: Variant, versions: Mapping[int, BlockVersion]) -> list[str]:
    return [
        str(phrase)
        for number in variant.block_version_ids
        if number in versions
        for fact in versions[number].facts
        for phrase in fact.get("keep", ())
    ]


def _block_cards(
    variant: Variant, versions: Mapping[int, BlockVersion], desk: Desk, number: int
) -> tuple[list[BlockCard], dict[int, Fact], int]:
    """The blocks of a slot, the fact of each sentence, and the last number given to a fact."""
    facts: dict[tuple[int, str], Fact] = {}
    of_sentences: dict[int, Fact] = {}
    for place, entry in enumerate(variant.sentences):
        known = (entry.get("block_version_id") or 0, str(entry.get("fact") or ""))
        if not known[1] or known[0] not in versions:
            continue
        if known not in facts:
            number += 1
            facts[known] = Fact(f"{variant.id}-{number}", number, known[1])
        of_sentences[place] = facts[known]
    cards = []
    for version_id in variant.block_version_ids:
        version = versions.get(version_id)
        if version is None:
            continue
        own = [str(fact["text"]) for fact in version.facts]
        listed = [
            facts.get((version_id, text), Fact(f"{variant.id}-{version_id}-{place}", None, text))
            for place, text in enumerate(own)
        ]
        usable = version.status == "approved" and version.valid_on(desk.day)
        cards.append(BlockCard(version, usable, sorted(listed, key=lambda fact: fact.number or number + 1)))
    return cards, of_sentences, number


def _alternatives(
    session: Session, message: Message, variants: Sequence[Variant]
) -> dict[str, list[Alternative]]:
    """Slot -> its other texts, those that readers like first; the first of each slot, then the second, get the keys."""
    standing = {item.id for item in variants}
    found: dict[str, list[Variant]] = {item.slot: [] for item in variants}
    rows = session.scalars(
        select(Variant)
        .where(
            Variant.brief_id == message.brief_id,
            Variant.segment_id == message.segment_id,
            Variant.channel == message.channel,
            Variant.locale == message.locale,
            Variant.theme == message.theme,
            Variant.slot.in_(found),
            Variant.status.not_in(_GONE),
        )
        .order_by(Variant.id)
    )
    for item in rows:
        if item.id not in standing:
            found[item.slot].append(item)
    for others in found.values():
        others.sort(key=lambda item: (item.origin is not Origin.GENERATED, -item.scores.get("readers", 0.0)))
        del others[MOST_ALTERNATIVES:]
    chosen = {
        item.id
        for _, item in sorted(
            ((place, item) for others in found.values() for place, item in enumerate(others)),
            key=lambda pair: pair[0],
        )[:KEYS]
    }
    keys = iter(range(1, KEYS + 1))
    return {
        slot: [Alternative(item, next(keys) if item.id in chosen else None) for item in others]
        for slot, others in found.items()
    }


def _siblings(session: Session, message: Message, segment: SegmentView | None) -> list[Row]:
    found = session.scalars(
        select(Message)
        .where(
            Message.brief_id == message.brief_id,
            Message.segment_id == message.segment_id,
            Message.id != message.id,
            Message.status.not_in(_GONE),
        )
        .order_by(Message.id.desc())
        .limit(MOST_SIBLINGS)
    ).all()
    return rows(session, found, {message.segment_id: segment.snapshot.name if segment else ""})
