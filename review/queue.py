"""The queue: which messages a person asked for, a page of them at a time, counted as far as it is cheap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import combinations, islice
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from content_store import queries
from content_store.approval_rules import DECIDING
from content_store.claims import unclaimed
from content_store.models import (
    Brief,
    Decision,
    Message,
    MessageVariant,
    ReviewStatus,
    Role,
    Run,
    RunStatus,
    User,
    Variant,
)
from content_store.own_edits import holds_words_of

#: Messages in one page of the list, and how far they are counted.
ROWS = 40
MOST_COUNTED = 1_000


class Tab(StrEnum):
    """What the list is of, by status."""

    #: waits for a role of whoever looks, and they may take it up; for those who decide on nothing, all that waits
    FOR_ME = "for_me"
    WAITING = "waiting"  #: for anybody's decision
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    REJECTED = "rejected"
    RECALLED = "recalled"


class Order(StrEnum):
    """What comes first."""

    OLDEST = "oldest"
    DOUBTFUL = "doubtful"  #: the least likely to be liked


class Band(StrEnum):
    """How likely readers like the weakest text of a message."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


STATUSES: dict[Tab, tuple[ReviewStatus, ...]] = {
    Tab.FOR_ME: (ReviewStatus.PENDING, ReviewStatus.EDITED),
    Tab.WAITING: (ReviewStatus.PENDING, ReviewStatus.EDITED),
    Tab.APPROVED: (ReviewStatus.APPROVED,),
    Tab.SENT_BACK: (ReviewStatus.SENT_BACK,),
    Tab.REJECTED: (ReviewStatus.REJECTED,),
    Tab.RECALLED: (ReviewStatus.RECALLED,),
}

#: Band -> score from, score below.
BANDS: dict[Band, tuple[float, float]] = {
    Band.LOW: (0.0, 0.2),
    Band.MIDDLE: (0.2, 0.5),
    Band.HIGH: (0.5, 1.01),
}


#: Every value that Message.waiting_for may have: comparing is faster than looking into it.
_WAITING_FOR = [
    " ".join(roles) for number in range(len(Role) + 1) for roles in combinations(sorted(Role), number)
]


def _blank(value: Any) -> Any:
    """An empty field of a form filters nothing."""
    return None if isinstance(value, str) and not value.strip() else value


Text = Annotated[Annotated[str, Field(max_length=200)] | None, BeforeValidator(_blank)]
#: A key of a row is below this; databases refuse to compare with larger numbers.
MOST_ROWS = 2**31
Number = Annotated[int, Field(ge=0, lt=MOST_ROWS)]


class Filters(BaseModel):
    """What a person asked to see, as it stands in the address of the page."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: Tab = Tab.FOR_ME
    order: Order = Order.OLDEST
    brief: Text = None
    segment: Annotated[Number | None, BeforeValidator(_blank)] = None
    channel: Text = None
    slot: Text = None
    locale: Text = None
    score: Annotated[Band | None, BeforeValidator(_blank)] = None
    fell_back: Annotated[Literal["yes", "no"] | None, BeforeValidator(_blank)] = None
    waiting_for: Annotated[Role | None, BeforeValidator(_blank)] = None
    assignee: Annotated[Literal["me", "nobody"] | None, BeforeValidator(_blank)] = None
    search: Text = None

    @property
    def query(self) -> str:
        """The filters as they stand in an address, with the question mark; '' for none."""
        chosen = self.model_dump(mode="json", exclude_defaults=True)
        return f"?{urlencode(chosen)}" if chosen else ""

    def but(self, **changed: Any) -> Filters:
        """The same filters with some changed."""
        return self.model_copy(update=changed)

    @property
    def narrowing(self) -> int:
        """How many filters leave something out."""
        return len(self.model_dump(exclude_defaults=True, exclude={"status", "order", "search"}))


class Row(NamedTuple):
    """A message in the list."""

    message: Message
    title: str
    segment: str


class Count(NamedTuple):
    """How many there are; with `more`, at least so many."""

    number: int
    more: bool


class Choices(NamedTuple):
    """What can be filtered by."""

    briefs: list[str]
    segments: list[tuple[int, str]]


def find(
    session: Session,
    filters: Filters,
    user: User,
    now: datetime,
    *,
    after: Message | None = None,
    limit: int = ROWS,
) -> list[Message]:
    """The messages from `after` on (without it), in the order asked for.

    One query for each status: each then reads its index in order and stops at the limit.
    """
    found = [
        session.scalars(_ordered(filters, user, now, status, after).limit(limit)).all()
        for status in STATUSES[filters.status]
    ]
    return list(islice(merge(*found, key=lambda message: _place(filters, message)), limit))


def following(
    session: Session, filters: Filters, user: User, now: datetime, message: Message
) -> Message | None:
    """The message after this one; at the end of the list the first."""
    return next(
        (
            other
            for after in (message, None)
            for other in find(session, filters, user, now, after=after, limit=2)
            if other.id != message.id
        ),
        None,
    )


def rows(session: Session, messages: Sequence[Message], names: dict[int, str]) -> list[Row]:
    """The messages with the text of their first slot; `names` are those of the segments."""
    titles: dict[int, str] = dict(
        session.execute(
            select(MessageVariant.message_id, Variant.text)
            .join(Variant, Variant.id == MessageVariant.variant_id)
            .where(
                MessageVariant.message_id.in_([message.id for message in messages]),
                MessageVariant.position == 0,
            )
        ).all()
    )
    return [Row(item, titles.get(item.id, ""), names.get(item.segment_id, "")) for item in messages]


def is_in(session: Session, filters: Filters, user: User, now: datetime, message: Message) -> bool:
    """Whether a message stands in the list that was asked for."""
    wanted = [Message.id == message.id, *conditions(filters, user, now)]
    return message.status in STATUSES[filters.status] and bool(
        session.scalar(select(exists().where(*wanted)))
    )


def count(session: Session, filters: Filters, user: User, now: datetime) -> Count:
    """How many messages pass the filters, as far as MOST_COUNTED."""
    number = 0
    for status in STATUSES[filters.status]:
        inside = (
            select(Message.id)
            .where(Message.status == status, *conditions(filters, user, now))
            .limit(MOST_COUNTED + 1 - number)
        )
        number += session.scalar(select(func.count()).select_from(inside.subquery())) or 0
        if number > MOST_COUNTED:
            return Count(MOST_COUNTED, True)
    return Count(number, False)


def choices(session: Session, user: User) -> Choices:
    """The briefs of the user's team and the segments by name."""
    briefs = [brief for brief in session.scalars(select(Brief.id).order_by(Brief.id)) if user.sees(brief)]
    named = sorted(queries.segment_names(session).items(), key=lambda item: item[1].casefold())
    return Choices(briefs, named)


