"""The brand's sources into the database and the lake, in the order in which they depend on each other."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from content_store import suppressions
from content_store.brand_folder.sources import SourceFile, Sources, load_sources
from content_store.models import SourceKind
from flows.steps.workplace import Workplace
from segments.ingest import ingest
from segments.sources import DEFAULT_LIMITS, SourceSpec


class SourceResult(NamedTuple):
    """What became of one source, in words and numbers."""

    kind: str
    location: str
    accepted: int
    quarantined: int
    unchanged: bool
    notes: list[str]


def ingest_sources(session: Session, workplace: Workplace) -> list[SourceResult]:
    """Every source of sources.yaml; each is committed when it is in, so that a stop loses at most the one under way."""
    sources = load_sources(workplace.settings.brand)
    wanted = [(SourceKind(name), getattr(sources, name)) for name in Sources.model_fields]
    found = [(kind, source) for kind, source in wanted if source is not None]
    results = []
    for number, (kind, source) in enumerate(found):
        workplace.progress("ingest", number, len(found))
        results.append(_ingest(session, workplace, kind, source, workplace.as_of(None)))
        workplace.commit(session)
    workplace.progress("ingest", len(found), len(found))
    return results


def _ingest(
    session: Session, workplace: Workplace, kind: SourceKind, source: SourceFile, as_of: datetime
) -> SourceResult:
    folder, settings = workplace.settings.brand, workplace.settings.ingest
    location = source.path or f"sql: {source.sql}"
    spec = SourceSpec(kind, folder / source.path if source.path else None, source.sql, source.columns, folder)
    done = ingest(
        session,
        spec,
        location,
        workplace.settings.events_folder,
        partitions=settings.partitions,
        as_of=as_of,
        suppression_key=suppressions.load_key(workplace.settings.state_folder),
        limits=DEFAULT_LIMITS._replace(unpacked_bytes=settings.most_bytes),
    )
    notes = [f"{note.column or 'rows'}: {note.what} ({note.rows:,} rows)" for note in done.notes]
    row = done.source
    return SourceResult(kind.value, location, row.accepted, row.quarantined, done.unchanged, notes)
