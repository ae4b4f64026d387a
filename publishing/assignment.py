"""Who gets which message: a salted hash decides, so that the same customer gets the same answer wherever it is asked."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, NamedTuple, TypeVar

Option = TypeVar("Option")


class Choice(NamedTuple, Generic[Option]):
    """What was chosen for a customer, and how probable that was before the hash was looked at."""

    option: Option
    propensity: float


def position(salt: str, customer_id: str) -> float:
    """Where a customer stands between 0 and 1 (1 excluded): evenly spread, and elsewhere under any other salt."""
    digest = hashlib.sha256(f"{salt}\0{customer_id}".encode()).digest()
    # 53 bits are what a float holds without rounding up to 1.
    return (int.from_bytes(digest[:8], "big") >> 11) / (1 << 53)


def held_out(brand: str, customer_id: str, share: float) -> bool:
    """Whether a customer gets nothing of a brand, campaign after campaign, so that its worth can be measured.

    A larger share holds out everybody whom a smaller one did.
    """
    return position(f"holdout\0{brand}", customer_id) < share


def choose(options: Sequence[Option], shares: Sequence[float], salt: str, customer_id: str) -> Choice[Option]:
    """One of the options, each as probable as its share of all shares says."""
    ends = list(accumulate(shares))
    found = bisect_right(ends, position(f"arm\0{salt}", customer_id) * ends[-1])
    # A product may be rounded up to the very end.
    number = min(found, len(options) - 1)
    return Choice(options[number], shares[number] / ends[-1])
