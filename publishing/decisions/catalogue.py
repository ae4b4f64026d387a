"""What may be shown today: the live briefs of the channels on request, their approved messages, and the defaults."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store import queries
from content_store.brand_folder.brand import Brand
from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput
from content_store.models import (
    BlockMode,
    BlockStatus,
    BlockVersion,
    Brief,
    Message,
    Policy,
    ReviewStatus,
    SegmentSnapshot,
)
from content_store.shares import load_shares, newest_policy
from publishing.opt_out import opt_out_by_mail
from publishing.planning import Approved, Place, approved_messages
from publishing.render import Rendered, message_parts, prepare, render

log = logging.getLogger("surmesure.decisions")


class Arm(NamedTuple):
    """A message as it is shown: the same for everybody of its place, as nothing personal is filled in."""

    message_id: int
    approved_hash: str
    rendered: Rendered
    #: how often it is chosen among those of its place
    share: float


class Campaign(NamedTuple):
    """A live brief on one channel."""

    brief: BriefFile
    channel: str
    slots: frozenset[str]
    #: None for all
    segments: frozenset[int] | None
    #: of customers whose own has no message
    locale: str
    arms: Mapping[Place, Sequence[Arm]]


class Default(NamedTuple):
    """Approved text that is shown where nothing was chosen."""

    text: str
    block_version_id: int


class Catalogue(NamedTuple):
    """What may be shown on one day."""

    day: date
    brand: Brand
    #: in the order in which they get a slot
    campaigns: Sequence[Campaign]
    #: slot -> its default
    defaults: Mapping[str, Default]


class Mark(NamedTuple):
    """Changes with everything that a catalogue is made of, so that it is made anew only then."""

    day: date
    segmentation_id: int | None
    briefs: dict[str, str]
    messages: dict[int, str | None]
    blocks: list[int]
    #: brief -> its newest policy
    policies: dict[str, int]


def mark(session: Session, brand: Brand, day: date) -> Mark:
    """How things stand now."""
    channels = set(brand.on_request.values())
    segmentation = queries.latest_segmentation(session)
    briefs = session.execute(select(Brief.id, Brief.content_hash).order_by(Brief.id)).all()
    messages = session.execute(
        select(Message.id, Message.approved_hash)
        .where(Message.channel.in_(channels), Message.status == ReviewStatus.APPROVED)
        .order_by(Message.id)
    ).all()
    approved = BlockVersion.status == BlockStatus.APPROVED
    blocks = session.scalars(select(BlockVersion.id).where(approved).order_by(BlockVersion.id)).all()
    policies = session.execute(select(Policy.brief_id, func.max(Policy.id)).group_by(Policy.brief_id)).all()
    return Mark(
        day,
        segmentation.id if segmentation else None,
        dict(briefs),
        dict(messages),
        list(blocks),
        dict(policies),
    )


def load_catalogue(session: Session, brand: Brand, day: date, segmentation_id: int | None) -> Catalogue:
    """Everything that may be shown on `day`; a brief that cannot be shown is left out, and the log says why.

    Where several briefs want a slot, the one that ends first gets it; those without an end come last, and the id
    decides between equals.
    """
    channels = set(brand.on_request.values())
    live = []
    for row in session.scalars(select(Brief).order_by(Brief.id)):
        try:
            brief = BriefFile.model_validate(row.content)
        except ValidationError:
            log.warning("Brief %s is of another version; `surmesure run` stores it anew.", row.id)
            continue
        if not channels & set(brief.channels) or (brief.valid_until is not None and day > brief.valid_until):
            continue
        live += _campaigns(session, brief, brand, day, segmentation_id)
    live.sort(key=lambda item: (item.brief.valid_until or date.max, item.brief.id))
    return Catalogue(day, brand, live, _defaults(session, brand, day))


def _campaigns(
    session: Session, brief: BriefFile, brand: Brand, day: date, segmentation_id: int | None
) -> list[Campaign]:
    arms: dict[str, dict[Place, list[Arm]]] = {}
    shares = load_shares(session, newest_policy(session, brief.id))
    for place, approved in approved_messages(session, brief.id, day, shares).items():
        if not (channel := brand.channels.get(place.channel)) or not channel.on_request:
            continue
        for item in approved:
            try:
                arm = _arm(session, item, brand, brief)
            except BadInput as error:
                log.warning("Message %s is not shown: %s", item.message_id, error)
                continue
            arms.setdefault(place.channel, {}).setdefault(place, []).append(arm)
    locale = (brief.locales or brand.locales)[0]
    segments = _segments(session, brief, segmentation_id)
    return [
        Campaign(brief, channel, _slots(of_channel), segments, locale, of_channel)
        for channel, of_channel in sorted(arms.items())
    ]


def _arm(session: Session, approved: Approved, brand: Brand, brief: BriefFile) -> Arm:
    message = session.get_one(Message, approved.message_id)
    # The page around it is that of the site; a brief's template is for its mails.
    parts = message_parts(session, message.id, brand)._replace(template=None)
    rendered = render(prepare(parts), {}, unsubscribe_url=opt_out_by_mail(brief))
    return Arm(message.id, str(message.approved_hash), rendered, approved.share)


def _slots(arms: Mapping[Place, Sequence[Arm]]) -> frozenset[str]:
    return frozenset(slot for same in arms.values() for arm in same for slot in arm.rendered.slots)


def _segments(session: Session, brief: BriefFile, segmentation_id: int | None) -> frozenset[int] | None:
    if not brief.audience.segments:
        return None
    query = select(SegmentSnapshot.segment_id).where(
        SegmentSnapshot.segmentation_id == segmentation_id,
        SegmentSnapshot.name.in_(brief.audience.segments),
    )
    return frozenset(session.scalars(query))


def _defaults(session: Session, brand: Brand, day: date) -> dict[str, Default]:
    found = {}
    for slot, name in brand.on_request.items():
        channel = brand.channels[name]
        usable = queries.usable_versions(session, day, locale=brand.locales[0], channel=name, slots=[slot])
        for version in usable:
            if version.block_id == channel.slots[slot].default and version.mode is BlockMode.VERBATIM:
                text = f"{version.text} {channel.suffix}" if channel.suffix else version.text
                found[slot] = Default(text, version.id)
    return found
