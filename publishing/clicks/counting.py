"""Clicks and opens are written to the inbox, one row for a reload and all, with the rule that says it was no person."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from content_store import queries, suppressions
from content_store.database import Sessions, insert_into
from content_store.models import Delivery, InboxItem, OutcomeKind, Publication, PublicationStatus
from content_store.models.measurement import OUTCOME
from publishing.clicks import bots
from publishing.clicks.links import OPEN_TRACKING
from publishing.events.outcome import Outcome, body

log = logging.getLogger("surmesure.web")

#: Seconds in which the same link of the same publication counts once, from one full ten seconds to the next.
WINDOW = 10

#: Publications whose last second is remembered.
_MOST_REMEMBERED = 10_000

_SECOND = timedelta(seconds=1)
_PERSON = "person"


class Hit(NamedTuple):
    """A click or an open as it comes in."""

    publication_id: int
    kind: OutcomeKind
    #: where the click leads; None for an open
    link: str | None
    #: of the request; the times are filled in here
    seen: bots.Seen


class Counter:
    """Writes clicks and opens down, and remembers the last second of each publication, in this process only."""

    def __init__(self, sessions: Sessions, now: Callable[[], datetime]) -> None:
        """`sessions` must not wait for long: somebody waits for the page."""
        self.sessions, self.now = sessions, now
        self._recent: OrderedDict[int, list[datetime]] = OrderedDict()
        self._lock = Lock()

    def count(self, hit: Hit) -> None:
        """Write it down; when the database does not answer, that is logged, and whoever clicked does not notice."""
        now = self.now()
        number = self._in_a_second(hit.publication_id, now)
        try:
            with self.sessions.begin() as session:
                _write(session, hit._replace(seen=hit.seen._replace(in_a_second=number)), now)
        except (DBAPIError, PoolTimeout) as error:
            # The lines after the first may hold values.
            log.warning("A %s was not counted: %s", hit.kind.value, str(error).partition("\n")[0])

    def _in_a_second(self, publication_id: int, now: datetime) -> int:
        with self._lock:
            before = self._recent.pop(publication_id, [])
            times = [at for at in before if now - at < _SECOND][-bots.MOST_IN_A_SECOND :]
            self._recent[publication_id] = [*times, now]
            if len(self._recent) > _MOST_REMEMBERED:
                self._recent.popitem(last=False)
            return len(times) + 1


def _write(session: Session, hit: Hit, now: datetime) -> None:
    # Nobody is erased between the look at the publication and the row that names its customer.
    suppressions.hold_list(session)
    row = session.get(Publication, hit.publication_id)
    if row is None or (hit.kind is OutcomeKind.OPENED and not _agreed(session, row)):
        return
    flag = bots.flag(_timed(session, hit, row, now))
    if flag == bots.BURST:
        _take_back(session, row, now)
    place = hashlib.sha256((hit.link or "").encode()).hexdigest()[:8]
    origin = "click" if hit.kind is OutcomeKind.CLICKED else "open"
    window = int(now.timestamp() // WINDOW)
    name = f"{origin}:{row.id}:{place}:{window}:{flag or _PERSON}"
    outcome = Outcome(name, origin, hit.kind, now, row.customer_id, row, link=hit.link, flag=flag)
    values = {
        "external_id": name,
        "kind": OUTCOME,
        "received_at": now,
        "body": body(outcome),
        "publication_id": row.id,
        "customer_id": row.customer_id,
    }
    insert = insert_into(session, InboxItem).values(values)
    session.execute(insert.on_conflict_do_nothing(index_elements=["external_id"]))


def _timed(session: Session, hit: Hit, row: Publication, now: datetime) -> bots.Seen:
    delivery = session.get(Delivery, row.delivery_id) if row.status is PublicationStatus.INTENT else None
    being_sent = delivery is not None and delivery.until is not None and delivery.until > now
    since_sent = now - row.sent_at if row.sent_at is not None else None
    return hit.seen._replace(since_sent=since_sent, being_sent=being_sent)


def _agreed(session: Session, row: Publication) -> bool:
    return bool(queries.agreed_of(session, [row.customer_id], OPEN_TRACKING, row.channel))


def _take_back(session: Session, row: Publication, now: datetime) -> None:
    """What counted as a person's in the second of a burst, as far as it is not in the lake yet."""
    session.execute(
        delete(InboxItem).where(
            InboxItem.publication_id == row.id,
            InboxItem.kind == OUTCOME,
            InboxItem.taken_at.is_(None),
            InboxItem.received_at > now - _SECOND,
            InboxItem.external_id.endswith(f":{_PERSON}"),
        ),
        execution_options={"synchronize_session": False},
    )
