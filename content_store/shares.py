"""How often each message of a place is chosen: what a brief's policy says, for the messages that there are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store.models import Policy, PolicyShare

#: A segment's id, a channel and a locale.
PlaceKey = tuple[int, str, str]


class Shares(NamedTuple):
    """What a policy says of the places it knows; equal shares elsewhere."""

    policy_id: int | None
    floor: float
    #: place -> arm -> its share
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

    What each had above the floor stays in proportion, so an arm that went leaves its part to the others, and one that
    is new gets the floor. Where nobody had more, or the floor has no room for so many, all are equal.
    """
    least = min(floor, 1 / len(arms))
    # Rounded: a speck of a float, alone of its kind, would count as everything.
    above = [max(round(known.get(arm, 0.0) - floor, 9), 0.0) for arm in arms]
    whole = fsum(above)
    if not whole:
        return [1 / len(arms)] * len(arms)
    return [least + (1 - len(arms) * least) * part / whole for part in above]
