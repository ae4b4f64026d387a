"""Sources into the database and the lake: what is new is stored, bad rows go to quarantine, a known file changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import suppressions
from content_store.database import insert_into
from content_store.models import Consent, Customer, QuarantinedRow, Source, SourceKind, SuppressionReason
from content_store.queries import customer_ids
from content_store.suppressions import EVERY_CHANNEL, Erased
from content_store.withdrawals import EVERYTHING, own_withdrawals
from segments.records import BadRow
from segments.sources import DEFAULT_LIMITS, Limits, Note, SourceSpec, fingerprint, read, write_events

CHUNK = 2_000


class Ingested(NamedTuple):
    """What became of one source."""

    source: Source
    unchanged: bool
    notes: list[Note]


def ingest(
    session: Session,
    spec: SourceSpec,
    location: str,
    events_folder: Path,
    *,
    partitions: int,
    as_of: datetime,
    suppression_key: bytes,
    limits: Limits = DEFAULT_LIMITS,
) -> Ingested:
    """Take one source in, unless its newest content is in already.

    Customers are inserted or updated by id, consents are added, events replace what their location held before. Who was
    erased is left out, by id, mail or telephone number, and stands in no quarantine either: a note counts them.
    """
    suppressions.hold_list(session)
    erased = suppressions.erased(session, suppression_key)
    known = newest_source(session, spec.kind, location)
    found = fingerprint(spec)
    if known is not None and known.fingerprint == found:
        return Ingested(known, True, [])
    if spec.kind is SourceKind.EVENTS:
        written = write_events(
            spec,
            events_folder / short_name(location),
            partitions,
            as_of=as_of,
            limits=limits,
            erased=erased,
        )
        digest = found or _digest([spec.sql, written.rows, written.customers, written.oldest, written.newest])
        source = _add_source(
            session, spec.kind, location, digest, written.rows, written.quarantined_count, as_of
        )
        _quarantine(session, source, written.quarantined, erased)
        return Ingested(source, False, written.notes)
    reading = read(spec, as_of=as_of, limits=limits, erased=erased)
    rows, refused = list(_rows(reading.accepted)), list(reading.quarantined)
    if found is None:
        found = _digest([{name: value for name, value in row.items() if name != "line"} for row in rows])
        if known is not None and known.fingerprint == found:
            return Ingested(known, True, [])
    aside: list[BadRow] = []
    if spec.kind is SourceKind.CONSENTS:
        rows, strangers = _known_customers(session, rows)
        rows, overruled = _without_overruled(session, rows)
        aside = [*strangers, *overruled]
    else:
        _keep_out(session, erased, reading.erased_ids, as_of)
    count = reading.quarantined_count + len(aside)
    source = _add_source(session, spec.kind, location, found, len(rows), count, as_of)
    _quarantine(session, source, [*refused, *aside[: limits.quarantined_kept]], erased)
    store = _store_customers if spec.kind is SourceKind.CUSTOMERS else _store_consents
    store(session, source, rows)
    return Ingested(source, False, reading.notes)


def short_name(location: str) -> str:
    """The folder of a location in the lake."""
    return hashlib.sha256(location.encode()).hexdigest()[:16]


def store_source(
    session: Session,
    kind: SourceKind,
    location: str,
    digest: str,
    accepted: int,
    rows: Sequence[BadRow],
    quarantined: int,
    at: datetime,
    suppression_key: bytes,
) -> None:
    """Note that a file is in that is kept elsewhere, with the rows of it that were set aside."""
    suppressions.hold_list(session)
    source = _add_source(session, kind, location, digest, accepted, quarantined, at)
    _quarantine(session, source, rows, suppressions.erased(session, suppression_key))


def newest_source(session: Session, kind: SourceKind, location: str) -> Source | None:
    """What was taken from a location last."""
    query = (
        select(Source)
        .where(Source.kind == kind, Source.location == location)
        .order_by(Source.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=str, sort_keys=True).encode()).hexdigest()


def _add_source(
    session: Session,
    kind: SourceKind,
    location: str,
    digest: str,
    accepted: int,
    quarantined: int,
    at: datetime,
) -> Source:
    source = Source(
        kind=kind,
        location=location,
        fingerprint=digest,
        accepted=accepted,
        quarantined=quarantined,
        ingested_at=at,
    )
    session.add(source)
    session.flush()
    return source


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(CHUNK):
        yield from batch.to_pylist()


def _known_customers(
    session: Session, rows: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[BadRow]]:
    known = set(customer_ids(session))
    strangers = [
        BadRow(row["line"], "customer_id", "is no customer of the customers source", str(row["customer_id"]))
        for row in rows
        if row["customer_id"] not in known
    ]
    return [row for row in rows if row["customer_id"] in known], strangers


def _without_overruled(
    session: Session, rows: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[BadRow]]:
    """Without each yes that is newer than the customer's own no and does not say where it was given (GDPR, art. 7(1))."""
    stopped = own_withdrawals(session)
    kept, overruled = [], []
    for row in rows:
        customer = row["customer_id"]
        said = [
            stopped[place]
            for place in ((customer, row["purpose"], row["channel"]), (customer, EVERYTHING, EVERYTHING))
            if place in stopped and stopped[place] < row["at"]
        ]
        if row["granted"] and said and not (row.get("source") or "").strip():
            reason = f"is missing: they unsubscribed on {max(said):%Y-%m-%d}; a later consent needs a proof"
            overruled.append(BadRow(row["line"], "source", reason, str(customer)))
        else:
            kept.append(row)
    return kept, overruled


