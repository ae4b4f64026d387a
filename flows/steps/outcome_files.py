"""Files of outcomes into the lake; what follows from them happens as when they are told by HTTP."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import queries, suppressions
from content_store.database import reading
from content_store.errors import WorkFailed
from content_store.folder_lock import locked
from content_store.models import Customer, OutcomeKind, Publication, PublicationStatus, SourceKind
from evaluation.measurement.tables import connected
from flows.steps.outcomes import SCRATCH, collect, remove_leftovers
from flows.steps.workplace import Workplace
from publishing.clicks import bots
from publishing.clicks.links import OPEN_TRACKING
from publishing.events.batch import ORIGIN
from publishing.events.desk import Desk
from publishing.events.intake import take
from publishing.events.naming import names, read_name
from publishing.events.told import Told
from publishing.opt_out import load_key
from segments.ingest import newest_source, store_source
from segments.outcome_files import Lookup, Outcomes, outcomes_of
from segments.outcome_lake import Merged, merge
from segments.sources import DEFAULT_LIMITS, SourceSpec, fingerprint

#: Outcomes that are taken in one transaction.
PORTION = 1_000

_STEPS = 4
_UNSURE = (PublicationStatus.INTENT, PublicationStatus.UNKNOWN)


class Imported(NamedTuple):
    """What became of a file."""

    #: outcomes that are in the lake now, those that were there already, and rows in quarantine
    new: int
    known: int
    quarantined: int
    #: whether this very file was imported before, so that nothing was done
    unchanged: bool
    notes: list[str]


def import_outcomes(workplace: Workplace, file: Path) -> Imported:
    """Take a file of outcomes in, once; stopped anywhere, the same call goes on. BadInput when it cannot be read.

    Whoever unsubscribed, complained or bounced is taken in through the inbox, as by HTTP: what follows from that happens
    once. The others go straight into the lake, which knows their ids.
    """
    spec = SourceSpec(SourceKind.OUTCOMES, file.resolve())
    location, found = str(file.resolve()), fingerprint(spec) or ""
    with reading(workplace.sessions)() as session:
        known = newest_source(session, SourceKind.OUTCOMES, location)
    if known is not None and known.fingerprint == found:
        return Imported(0, known.accepted, known.quarantined, True, [])
    folder = workplace.settings.outcomes_folder
    try:
        # Nobody is erased between the list of those who were and the lake.
        with locked(folder):
            remove_leftovers(workplace.settings)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=SCRATCH) as scratch:
                done = _import(workplace, spec, Path(scratch), location, found)
    except OSError as error:
        raise WorkFailed(
            f"{error.filename or folder}: {error.strerror or error}; put that right and run the command again."
        ) from None
    collect(workplace)
    return done


def _import(workplace: Workplace, spec: SourceSpec, scratch: Path, location: str, found: str) -> Imported:
    settings = workplace.settings
    limits = DEFAULT_LIMITS._replace(unpacked_bytes=settings.ingest.most_bytes)
    key, lookup = suppressions.load_key(settings.state_folder), _lookup(workplace)
    with reading(workplace.sessions)() as session:
        erased = suppressions.erased(session, key)
    workplace.progress("outcomes", 0, _STEPS)
    with outcomes_of(spec, scratch, workplace.as_of(None), limits, erased, lookup) as outcomes:
        workplace.progress("outcomes", 1, _STEPS)
        taken, refused = _take(workplace, outcomes, key)
        workplace.progress("outcomes", 2, _STEPS)
        outcomes.write(scratch / "told.parquet", ORIGIN, workplace.now, lookup)
        rows, count = outcomes.rows.quarantined(limits)
        notes = [f"{note.column or 'rows'}: {note.what} ({note.rows:,} rows)" for note in outcomes.notes()]
        accepted = outcomes.accepted - refused
    merged = _merge(workplace, scratch / "told.parquet")
    workplace.progress("outcomes", 3, _STEPS)
    with workplace.sessions.begin() as session:
        store_source(
            session, SourceKind.OUTCOMES, location, found, accepted, rows, count + refused, workplace.now, key
        )
    workplace.progress("outcomes", _STEPS, _STEPS)
    return Imported(merged.new + taken, accepted - merged.new - taken, count + refused, False, notes)


def _merge(workplace: Workplace, told: Path) -> Merged:
    with connected() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create temp table told as select * from read_parquet(?)", [str(told)])
        return merge(connection, workplace.settings.outcomes_folder, workplace.settings.ingest.partitions)


def _take(workplace: Workplace, outcomes: Outcomes, key: bytes) -> tuple[int, int]:
    """How many were new, and how many the intake does not take: they stand in its quarantine."""
    desk = Desk(
        workplace.sessions,
        load_key(workplace.settings.state_folder),
        key,
        workplace.settings.measuring.currency,
        workplace.brand.open_pixel,
        lambda: workplace.now,
    )
    new = refused = 0
    for portion in _portions(outcomes.with_effects()):
        done = take(desk, ORIGIN, [_told(row) for row in portion])
        new += done.taken
        refused += len(done.quarantined)
    return new, refused


def _portions(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while portion := list(islice(rows, PORTION)):
        yield portion


def _told(row: dict[str, Any]) -> Told:
    kind = OutcomeKind(row["kind"])
    return Told(
        row["id"],
        kind,
        row["at"].isoformat(),
        receipt=row["receipt"],
        customer=None if row["receipt"] else row["customer_id"],
        value=row["value"],
        margin=row["margin"],
        # A file has no code, and says of a bounce that it will never arrive.
        gone=kind is OutcomeKind.BOUNCED,
        raw=f"{row['id']} {kind}",
    )


def _lookup(workplace: Workplace) -> Lookup:
    key = load_key(workplace.settings.state_folder)

    def receipts(given: Sequence[str]) -> list[tuple[Any, ...]]:
        with reading(workplace.sessions)() as session:
            return _publications(session, key, given, counts_opens=workplace.brand.open_pixel)

    def customers(given: Sequence[str]) -> set[str]:
        with reading(workplace.sessions)() as session:
            return set(session.scalars(select(Customer.id).where(Customer.id.in_(given))))

    return Lookup(
        receipts, customers, workplace.settings.measuring.currency, bots.AT_ONCE, bots.MOST_IN_A_SECOND
    )


def _publications(
    session: Session, key: bytes, given: Sequence[str], *, counts_opens: bool
) -> list[tuple[Any, ...]]:
    """Rows with the columns RECEIPTS for those of the receipts that are ours."""
    read = {receipt: name for receipt in given if (name := read_name(key, receipt)) is not None}
    wanted = {name.publication_id for name in read.values()}
    rows = {row.id: row for row in session.scalars(select(Publication).where(Publication.id.in_(wanted)))}
    found = [
        (receipt, rows[name.publication_id])
        for receipt, name in read.items()
        if name.publication_id in rows and names(name, rows[name.publication_id])
    ]
    agreed = _agreed(session, [row for _, row in found]) if counts_opens else set()
    return [
        (receipt, row.id, row.customer_id, row.sent_at, row.status in _UNSURE, row.id in agreed)
        for receipt, row in found
    ]


def _agreed(session: Session, rows: Sequence[Publication]) -> set[int]:
    """Those of the publications whose customers agreed that opens are counted."""
    agreed: set[int] = set()
    for channel in {row.channel for row in rows}:
        mine = [row for row in rows if row.channel == channel]
        yes = queries.agreed_of(session, [row.customer_id for row in mine], OPEN_TRACKING, channel)
        agreed.update(row.id for row in mine if row.customer_id in yes)
    return agreed
