"""Sending an occurrence: one delivery after the other is taken and handed over, by as many workers as one likes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from content_store.database import Sessions
from content_store.erasure import CODES
from content_store.errors import StaleState, WorkFailed
from content_store.models import Occurrence, Publication, PublicationStatus
from content_store.turns import taking_turns
from publishing import deliveries
from publishing.deliveries import Held
from publishing.worker import Worker

#: What PostgreSQL says to one of two who wait for each other; that one begins anew.
_DEADLOCK = "40P01"

#: Sends what a worker holds.
HandOver = Callable[[Sessions, Held, Occurrence, Worker], None]


def deliver(
    sessions: Sessions,
    occurrence: Occurrence,
    worker: Worker,
    hand_over: HandOver,
    on_progress: Callable[[int], None],
) -> None:
    """Send what nobody else sends; as many workers as one likes may do so at once, and each may be stopped anywhere.

    WorkFailed when the way out fails: what was done stays done, and the rest goes out the next time.
    """
    done, pause = 0, taking_turns(sessions)
    while True:
        pause()
        with sessions.begin() as session:
            held = deliveries.claim(session, occurrence.id, worker.name, worker.clock())
        if held is None:
            return
        try:
            hand_over(sessions, held, occurrence, worker)
        except StaleState:
            continue
        except BaseException as error:
            # Stopped, or the way out is shut: whoever comes next need not wait for the lease to run out.
            with sessions.begin() as session:
                deliveries.release(session, held)
            if isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", "") == _DEADLOCK:
                continue
            if not isinstance(error, OSError):
                raise
            raise WorkFailed(
                f"{occurrence.destination}: {error.strerror or error}; put that right and publish again: it goes on from there."
            ) from error
        done += 1
        on_progress(done)


def statuses(
    session: Session, occurrence: Occurrence
) -> dict[tuple[str, PublicationStatus, str | None], int]:
    """How many publications of an occurrence stand where: (channel, status, reason) -> how many.

    Of a mail server's words only the codes: the rest differs from customer to customer and may name them.
    """
    rows = session.execute(
        select(Publication.channel, Publication.status, Publication.reason, func.count())
        .where(Publication.brief_id == occurrence.brief_id, Publication.occurrence == occurrence.at)
        .group_by(Publication.channel, Publication.status, Publication.reason)
        .order_by(Publication.channel, Publication.status, Publication.reason)
    )
    found: Counter[tuple[str, PublicationStatus, str | None]] = Counter()
    for channel, status, reason, number in rows:
        code = CODES.match(reason or "")
        found[channel, status, code[0] if code else reason] += number
    return dict(found)
