"""Groups of customers as sums: small ones are put together, and many numbers become a few bands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from math import sqrt
from typing import NamedTuple

#: Fewer customers are not shown as a group (k-anonymity).
LEAST = 10

#: More different numbers than these are cut into four bands of about as many customers each.
MOST_NUMBERS = 10

OTHERS = "others"


@dataclass
class Sums:
    """Of customers, what is needed for shares of their messages and how sure these are; a customer is one draw."""

    customers: int = 0
    messages: int = 0
    discounts: int = 0
    urgency: int = 0
    messages_squared: int = 0
    discounts_squared: int = 0
    urgency_squared: int = 0
    discounts_messages: int = 0
    urgency_messages: int = 0

    @classmethod
    def of(cls, parts: Iterable[Sums]) -> Sums:
        """All of them together."""
        rows = [[getattr(part, field.name) for field in fields(cls)] for part in parts]
        return cls(*(sum(column) for column in zip(*rows, strict=True)))

    def without(self, other: Sums) -> Sums:
        """These less those of some of the customers."""
        return Sums(*(getattr(self, field.name) - getattr(other, field.name) for field in fields(self)))

    def add(self, messages: int, discounts: int, urgency: int) -> None:
        """One customer more."""
        self.customers += 1
        self.messages += messages
        self.discounts += discounts
        self.urgency += urgency
        self.messages_squared += messages**2
        self.discounts_squared += discounts**2
        self.urgency_squared += urgency**2
        self.discounts_messages += discounts * messages
        self.urgency_messages += urgency * messages

    @property
    def contacts(self) -> float:
        """Messages to a customer."""
        return self.messages / self.customers if self.customers else 0.0

    def share(self, what: str) -> float:
        """The share of the messages that are `what`: "discounts" or "urgency"."""
        found: int = getattr(self, what)
        return found / self.messages if self.messages else 0.0

    @property
    def as_if(self) -> float:
        """Customers who would tell as much if each had as many messages (Kish 1965)."""
        return self.messages**2 / self.messages_squared if self.messages else 0.0

    def error(self, what: str) -> float:
        """The standard error of that share, by the delta method for a ratio of two sums over customers."""
        if not self.messages:
            return 0.0
        share = self.share(what)
        squares = (
            getattr(self, f"{what}_squared")
            - 2 * share * getattr(self, f"{what}_messages")
            + share**2 * self.messages_squared
        )
        return sqrt(max(squares, 0.0)) / self.messages


class Group(NamedTuple):
    """Customers with the same value."""

    name: str
    sums: Sums


def banded(values: Mapping[str, Sums]) -> dict[str, Sums]:
    """The same by band, where the values are many numbers."""
    try:
        numbers = {value: float(value) for value in values}
    except ValueError:
        return dict(values)
    if len(values) <= MOST_NUMBERS:
        return dict(values)
    whole = sum(sums.customers for sums in values.values())
    bands: list[list[str]] = [[] for _ in range(4)]
    seen = 0
    for value in sorted(values, key=lambda value: numbers[value]):
        bands[min(4 * seen // whole, 3)].append(value)
        seen += values[value].customers
    return {
        f"{band[0]} to {band[-1]}" if len(band) > 1 else band[0]: Sums.of(values[value] for value in band)
        for band in bands
        if band
    }


def at_least(values: Mapping[str, Sums], least: int = LEAST) -> list[Group]:
    """The groups, the largest first; small ones are put together until no group is small, so that none can be worked out.

    Where all together are fewer, there is no group.
    """
    groups = sorted((Group(name, sums) for name, sums in values.items()), key=_by_size)
    small: list[Group] = []
    while groups and (
        groups[-1].sums.customers < least or (small and sum(item.sums.customers for item in small) < least)
    ):
        small.append(groups.pop())
    together = Sums.of(item.sums for item in small)
    return [*groups, Group(OTHERS, together)] if together.customers >= least else groups


def _by_size(group: Group) -> tuple[int, str]:
    return (-group.sums.customers, group.name)
