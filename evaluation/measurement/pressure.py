"""Who is written to how much, and how: contacts, discounts and urgency by segment and by demographic group."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import datetime, timedelta
from math import sqrt
from typing import NamedTuple

import duckdb
import pyarrow as pa
from scipy import stats
from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import Session

from content_store import queries
from content_store.brand_folder.brand import Brand
from content_store.models import Customer, Message, Publication, PublicationStatus
from content_store.suppressions import PSEUDONYM
from evaluation.gates.claims import families_of
from evaluation.gates.text import plain
from evaluation.measurement.groups import LEAST, Group, Sums, at_least, banded
from evaluation.measurement.ledger import fill
from evaluation.measurement.portions import by_key, by_number
from evaluation.measurement.results import Pressure
from evaluation.measurement.tables import connected

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

#: Of the database in which messages are counted.
MEMORY = "125MB"

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
    """Segment -> sums, and attribute -> value -> sums; the rows are read in portions, and added up in DuckDB."""
    with connected(MEMORY) as connection:
        _load(connection, session, brand, as_of)
        connection.execute(_PEOPLE)
        # Who changed segment counts in the last one.
        segments = connection.execute(
            f"select segment_id, {_SUMS} from people group by segment_id"
        ).fetchall()
        found = connection.execute(
            f"select name, value, {_SUMS} from people join told_of using (customer_id) group by name, value order by all"
        ).fetchall()
    attributes: dict[str, dict[str, Sums]] = {}
    for name, token, *numbers in found:
        value = json.loads(token)
        if value not in (None, ""):
            values = attributes.setdefault(name, {})
            values[str(value)] = Sums.of([values.get(str(value), Sums()), Sums(*numbers)])
    return {segment: Sums(*numbers) for segment, *numbers in segments}, attributes


def _load(connection: duckdb.DuckDBPyConnection, session: Session, brand: Brand, as_of: datetime) -> None:
    """Fill `sent`, `messages` and `told_of`, the attributes of customers that are compared."""
    asked_for = [name for name, channel in brand.channels.items() if channel.on_request]
    moment = func.coalesce(Publication.sent_at, Publication.planned_at)
    sent = select(Publication.id, Publication.customer_id, Publication.message_id).where(
        Publication.status.in_((PublicationStatus.ACCEPTED, PublicationStatus.UNKNOWN)),
        Publication.channel.not_in(asked_for),
        moment > as_of - DAYS,
        moment <= as_of,
        ~Publication.customer_id.startswith(PSEUDONYM, autoescape=True),
    )
    fill(connection, "sent", _SENT, by_number(session, sent, Publication.id))
    ids = [
        row[0] for row in connection.execute("select distinct message_id from sent order by all").fetchall()
    ]
    segments = session.execute(select(Message.id, Message.segment_id).where(Message.id.in_(ids)))
    texts = queries.message_variants(session, ids)
    told = [(*row, *how_told([variant.text for variant in texts.get(row.id, [])])) for row in segments]
    session.commit()
    fill(connection, "messages", _MESSAGES, [told])
    fill(connection, "customers", _CUSTOMERS, by_key(session, _customers(), Customer.id))
    wanted = brand.fairness_attributes
    connection.execute(
        _TOLD_OF.format(name="lower(told.key)" if wanted is None else "told.key"),
        {"wanted": sorted(DEMOGRAPHIC if wanted is None else wanted)},
    )


def _customers() -> Select[str, str]:
    # As text: DuckDB reads it, and no object is made for a row.
    return select(Customer.id, cast(Customer.attributes, Text))


_SENT_COLUMNS: dict[str, pa.DataType] = {
    "id": pa.int64(),
    "customer_id": pa.string(),
    "message_id": pa.int64(),
}
_SENT = pa.schema(_SENT_COLUMNS)
_MESSAGES_COLUMNS: dict[str, pa.DataType] = {
    "message_id": pa.int64(),
    "segment_id": pa.int64(),
    "discount": pa.bool_(),
    "urgency": pa.bool_(),
}
_MESSAGES = pa.schema(_MESSAGES_COLUMNS)
_CUSTOMERS_COLUMNS: dict[str, pa.DataType] = {"customer_id": pa.string(), "attributes": pa.string()}
_CUSTOMERS = pa.schema(_CUSTOMERS_COLUMNS)

_PEOPLE = """
    create temp table people as
    select customer_id, arg_max(segment_id, id) as segment_id, count(*) as messages,
           count(*) filter (discount) as discounts, count(*) filter (urgency) as urgency
    from sent join messages using (message_id) group by customer_id
"""
_TOLD_OF = """
    create temp table told_of as
    select customer_id, told.key as name, told.value as value from (
        select customer_id, unnest(map_entries(from_json(attributes, '"MAP(VARCHAR, JSON)"'))) as told
        from customers semi join sent using (customer_id)
    ) where list_contains($wanted, {name}) and told.value is not null
"""
#: The fields of Sums.
_SUMS = (
    "count(*), sum(messages)::bigint, sum(discounts)::bigint, sum(urgency)::bigint, sum(messages * messages)::bigint,"
    " sum(discounts * discounts)::bigint, sum(urgency * urgency)::bigint, sum(discounts * messages)::bigint,"
    " sum(urgency * messages)::bigint"
)


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
