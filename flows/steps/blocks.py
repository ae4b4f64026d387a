"""Blocks into the library and its index, and searching them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from content_store import library, queries
from content_store.brand_folder.blocks import load_blocks
from content_store.errors import BadInput
from content_store.index import BlockIndex, load_or_rebuild
from content_store.models import BlockVersion
from flows.steps.workplace import Workplace

#: Vectors are stored and committed in portions of this many blocks, so that a stopped import goes on from there.
PORTION = 500


class Hit(NamedTuple):
    """A block version found, with the cosine of the query and its text."""

    block: str
    version: int
    score: float


def import_blocks(
    session: Session, workplace: Workplace, path: Path, *, approve: bool = False
) -> library.ImportCounts:
    """Store the blocks of a file or folder as versions, and bring vectors and index up to date."""
    counts = library.import_blocks(session, list(load_blocks(path)), approve=approve, now=workplace.now)
    session.commit()
    refresh_vectors(session, workplace)
    return counts


def refresh_vectors(session: Session, workplace: Workplace) -> None:
    """Encode the approved versions that have no vector from this encoder yet."""
    missing = queries.versions_without_vector(session, workplace.encoder_fingerprint)
    for start in range(0, len(missing), PORTION):
        portion = missing[start : start + PORTION]
        workplace.progress("blocks", start, len(missing))
        vectors = workplace.encode_now([version.text for version in portion])
        library.store_vectors(
            session, workplace.encoder_fingerprint, [version.id for version in portion], vectors
        )
        session.commit()
    if missing:
        workplace.progress("blocks", len(missing), len(missing))


def open_index(session: Session, workplace: Workplace) -> BlockIndex:
    """The saved index in step with the database; rebuilt from the database when it is missing or wrong."""
    refresh_vectors(session, workplace)
    model = workplace.encoder_fingerprint
    dimension = queries.vector_dimension(session, model)
    if dimension is None:
        raise BadInput("there are no approved blocks yet; run `surmesure blocks import blocks/` first.")
    folder = workplace.settings.index_folder
    index, reason = load_or_rebuild(
        folder, model, dimension, lambda: library.stored_vectors(session, model, dimension)
    )
    if reason is not None:
        return index
    wanted = np.array(queries.searchable_ids(session), dtype=np.int64)
    gone = np.setdiff1d(index.ids, wanted)
    new = np.setdiff1d(wanted, index.ids)
    if gone.size:
        index.withdraw(gone)
    if new.size:
        index.add(library.vectors_of(session, model, new.tolist(), dimension), new)
    if gone.size or new.size:
        index.save(folder)
    return index


def search_blocks(
    session: Session,
    workplace: Workplace,
    texts: Sequence[str],
    k: int,
    *,
    day: date | None = None,
    locale: str | None = None,
    channel: str | None = None,
    slot: str | None = None,
    theme: str | None = None,
) -> list[list[Hit]]:
    """The k approved block versions nearest to each text, after the filters."""
    index = open_index(session, workplace)
    filtered = any(value is not None for value in (day, locale, channel, slot, theme))
    allowed = (
        np.array(
            queries.searchable_ids(session, day=day, locale=locale, channel=channel, slot=slot, theme=theme),
            dtype=np.int64,
        )
        if filtered
        else None
    )
    hits = index.search(workplace.encode_now(texts), k, allowed)
    names = queries.version_names(session)
    return [
        [
            Hit(*names[int(version)], round(float(score), 6))
            for version, score in zip(ids, scores, strict=True)
        ]
        for ids, scores in zip(hits.ids, hits.scores, strict=True)
    ]


def list_blocks(session: Session) -> list[BlockVersion]:
    """Every block version, by block and number."""
    return queries.all_versions(session)
