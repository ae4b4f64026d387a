"""Sending an occurrence: one delivery after the other is taken and handed over, by as many workers as one likes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store.brand_folder.brand import Brand
from content_store.brand_folder.briefs import BriefFile
from content_store.database import Sessions
from content_store.errors import StaleState, WorkFailed
from content_store.models import Occurrence, Publication, PublicationStatus
from publishing import deliveries
from publishing.deliveries import Held


class Worker(NamedTuple):
    """Who sends, for what, and when it is."""

    name: str
    brief: BriefFile
    brand: Brand
    #: on which blocks must be valid
    day: date
    #: what the ledger says when it was sent
    at: datetime
    #: for leases
    clock: Callable[[], datetime]
    #: where the unsubscribe link of a publication leads
    opt_out: Callable[[Publication], str]


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
    done = 0
    while True:
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
    """How many publications of an occurrence stand where: (channel, status, reason) -> how many."""
    rows = session.execute(
        select(Publication.channel, Publication.status, Publication.reason, func.count())
        .where(Publication.brief_id == occurrence.brief_id, Publication.occurrence == occurrence.at)
        .group_by(Publication.channel, Publication.status, Publication.reason)
        .order_by(Publication.channel, Publication.status, Publication.reason)
    )
    return {(channel, status, reason): number for channel, status, reason, number in rows}
