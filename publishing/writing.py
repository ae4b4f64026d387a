"""A delivery as a file: looked at for the last time, written once, and settled by what stands in the file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from content_store.database import Sessions
from content_store.models import Delivery, Occurrence, Publication, PublicationStatus
from publishing import deliveries
from publishing.channels import file as files
from publishing.deliveries import Held
from publishing.delivering import Worker
from publishing.intents import commit_intents

#: Nothing is handed over before the file has its name, so an intent without a file may be decided on anew.
_OPEN = (PublicationStatus.PLANNED, PublicationStatus.INTENT)


def write_delivery(sessions: Sessions, held: Held, occurrence: Occurrence, worker: Worker) -> None:
    """Write what may go out of a delivery. Raises OSError when the folder cannot be written, StaleState as `confirm`."""
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
            else commit_intents(
                session, delivery, worker.brief, worker.brand, worker.day, worker.opt_out, of=_OPEN
            )
        )
    sha256 = files.write(file, outgoing) if outgoing else None
    accepted: ColumnElement[bool] | None = None
    if sha256 is not None:
        accepted = Publication.status == PublicationStatus.INTENT
    elif file.exists():
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        accepted = Publication.id.in_(files.ids_in(file))
    with sessions.begin() as session:
        if accepted is not None:
            _settle(session, held.delivery_id, accepted, worker)
        deliveries.finish(session, held, worker.at, file=name if sha256 else None, sha256=sha256)


def _settle(session: Session, delivery_id: int, accepted: ColumnElement[bool], worker: Worker) -> None:
    """What stands in the file was handed over, whatever was thought of it since; nothing else was."""
    inside = update(Publication).where(Publication.delivery_id == delivery_id)
    quiet = {"synchronize_session": False}
    session.execute(
        inside.where(accepted).values(status=PublicationStatus.ACCEPTED, sent_at=worker.at, reason=None),
        execution_options=quiet,
    )
    session.execute(
        inside.where(Publication.status == PublicationStatus.INTENT).values(
            status=PublicationStatus.UNKNOWN, reason="it does not stand in the file that another worker wrote"
        ),
        execution_options=quiet,
    )
