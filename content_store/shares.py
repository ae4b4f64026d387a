"""How often each message of a place is chosen: what a brief's policy says, for the messages that there are now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import fsum
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store.models import Message, Policy, PolicyShare

#: A segment's id, a channel and a locale.
PlaceKey = tuple[int, str, str]


def competitor(arm: str, theme: str) -> str:
    """What a policy calls a message of a place: a later run may tell another story in the same arm, and then it is new."""
    return f"{arm} {theme}"[:200]


def competitors(session: Session, message_ids: Collection[int]) -> dict[int, str]:
    """Message id -> what a policy calls it."""
    query = select(Message.id, Message.arm, Message.theme).where(Message.id.in_(message_ids))
    return {number: competitor(arm, theme) for number, arm, theme in session.execute(query)}


class Shares(NamedTuple):
    """What a policy says of the places it knows; equal shares elsewhere."""

    policy_id: int | None
    floor: float
    #: place -> message, as `competitor` calls it -> its share
    known: Mapping[PlaceKey, Mapping[str, float]]

    def of(self, place: PlaceKey, arms: Sequence[str]) -> list[float]:
        """The share of each arm at a place; they add up to one."""
        return shares_of(self.known.get(place, {}), self.floor, arms)


EQUAL = Shares(None, 0.0, {})


def newest_policy(session: Session, brief_id: str) -> int | None:
    """The id of the policy in force; None without one."""
    return session.scalar(select(func.max(Policy.id)).where(Policy.brief_id == brief_id))


def load_shares(session: Session, policy_id: int | None) -> Shares:
    """The shares of a policy; equal ones for None."""
    if policy_id is None:
        return EQUAL
    known: dict[PlaceKey, dict[str, float]] = {}
    for row in session.scalars(select(PolicyShare).where(PolicyShare.policy_id == policy_id)):
        known.setdefault((row.segment_id, row.channel, row.locale), {})[row.arm] = row.share
    return Shares(policy_id, session.get_one(Policy, policy_id).floor, known)


def shares_of(known: Mapping[str, float], floor: float, arms: Sequence[str]) -> list[float]:
    """The share of each of the arms, by what a policy knows: at least the floor each, and one together.

    Those that a policy knows stay in proportion, and those that it does not know count as if it gave them the floor. Whoever
    would fall below the floor gets it, and the others share what is left. Where the floor has no room for so many, all are
    equal.
    """
    least = min(floor, 1 / len(arms))
    weights = [max(known.get(arm, least), least) or 1.0 for arm in arms]
    raised: set[int] = set()
    while True:
        free, whole = 1 - least * len(raised), fsum(w for n, w in enumerate(weights) if n not in raised)
        shares = [least if n in raised else free * w / whole for n, w in enumerate(weights)]
        below = {n for n, share in enumerate(shares) if n not in raised and share < least * (1 - 1e-9)}
        if not below:
            return shares
        raised |= below
