"""An outcome as somebody tells it, whoever it is, and what is wrong with one that cannot be taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from content_store.models import OutcomeKind

#: Clocks of others may be two days ahead, and their zones wrong.
AHEAD = timedelta(days=3)
#: Before it, a clock stood at its beginning.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

#: Characters that are kept of what could not be taken.
MOST_RAW = 2_000

#: What a sender's id may have; the origin stands before it.
MOST_ID = 150


class Told(NamedTuple):
    """One outcome, as plain values; one of `receipt` and `customer` says whom it is about."""

    #: what the sender calls it; the same each time it is told
    id: str
    kind: OutcomeKind
    #: ISO 8601, with an offset if it is right
    at: str
    #: names a publication; see publishing.events.naming
    receipt: str | None = None
    customer: str | None = None
    value: float | None = None
    margin: float | None = None
    currency: str | None = None
    #: of a bounce: the enhanced status code (RFC 3463)
    code: str | None = None
    #: of a bounce: nobody is there, and nobody will be
    gone: bool = False
    #: the address that it was sent to; the customer may have another by now
    to: str | None = None
    #: of a click: where it led
    link: str | None = None
    #: of a click or an open: the User-Agent, where it is known
    agent: str | None = None
    #: of a click or an open: who tells of it says that a program did it
    by_program: bool = False
    #: as it came
    raw: str = ""


class Refused(NamedTuple):
    """Why an outcome cannot be taken, and what of it is kept."""

    reason: str
    raw: str


class NotGenuine(Exception):  # noqa: N818 - says what the request is
    """A request that is not signed as it must be; the message says what to do."""


class TooDeep(Exception):  # noqa: N818 - says what the body is
    """A body with more brackets in brackets than anybody needs."""


def moment(text: str, now: datetime) -> datetime:
    """The moment in UTC; ValueError with the reason when it is none that can be right."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("at is no moment; write it as 2026-03-02T09:30:00+00:00") from None
    if found.tzinfo is None:
        raise ValueError("at has no offset; write it as 2026-03-02T09:30:00+00:00")
    try:
        found = found.astimezone(UTC)
    except OverflowError:
        raise ValueError("at lies outside of the calendar") from None
    if found < EARLIEST:
        raise ValueError("at is before 2000, so a clock was wrong")
    if found > now + AHEAD:
        raise ValueError("at is more than three days ahead, so a clock was wrong")
    return found


def seconds(timestamp: object) -> str:
    """Seconds since 1970 as providers write them, in the form of `Told.at`; what is none stays as it is, and is refused later."""
    if isinstance(timestamp, int | float) and not isinstance(timestamp, bool):
        try:
            return datetime.fromtimestamp(timestamp, UTC).isoformat()
        except (ValueError, OverflowError, OSError):
            pass
    return str(timestamp)[:40]
