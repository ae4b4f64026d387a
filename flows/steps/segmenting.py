"""Customers to named segments: weights, embeddings, clusters, identity, profiles, and who belongs where."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import queries, suppressions
from content_store.errors import BadInput
from content_store.models import Customer, Segment, Segmentation, SegmentSnapshot, SourceKind
from content_store.models.customers import profile_text
from content_store.withdrawals import not_profiled
from flows.steps.workplace import Workplace
from segments import behaviour, clustering, features, identity, names, profiles
from segments.sources import partition_of

#: A centroid that turned further than this from every earlier one is a new segment.
SAME_SEGMENT = 0.6

Floats = np.ndarray[Any, np.dtype[np.float32]]


class Grouped(NamedTuple):
    """Customers in the order of their ids, with what was found out about them."""

    customer_ids: list[str]
    weights: features.ItemWeights
    vectors: Floats
    clusters: clustering.Clusters
    criterion: dict[str, Any]
    activity: behaviour.Activity


def segment(session: Session, workplace: Workplace) -> tuple[Segmentation, bool]:
    """The segmentation of what is ingested, and whether it stood already. Raises BadInput without customers."""
    as_of = workplace.as_of(newest_event(workplace))
    input_hash = _input_hash(session, workplace, as_of)
    known = session.scalars(select(Segmentation).where(Segmentation.input_hash == input_hash)).first()
    if known is not None and workplace.settings.membership_folder(known.id).exists():
        return known, True
    grouped = _group(session, workplace, as_of)
    previous = queries.latest_segmentation(session)
    before = queries.snapshots(session, previous.id) if previous else []
    if known is not None:
        session.delete(known)
        session.flush()
    segmentation = Segmentation(
        input_hash=input_hash,
        as_of=as_of,
        customers=len(grouped.customer_ids),
        clusters=len(grouped.clusters.centroids),
        criterion=grouped.criterion,
        encoder=workplace.encoder_fingerprint,
        created_at=workplace.now,
    )
    session.add(segmentation)
    session.flush()
    # Whoever was erased while the customers were grouped is in no list of what comes of it.
    suppressions.hold_list(session)
    erased = set(grouped.customer_ids).difference(queries.customer_ids(session))
    found = _store_snapshots(session, workplace, segmentation, grouped, before)
    for snapshot in found:
        snapshot.exemplars = [name for name in snapshot.exemplars if name not in erased]
    segment_ids = [snapshot.segment_id for snapshot in found]
    _write_membership(workplace, segmentation.id, grouped, segment_ids, erased)
    return segmentation, False


def newest_event(workplace: Workplace) -> datetime | None:
    """The moment of the newest event in the lake, None when there is none."""
    if not any(workplace.settings.events_folder.glob("*/*/*.parquet")):
        return None
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        files = str(workplace.settings.events_folder / "*" / "*" / "*.parquet")
        row = connection.execute('select max("at") from read_parquet(?)', [files]).fetchone()
    return row[0] if row else None


def map_points(
    workplace: Workplace, segmentation_id: int, most: int = 3000
) -> list[tuple[float, float, int]]:
    """At most `most` customers as (x, y, segment id), spread evenly over the ids."""
    table = pq.read_table(
        workplace.settings.membership_folder(segmentation_id), columns=["x", "y", "segment_id"]
    )
    rows = np.linspace(0, table.num_rows - 1, min(most, table.num_rows)).astype(int)
    chosen = table.take(rows)
    columns = (chosen[name].to_pylist() for name in ("x", "y", "segment_id"))
    return list(zip(*columns, strict=True))


def _input_hash(session: Session, workplace: Workplace, as_of: datetime) -> str:
    content = [
        queries.newest_fingerprints(session, [SourceKind.CUSTOMERS, SourceKind.EVENTS]),
        workplace.settings.segments.model_dump(),
        workplace.brand.minimum_segment_size,
        workplace.encoder_fingerprint,
        as_of.isoformat(),
        # A profile is no more than a customer lets us have (GDPR, art. 21(2)).
        *sorted(not_profiled(session)),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _group(session: Session, workplace: Workplace, as_of: datetime) -> Grouped:
    settings, threads = workplace.settings.segments, workplace.settings.encoder.threads or os.cpu_count() or 1
    objected = not_profiled(session)
    ids = [name for name in queries.customer_ids(session) if name not in objected]
    if not ids:
        raise BadInput("there are no customers yet; run `surmesure ingest` first.")
    session.commit()  # on SQLite an open transaction would shut everybody else out while customers are grouped
    events = str(workplace.settings.events_folder / "*" / "*" / "*.parquet")
    weights = features.read_weights(events, ids, as_of, settings.half_life_days, threads)
    placed = features.customer_embeddings(weights.weights, workplace.encode(weights.items, "segment"))
    vectors = placed.vectors
    if placed.missing.any():
        absent = _profile_texts(session, [ids[row] for row in np.flatnonzero(placed.missing)])
        session.commit()
        vectors[placed.missing] = features.place(workplace.encode(absent, "segment"), placed.space)
    most = min(settings.most_clusters, max(2, len(ids) // workplace.brand.minimum_segment_size))
    choice = clustering.choose_k(vectors, range(4, most + 1), settings.seed)
    wanted = settings.clusters or choice.k
    rough = clustering.cluster(vectors, wanted, settings.seed, threads=threads)
    clusters = clustering.merge_small(
        rough.labels, rough.centroids, vectors, workplace.brand.minimum_segment_size
    )
    criterion = {"chosen": wanted, "tried": [entry._asdict() for entry in choice.criteria]}
    activity = behaviour.read_activity(events, ids, as_of, threads)
    return Grouped(ids, weights, vectors, clusters, criterion, activity)


def _profile_texts(session: Session, ids: Sequence[str]) -> list[str]:
    """Customers without events, in words: their attributes."""
    attributes: dict[str, dict[str, Any]] = dict(
        session.execute(select(Customer.id, Customer.attributes)).all()
    )
    return [profile_text(attributes.get(key) or {}) for key in ids]


def _store_snapshots(
    session: Session,
    workplace: Workplace,
    segmentation: Segmentation,
    grouped: Grouped,
    before: Sequence[SegmentSnapshot],
) -> list[SegmentSnapshot]:
    labels, centroids = grouped.clusters.labels, grouped.clusters.centroids.astype(np.float32)
    earlier = {str(item.segment_id): item for item in before}
    kept = identity.match(_centroids(before), centroids, list(earlier), SAME_SEGMENT)
    topics = names.distinctive_topics(grouped.weights.weights, grouped.weights.items, labels)
    items = profiles.distinctive_items(grouped.weights.weights, labels, grouped.weights.items, 12)
    nearest = profiles.exemplars(grouped.vectors, centroids, labels, grouped.customer_ids, 5)
    habits = behaviour.behaviours(grouped.activity, labels)
    found = [
        SegmentSnapshot(
            segmentation_id=segmentation.id,
            segment_id=int(kept[number] or _new_segment(session, workplace)),
            name=name,
            audience=names.audience_phrase(topics[number], habits[number]),
            size=habits[number].customers,
            share=habits[number].share,
            distinctive=[entry._asdict() for entry in items[number]],
            exemplars=nearest[number],
            behaviour={name: value for name, value in habits[number]._asdict().items() if np.isfinite(value)},
            centroid=centroids[number].astype("<f4").tobytes(),
            drift=_drift(earlier.get(kept[number] or ""), centroids[number], habits[number].share),
        )
        for number, name in enumerate(names.name_segments(topics))
    ]
    segmentation.stability_index = _stability(before, found)
    session.add_all(found)
    session.flush()
    return found


def _centroids(snapshots: Sequence[SegmentSnapshot]) -> Floats:
    stacked = np.array([np.frombuffer(item.centroid, "<f4") for item in snapshots], dtype=np.float32)
    return stacked.reshape(len(snapshots), -1 if snapshots else 0)


def _drift(before: SegmentSnapshot | None, centroid: Floats, share: float) -> float | None:
    """How far the segment's centroid turned since the last segmentation; None for a new segment."""
    if before is None:
        return None
    then = np.frombuffer(before.centroid, "<f4")
    return identity.drift(then, centroid, before.share, share).cosine_distance