def _keep_out(session: Session, erased: Erased, found: Collection[str], at: datetime) -> None:
    """Who came back under another id: their consents and events have nothing but that id."""
    new = {customer_id for customer_id in found if not erased.holds(customer_id)}
    for customer_id in sorted(new.difference(customer_ids(session) if new else ())):
        suppressions.suppress(
            session,
            suppressions.of_customer(erased.key, customer_id),
            EVERY_CHANNEL,
            SuppressionReason.ERASED,
            at=at,
            proof="a source had their address under another id",
        )


def _quarantine(session: Session, source: Source, rows: Sequence[BadRow], erased: Erased) -> None:
    """What names somebody who was erased keeps its place and reason only."""
    session.add_all(
        QuarantinedRow(
            source_id=source.id,
            line=row.line,
            column=row.column,
            reason=row.reason,
            raw="" if erased.named_in(row.raw) else row.raw,
        )
        for row in rows
    )
    session.flush()


def _store_customers(session: Session, source: Source, rows: list[dict[str, Any]]) -> None:
    # In the order in which publishers lock customers (publishing/intents.py), so that two never wait in a circle.
    values = [
        {
            "id": row["id"],
            "source_id": source.id,
            **{name: row.get(name) for name in ("email", "phone", "first_name", "locale", "time_zone")},
            "attributes": json.loads(row.get("attributes") or "{}"),
        }
        for row in sorted(rows, key=itemgetter("id"))
    ]
    if not values:
        return
    insert = insert_into(session, Customer)
    changed = {name: insert.excluded[name] for name in values[0] if name != "id"}
    _run(session, insert.on_conflict_do_update(index_elements=["id"], set_=changed), values)


def _store_consents(session: Session, source: Source, rows: list[dict[str, Any]]) -> None:
    # In the same order: a consent locks its customer.
    values = [
        {
            "source_id": source.id,
            **{name: row[name] for name in ("customer_id", "purpose", "channel", "granted", "at")},
            "wording": row.get("wording"),
            "proof": row.get("source"),
        }
        for row in sorted(rows, key=itemgetter("customer_id"))
    ]
    insert = insert_into(session, Consent)
    # Two sources may tell the same moment differently: the no wins.
    strictest = {"granted": Consent.granted & insert.excluded["granted"]}
    _run(
        session,
        insert.on_conflict_do_update(
            index_elements=["customer_id", "purpose", "channel", "at"], set_=strictest
        ),
        values,
    )


def _run(session: Session, statement: Any, values: list[dict[str, Any]]) -> None:
    for start in range(0, len(values), CHUNK):
        session.execute(statement, values[start : start + CHUNK])
