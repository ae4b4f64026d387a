"""A delivery as a file: looked at for the last time, written once, and settled by what stands in the file."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pyarrow as pa
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from content_store.database import Sessions
from content_store.errors import WorkFailed
from content_store.models import Delivery, Occurrence, Publication, PublicationStatus
from content_store.suppressions import pseudonym
from publishing import deliveries
from publishing.channels import file as files
from publishing.deliveries import Held
from publishing.intents import commit_intents
from publishing.remote import RemoteFile, place
from publishing.worker import Worker

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
        file = place(occurrence.destination) / name
        # A file that is there holds what its worker had committed; the worker died or was taken for dead after it.
        outgoing = (
            []
            if file.exists()
            else commit_intents(
                session,
                delivery,
                worker,
                of=_OPEN,
            )
        )
    sha256 = files.write(file, outgoing) if outgoing else None
    inside: set[int] | None = None
    if sha256 is not None:
        inside = {item.publication.id for item in outgoing}
    elif file.exists():
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        inside = _ids_of_this_delivery(sessions, held, file, worker.suppression_key)
    with sessions.begin() as session:
        deliveries.finish(session, held, worker.moment(), file=name if sha256 else None, sha256=sha256)
        if inside is not None:
            _settle(session, held.delivery_id, inside, worker)


def _ids_of_this_delivery(sessions: Sessions, held: Held, file: Path | RemoteFile, key: bytes) -> set[int]:
    """WorkFailed when the file is of something else: another brand's, or that of a database that was restored since.

    Somebody may have been erased after the file was written: the ledger then knows them by their pseudonym.
    """
    try:
        found = files.rows_in(file)
    except (ValueError, KeyError, csv.Error, pa.ArrowException) as error:
        raise WorkFailed(f"{file} cannot be read: {error}; move it away and publish again.") from None
    with sessions() as session:
        ours = dict(
            session.execute(
                select(Publication.id, Publication.customer_id).where(
                    Publication.delivery_id == held.delivery_id
                )
            ).all()
        )
    if any(ours.get(number) not in (name, pseudonym(key, name)) for number, name in found.items()):
        raise WorkFailed(f"{file} is of something else; move it away, or publish to another folder.")
    return set(found)


def _settle(session: Session, delivery_id: int, inside: set[int], worker: Worker) -> None:
    """What stands in the file was handed over, whatever was thought of it since; nothing else was, and nothing else will be."""
    these = update(Publication).where(Publication.delivery_id == delivery_id)
    quiet = {"synchronize_session": False}
    session.execute(
        these.where(Publication.id.in_(inside)).values(
            status=PublicationStatus.ACCEPTED, sent_at=worker.moment(), reason=None
        ),
        execution_options=quiet,
    )
    session.execute(
        these.where(Publication.status.in_(_OPEN)).values(
            status=PublicationStatus.SUPPRESSED, reason="the file was written before, without this customer"
        ),
        execution_options=quiet,
    )