def _stability(before: Sequence[SegmentSnapshot], now: Sequence[SegmentSnapshot]) -> float | None:
    """The population stability index of the segments' shares; None for the first segmentation."""
    if not before:
        return None
    then, current = ({item.segment_id: item.share for item in snapshots} for snapshots in (before, now))
    order = sorted({*then, *current})
    return identity.population_stability_index(
        [then.get(key, 0.0) for key in order], [current.get(key, 0.0) for key in order]
    )


def _new_segment(session: Session, workplace: Workplace) -> int:
    new = Segment(created_at=workplace.now)
    session.add(new)
    session.flush()
    return new.id


def _write_membership(
    workplace: Workplace,
    segmentation_id: int,
    grouped: Grouped,
    segment_ids: Sequence[int],
    erased: Collection[str],
) -> None:
    """Who belongs where, as Parquet: one file for each part of the lake, all of them or none."""
    parts = workplace.settings.ingest.partitions
    labels = grouped.clusters.labels
    spots = profiles.projection(grouped.vectors)
    closeness = np.einsum("nd,nd->n", grouped.vectors, grouped.clusters.centroids[labels])
    table = pa.table(
        {
            "customer_id": pa.array(grouped.customer_ids, pa.string()),
            "segment_id": pa.array(np.asarray(segment_ids, np.int64)[labels]),
            "similarity": pa.array(closeness.astype(np.float32)),
            "days_since_last": pa.array(grouped.activity.days_since_last, from_pandas=True),
            "x": pa.array(spots[:, 0].astype(np.float32)),
            "y": pa.array(spots[:, 1].astype(np.float32)),
        }
    )
    part_of = np.array(
        [-1 if customer in erased else partition_of(customer, parts) for customer in grouped.customer_ids]
    )
    folder = workplace.settings.membership_folder(segmentation_id)
    ready = folder.with_name(f".{folder.name}")
    shutil.rmtree(ready, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    for part in range(parts):
        (ready / f"part={part}").mkdir(parents=True)
        pq.write_table(table.filter(pa.array(part_of == part)), ready / f"part={part}" / "members.parquet")
    ready.replace(folder)
