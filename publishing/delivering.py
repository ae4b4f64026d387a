"""Sending an occurrence: a delivery after the other is taken, looked at for the last time, written and settled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from content_store.brand_folder.brand import Brand
from content_store.brand_folder.briefs import BriefFile
from content_store.database import Sessions
from content_store.errors import StaleState, WorkFailed
from content_store.models import Delivery, Occurrence, Publication, PublicationStatus
from publishing import deliveries
from publishing.channels import file as files
from publishing.deliveries import Held
from publishing.intents import commit_intents


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


def deliver(
    sessions: Sessions,
    occurrence: Occurrence,
    worker: Worker,
    on_progress: Callable[[int], None],
) -> None:
    """Send what nobody else sends; as many workers as one likes may do so at once, and each may be stopped anywhere.

    WorkFailed when the folder cannot be written: what was done stays done, and the rest goes out the next time.
    """
    done = 0
    while True:
        with sessions.begin() as session:
            held = deliveries.claim(session, occurrence.id, worker.name, worker.clock())
        if held is None:
            return
        try:
            _deliver(sessions, held, occurrence, worker)
        except StaleState:
            continue
        except OSError as error:
            with sessions.begin() as session:
                deliveries.release(session, held)
            raise WorkFailed(
                f"{occurrence.destination} cannot be written: {error.strerror}; put that right and publish again: it goes on"
                " from there."
            ) from error
        done += 1
        on_progress(done)


def _deliver(sessions: Sessions, held: Held, occurrence: Occurrence, worker: Worker) -> None:
    with sessions.begin() as session:
        deliveries.confirm(session, held, worker.clock())
        delivery = session.get_one(Delivery, held.delivery_id)
        name = files.file_name(
            occurrence.brief_id, occurrence.at, delivery.channel, delivery.number, occurrence.form
        )
        file = Path(occurrence.destination) / name
        # A file that is there holds what its worker had committed; the worker died or was taken for dead after it.
        outgoing = (
            []
            if file.exists()
            else commit_intents(session, delivery, worker.brief, worker.brand, worker.day, worker.opt_out)
        )
    sha256 = files.write(file, outgoing) if outgoing else None
    with sessions.begin() as session:
        if sha256 is not None:
            accepted = Publication.status == PublicationStatus.INTENT
        elif file.exists():
            sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
            accepted = Publication.id.in_(files.ids_in(file))
        else:
            accepted = None
        if accepted is not None:
            _settle(session, held.delivery_id, accepted, worker.at)
        deliveries.finish(session, held, worker.at, file=name if sha256 else None, sha256=sha256)


def _settle(session: Session, delivery_id: int, accepted: object, at: datetime) -> None:
    """What stands in the file was handed over, whatever was thought of it since; nothing else was."""
    inside = update(Publication).where(Publication.delivery_id == delivery_id)
    quiet = {"synchronize_session": False}
    session.execute(
        inside.where(accepted).values(status=PublicationStatus.ACCEPTED, sent_at=at, reason=None),  # type: ignore[arg-type]
        execution_options=quiet,
    )
    session.execute(
        inside.where(Publication.status == PublicationStatus.INTENT).values(
            status=PublicationStatus.UNKNOWN, reason="it does not stand in the file that another worker wrote"
        ),
        execution_options=quiet,
    )


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