def runs_under_way(session: Session, user: User) -> list[Run]:
    """Runs that write messages now."""
    found = session.scalars(select(Run).where(Run.status == RunStatus.RUNNING).order_by(Run.id))
    return [run for run in found if user.sees(run.brief_id)]


def waits_for(role: Role) -> ColumnElement[bool]:
    """Messages that wait for the approval of a role."""
    return Message.waiting_for.in_([waiting for waiting in _WAITING_FOR if role.value in waiting.split()])


def _ordered(filters: Filters, user: User, now: datetime, status: ReviewStatus, after: Message | None) -> Any:
    key = (Message.score, Message.id) if filters.order is Order.DOUBTFUL else (Message.id,)
    query = select(Message).where(Message.status == status, *conditions(filters, user, now)).order_by(*key)
    return query if after is None else query.where(tuple_(*key) > tuple_(*_place(filters, after)))


def _place(filters: Filters, message: Message) -> tuple[float, ...]:
    return (message.score, message.id) if filters.order is Order.DOUBTFUL else (message.id,)


def conditions(filters: Filters, user: User, now: datetime) -> list[ColumnElement[bool]]:
    """What a message must meet to pass the filters, its status apart."""
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (Message.brief_id, filters.brief),
        (Message.segment_id, filters.segment),
        (Message.channel, filters.channel),
        (Message.locale, filters.locale),
    ):
        if value is not None:
            found.append(column == value)
    if user.briefs:
        found.append(Message.brief_id.in_(user.briefs))
    if filters.score is not None:
        low, high = BANDS[filters.score]
        found.append(and_(Message.score >= low, Message.score < high))
    if filters.fell_back is not None:
        found.append(Message.fell_back.is_(filters.fell_back == "yes"))
    if filters.status is Tab.FOR_ME and user.holds(*DECIDING):
        found += _for(user, now, claimed=_number(filters.search) is not None)
    if filters.waiting_for is not None:
        found.append(waits_for(filters.waiting_for))
    if filters.assignee is not None:
        wanted = user.id if filters.assignee == "me" else None
        found.append(Message.assignee_id == wanted if wanted else Message.assignee_id.is_(None))
    if filters.slot is not None:
        found.append(_has_text(MessageVariant.slot == filters.slot))
    if filters.search is not None:
        found.append(_found_by(filters.search.strip()))
    return found


def _for(user: User, now: datetime, *, claimed: bool) -> list[ColumnElement[bool]]:
    """What this person may decide on, and is given to nobody else; `claimed` is too what another looks at."""
    found = [
        or_(*(waits_for(role) for role in DECIDING if user.holds(role))),
        or_(Message.assignee_id.is_(None), Message.assignee_id == user.id),
        # Only people put words into a message; to look for a change first spares the longer search for most messages.
        ~and_(exists().where(Decision.message_id == Message.id), holds_words_of(user.name)),
    ]
    return found if claimed else [*found, unclaimed(user, now)]


def _number(search: str | None) -> int | None:
    """The message that is asked for by its number."""
    digits = (search or "").strip().removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else None


def _found_by(search: str) -> ColumnElement[bool]:
    """Messages that hold the words in a text; a number is that of a message."""
    number = _number(search)
    if number is not None:
        return Message.id == number if number < MOST_ROWS else false()
    return _has_text(Variant.text.icontains(search, autoescape=True))


def _has_text(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        MessageVariant.message_id == Message.id, Variant.id == MessageVariant.variant_id, condition
    )
