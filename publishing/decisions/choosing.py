"""What a customer is shown: the first live brief that is for them and that nothing speaks against; no database here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from content_store.brand_folder.brand import Brand
from publishing.assignment import choose, held_out
from publishing.decisions.asking import Question
from publishing.decisions.catalogue import Arm, Campaign
from publishing.decisions.membership import Member
from publishing.planning import Place

#: For so long a customer sees the same message of a brief, and has one receipt for it.
SAME_RECEIPT = timedelta(hours=24)


@dataclass(slots=True)
class Receipt:
    """A row of the ledger: a customer was shown a message, or is held out and would have been."""

    customer_id: str
    brief_id: str
    channel: str
    message_id: int
    approved_hash: str
    occurrence: datetime
    held: bool
    #: False for one that was taken back
    counts: bool = True
    propensity: float = 1.0
    rendered_hash: str | None = None
    #: None until it is written
    publication_id: int | None = None


class Option(NamedTuple):
    """A campaign that is for a customer, and the arms of their place."""

    campaign: Campaign
    arms: Sequence[Arm]


class Facts(NamedTuple):
    """What the database says about everybody in a transaction."""

    #: customer, purpose and channel of those who agreed
    agreed: Collection[tuple[str, str, str]]
    #: customer and channel where they are not reached
    unreachable: Collection[tuple[str, str]]
    #: messages that may go out -> the hash of what was approved
    approved: Mapping[int, str | None]
    #: customer and channel -> receipts, the oldest first; new ones are added
    receipts: dict[tuple[str, str], list[Receipt]]


class Shown(NamedTuple):
    """What stands in a slot, and the receipt for it; the default without an arm."""

    arm: Arm | None
    receipt: Receipt


def options(
    question: Question, member: Member, locale: str | None, campaigns: Sequence[Campaign]
) -> list[Option]:
    """The campaigns that may fill a slot asked for, in the order in which they get it."""
    found = []
    for campaign in campaigns:
        if campaign.slots.isdisjoint(question.slots) or not _is_for(campaign, member):
            continue
        own = campaign.arms.get(Place(member.segment_id, campaign.channel, locale or campaign.locale))
        arms = own or campaign.arms.get(Place(member.segment_id, campaign.channel, campaign.locale))
        if arms:
            found.append(Option(campaign, arms))
    return found


def show(
    question: Question, possible: Sequence[Option], facts: Facts, brand: Brand, now: datetime
) -> dict[str, Shown]:
    """Slot -> what stands there; a slot that is missing has its default. New receipts are added to the facts."""
    shown: dict[str, Shown] = {}
    for campaign, arms in possible:
        wanted = (campaign.slots & set(question.slots)) - shown.keys()
        receipt = _receipt(question.customer, campaign, arms, facts, brand, now) if wanted else None
        if receipt is None:
            continue
        arm = next(arm for arm in arms if arm.message_id == receipt.message_id)
        for slot in wanted & arm.rendered.slots.keys():
            shown[slot] = Shown(None if receipt.held else arm, receipt)
    return shown


def _is_for(campaign: Campaign, member: Member) -> bool:
    if campaign.segments is not None and member.segment_id not in campaign.segments:
        return False
    low, high = campaign.brief.audience.inactive_days_min, campaign.brief.audience.inactive_days_max
    days = member.days_since_last
    if days is None:
        return low is None and high is None
    return (low is None or days >= low) and (high is None or days <= high)


def _receipt(
    customer_id: str, campaign: Campaign, arms: Sequence[Arm], facts: Facts, brand: Brand, now: datetime
) -> Receipt | None:
    """The receipt of a customer for a campaign, known or new; None when nothing of it may be shown."""
    brief, channel = campaign.brief, campaign.channel
    if (customer_id, brief.purpose, channel) not in facts.agreed or (
        customer_id,
        channel,
    ) in facts.unreachable:
        return None
    standing = [arm for arm in arms if facts.approved.get(arm.message_id) == arm.approved_hash]
    if not standing:
        return None
    held = held_out(brand.name, customer_id, brand.holdout_share)
    receipts = facts.receipts.setdefault((customer_id, channel), [])
    counted = [receipt for receipt in receipts if receipt.counts]
    hashes = {arm.approved_hash: arm.message_id for arm in standing}
    for receipt in counted:
        recent = receipt.brief_id == brief.id and receipt.occurrence > now - SAME_RECEIPT
        if recent and receipt.held is held and hashes.get(receipt.approved_hash) == receipt.message_id:
            return receipt
    since = now - timedelta(days=brief.caps.days)
    if sum(receipt.occurrence > since for receipt in counted) >= brief.caps.messages:
        return None
    chosen = choose(standing, [arm.share for arm in standing], f"{brief.id}\0{channel}", customer_id)
    arm = chosen.option
    new = Receipt(
        customer_id,
        brief.id,
        channel,
        arm.message_id,
        arm.approved_hash,
        # Of two in one microsecond the second is later.
        max(now, receipts[-1].occurrence + timedelta(microseconds=1)) if receipts else now,
        held,
        propensity=chosen.propensity,
        rendered_hash=None if held else arm.rendered.rendered_hash,
    )
    receipts.append(new)
    return new
