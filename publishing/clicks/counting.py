"""Clicks and opens are written to the inbox, one row for a reload and all, with the rule that says it was no person."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from math import inf
from threading import Lock
from time import monotonic, sleep
from typing import NamedTuple

from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError, OperationalError
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

#: Clicks and opens in one transaction, and those that may wait for one.
MOST_IN_GROUP = 100
MOST_WAITING = 10_000

#: A database that does not answer is asked again for so long, with pauses.
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.1
CLOSING_SECONDS = 10.0

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


class _Waiting(NamedTuple):
    """A hit that is not written down yet, and when it was made."""

    hit: Hit
    at: datetime
    done: Future[None]


class Counter:
    """Writes clicks and opens down one group after the other, and remembers the last second of each publication.

    Both in this process only: what waits when the process is killed is lost.
    """

    def __init__(self, sessions: Sessions, now: Callable[[], datetime]) -> None:
        """`sessions` must not wait for long, since what waits meanwhile is kept in memory."""
        self.sessions, self.now = sessions, now
        self._recent: OrderedDict[int, list[datetime]] = OrderedDict()
        self._waiting: deque[_Waiting] = deque()
        self._lock = Lock()
        self._last_moment = inf
        self._writer = ThreadPoolExecutor(1, "clicks")

    def count(self, hit: Hit) -> Future[None]:
        """Take it in; the answer is done when it is committed, or given up, which is logged."""
        now, done = self.now(), Future[None]()
        done.set_running_or_notify_cancel()
        with self._lock:
            number = self._in_a_second(hit.publication_id, now)
            if len(self._waiting) >= MOST_WAITING or self._last_moment < inf:
                log.warning("A %s was not counted: too many wait.", hit.kind.value)
                done.set_result(None)
                return done
            timed = hit._replace(seen=hit.seen._replace(in_a_second=number))
            self._waiting.append(_Waiting(timed, now, done))
            self._writer.submit(self._write_group)
        return done

    def close(self) -> None:
        """Write down what waits, and give up what the database does not take within some seconds."""
        with self._lock:
            self._last_moment = monotonic() + CLOSING_SECONDS
        self._writer.shutdown()

    def _write_group(self) -> None:
        with self._lock:
            group = list(islice(self._waiting, MOST_IN_GROUP))
        try:
            self._write(group)
        except Exception:
            log.exception("%s clicks and opens were not counted.", len(group))
        with self._lock:
            for _ in group:
                self._waiting.popleft()
        for item in group:
            item.done.set_result(None)

    def _write(self, group: Sequence[_Waiting]) -> None:
        until = monotonic() + PATIENCE_SECONDS
        while group:
            try:
                with self.sessions.begin() as session:
                    # Nobody is erased between the look at a publication and the row that names its customer.
                    suppressions.hold_list(session)
                    for item in group:
                        _write(session, item.hit, item.at)
                return
            except (DBAPIError, PoolTimeout) as error:
                if not isinstance(error, OperationalError | PoolTimeout) and len(group) > 1:
                    for item in group:
                        self._write([item])
                    return
                # The lines after the first may hold values.
                reason = str(error).partition("\n")[0]
            if monotonic() >= min(until, self._last_moment):
                log.warning("%s clicks and opens were not counted: %s", len(group), reason)
                return
            sleep(PAUSE_SECONDS)

    def _in_a_second(self, publication_id: int, now: datetime) -> int:
        before = self._recent.pop(publication_id, [])
        times = [at for at in before if now - at < _SECOND][-bots.MOST_IN_A_SECOND :]
        self._recent[publication_id] = [*times, now]
        if len(self._recent) > _MOST_REMEMBERED:
            self._recent.popitem(last=False)
        return len(times) + 1


def _write(session: Session, hit: Hit, now: datetime) -> None:
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
