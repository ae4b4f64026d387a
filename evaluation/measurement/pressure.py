"""Who is written to how much, and how: contacts, discounts and urgency by segment and by demographic group."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from math import sqrt
from typing import Any, NamedTuple

from scipy import stats
from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from content_store import queries
from content_store.brand_folder.brand import Brand
from content_store.models import Customer, Message, Publication, PublicationStatus
from content_store.suppressions import PSEUDONYM
from evaluation.gates.claims import families_of
from evaluation.gates.text import plain
from evaluation.measurement.groups import LEAST, Group, Sums, at_least, banded
from evaluation.measurement.results import Pressure

DAYS = timedelta(days=30)

#: One group gets four fifths of what another gets, or less: the rule of thumb for adverse impact of the Uniform Guidelines
#: on Employee Selection Procedures (29 CFR 1607.4(D)), taken over for offers.
FOUR_FIFTHS = 0.8

#: So seldom a difference is called one by chance, over all groups together.
ALPHA = 0.05

#: Names of attributes that are compared where brand.yaml names none.
DEMOGRAPHIC = frozenset(
    [
        "age",
        "age_group",
        "age_band",
        "birth_year",
        "gender",
        "sex",
        "income",
        "income_group",
        "household_size",
        "household_comp",
        "marital_status",
        "kids",
        "kids_count",
        "children",
        "education",
        "occupation",
        "home_ownership",
        "nationality",
        "region",
    ]
)

SEGMENT = "segment"

#: The group of those of whom an attribute is not known.
NOT_KNOWN = "not known"

_READ = 10_000
_OFF = re.compile(r"\d ?(?:%|percent|[$€£]|dollars?|euros?|pounds?)? off\b|[$€£] ?\d[\d.,]* off\b")


class Told(NamedTuple):
    """How a message speaks."""

    discount: bool
    urgency: bool


def how_told(texts: Collection[str]) -> Told:
    """Whether the texts of a message name a discount, and whether they press; the words are English, those of the gates."""
    families = {name for text in texts for name in families_of(text)}
    off = any(_OFF.search(plain(text).lower()) for text in texts)
    return Told("discount" in families or off, "scarcity or urgency" in families)


def pressure(session: Session, brand: Brand, as_of: datetime, most_contacts: float) -> list[Pressure]:
    """Messages of all briefs that were sent in the 30 days before `as_of`, for each segment and each group of an attribute.

    Only customers who got one count. What a site asks for is none: nobody is written to by it. Groups below ten customers
    are put together, so that nobody is singled out (docs/privacy.md).
    """
    segments, attributes = _read(session, brand, as_of)
    names = queries.segment_names(session)
    tables = {SEGMENT: {names.get(key, f"number {key}"): sums for key, sums in segments.items()}}
    everybody = Sums.of(segments.values())
    for name, values in sorted(attributes.items()):
        tables[name] = banded(values)
        if (rest := everybody.without(Sums.of(values.values()))).customers:
            tables[name][NOT_KNOWN] = rest
    groups = {by: at_least(table) for by, table in tables.items()}
    comparisons = 2 * sum(len(found) for found in groups.values() if len(found) > 1)
    return [
        Pressure(
            by,
            group.name,
            group.sums.customers,
            group.sums.contacts,
            group.sums.share("discounts"),
            group.sums.share("urgency"),
            _warning(by, group, found, most_contacts, comparisons),
        )
        for by, found in groups.items()
        for group in found
    ]


def _read(
    session: Session, brand: Brand, as_of: datetime
) -> tuple[dict[int, Sums], dict[str, dict[str, Sums]]]:
    """Segment -> sums, and attribute -> value -> sums; the rows are read in portions."""
    segments: dict[int, Sums] = {}
    attributes: dict[str, dict[str, Sums]] = {}
    wanted = None if brand.fairness_attributes is None else set(brand.fairness_attributes)
    for _, rows in groupby(_rows(session, brand, as_of), key=lambda row: row.customer_id):
        mine = list(rows)
        messages, discounts, urgency = (
            sum(row[place] for row in mine) for place in (_MESSAGES, _DISCOUNTS, _URGENCY)
        )
        # Who changed segment counts in the last one.
        last = max(mine, key=lambda row: row.newest).segment_id
        segments.setdefault(last, Sums()).add(messages, discounts, urgency)
        for name, value in _compared(mine[0].attributes or {}, wanted):
            attributes.setdefault(name, {}).setdefault(value, Sums()).add(messages, discounts, urgency)
    return segments, attributes


_MESSAGES, _DISCOUNTS, _URGENCY = 3, 4, 5


def _rows(session: Session, brand: Brand, as_of: datetime) -> Iterator[Row[Any]]:
    """Customer, segment, newest publication, messages, those with a discount, those that press, attributes."""
    asked_for = [name for name, channel in brand.channels.items() if channel.on_request]
    moment = func.coalesce(Publication.sent_at, Publication.planned_at)
    sent = (
        Publication.status.in_((PublicationStatus.ACCEPTED, PublicationStatus.UNKNOWN)),
        Publication.channel.not_in(asked_for),
        moment > as_of - DAYS,
        moment <= as_of,
        ~Publication.customer_id.startswith(PSEUDONYM, autoescape=True),
    )
    ids = session.scalars(select(Publication.message_id).where(*sent).distinct()).all()
    texts = queries.message_variants(session, ids)
    told = {number: how_told([variant.text for variant in variants]) for number, variants in texts.items()}

    def count(numbers: list[int]) -> Any:
        return func.sum(case((Publication.message_id.in_(numbers), 1), else_=0))

    sums = (
        select(
            Publication.customer_id,
            Message.segment_id,
            func.max(Publication.id).label("newest"),
            func.count().label("messages"),
            count([number for number, how in told.items() if how.discount]).label("discounts"),
            count([number for number, how in told.items() if how.urgency]).label("urgency"),
        )
        .join(Message, Message.id == Publication.message_id)
        .where(*sent)
        .group_by(Publication.customer_id, Message.segment_id)
        .subquery()
    )
    query = (
        select(sums, Customer.attributes)
        .join(Customer, Customer.id == sums.c.customer_id, isouter=True)
        .order_by(sums.c.customer_id)
        .execution_options(yield_per=_READ)
    )
    yield from session.execute(query)


def _compared(attributes: Mapping[str, Any], wanted: set[str] | None) -> Iterator[tuple[str, str]]:
    for name, value in attributes.items():
        if (name.lower() in DEMOGRAPHIC if wanted is None else name in wanted) and value not in (None, ""):
            yield name, str(value)


def _warning(
    by: str, group: Group, groups: list[Group], most_contacts: float, comparisons: int
) -> str | None:
    sentences = []
    who = f"{by.replace('_', ' ')} {group.name}"
    if group.sums.contacts > most_contacts:
        sentences.append(
            f"{who} got {group.sums.contacts:.1f} messages a customer in 30 days, more than the {most_contacts:g} that"
            " measuring.contacts_in_30_days allows; lower the caps of the briefs."
        )
    if group.name == NOT_KNOWN:
        return " ".join(sentences) or None
    others = Sums.of([other.sums for other in groups if other is not group and other.name != NOT_KNOWN])
    for what, words in (("discounts", "name a discount"), ("urgency", "press")):
        times = _times(group.sums, others, what, comparisons)
        if times is None or FOUR_FIFTHS <= times <= 1 / FOUR_FIFTHS:
            continue
        # Nobody is worse off who is pressed less; and segments are told other things because they are segments.
        if times > 1 or (what == "discounts" and by != SEGMENT):
            only = "only " if times < 1 else ""
            sentences.append(
                f"{only}{times:.2f} times as many of the messages to {who} {words} as of those to the others."
            )
    return " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences) or None


def _times(group: Sums, others: Sums, what: str, comparisons: int) -> float | None:
    """How many times the others' share a group has; None where that may be chance, or they have none."""
    # Where a customer or two have most of the messages, the error of the share says nothing.
    if min(group.as_if, others.as_if) < LEAST:
        return None
    mine, theirs = group.share(what), others.share(what)
    error = sqrt(group.error(what) ** 2 + others.error(what) ** 2)
    most = float(stats.norm.ppf(1 - ALPHA / max(comparisons, 1) / 2))
    if not theirs or abs(mine - theirs) <= most * error:
        return None
    return mine / theirs
