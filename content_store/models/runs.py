"""Segments as they stood at one moment, and the executions of a brief."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_store.models.base import Base, Hash, Key

#: Among a run's counts: how long the model wrote, in milliseconds.
MODEL_TIME = "model_milliseconds"


class RunStatus(enum.StrEnum):
    """Where a run stands."""

    RUNNING = "running"  #: somebody works on it
    FINISHED = "finished"  #: its messages wait for a decision
    FAILED = "failed"  #: it stopped with a reason; start it again to resume


class Segmentation(Base):
    """One pass over all customers; made again only when its input hash changes."""

    __tablename__ = "segmentations"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    input_hash: Mapped[str] = mapped_column(Hash, unique=True)
    as_of: Mapped[datetime]
    customers: Mapped[int]
    clusters: Mapped[int]
    criterion: Mapped[dict[str, Any]]
    encoder: Mapped[str] = mapped_column(Hash)
    created_at: Mapped[datetime]
    stability_index: Mapped[float | None] = mapped_column(default=None)


class Segment(Base):
    """A group of customers that keeps its identity from one segmentation to the next."""

    __tablename__ = "segments"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    created_at: Mapped[datetime]


class SegmentSnapshot(Base):
    """What a segment looked like in one segmentation."""

    __tablename__ = "segment_snapshots"
    __table_args__ = (UniqueConstraint("segmentation_id", "segment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    segmentation_id: Mapped[int] = mapped_column(ForeignKey("segmentations.id", ondelete="CASCADE"))
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"), index=True)
    name: Mapped[str] = mapped_column(Key)
    audience: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    share: Mapped[float]
    distinctive: Mapped[list[dict[str, Any]]]
    exemplars: Mapped[list[str]]
    behaviour: Mapped[dict[str, float]]
    centroid: Mapped[bytes] = mapped_column(LargeBinary)
    drift: Mapped[float | None] = mapped_column(default=None)


class Run(Base):
    """One execution of a brief."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    brief_id: Mapped[str] = mapped_column(ForeignKey("briefs.id"), index=True)
    segmentation_id: Mapped[int] = mapped_column(ForeignKey("segmentations.id"))
    as_of: Mapped[datetime]
    status: Mapped[RunStatus]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(Text, default=None)
    counts: Mapped[dict[str, int]] = mapped_column(default_factory=dict)
    warnings: Mapped[list[str]] = mapped_column(default_factory=list)
    #: {"stage", "done", "total"} of a run that is under way
    progress: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    #: Prefect's id of the flow run, for the link to its page
    flow_run_id: Mapped[str | None] = mapped_column(Key, default=None)


class BriefLease(Base):
    """Who executes a brief now: two runs of one brief never overlap, and one that died is noticed."""

    __tablename__ = "brief_leases"

    brief_id: Mapped[str] = mapped_column(ForeignKey("briefs.id"), primary_key=True)
    #: machine, process and a random part
    owner: Mapped[str] = mapped_column(Key)
    #: its owner is taken for dead when it was not renewed until then
    until: Mapped[datetime]
    #: counts the owners; a write with an older number comes from one that was taken for dead
    fence: Mapped[int]


class Schedule(Base):
    """When a brief is executed by itself."""

    __tablename__ = "schedules"

    brief_id: Mapped[str] = mapped_column(Key, primary_key=True)
    cron: Mapped[str] = mapped_column(Key)
    time_zone: Mapped[str] = mapped_column(Key)
    paused: Mapped[bool]
    changed_by: Mapped[str] = mapped_column(Key)
    changed_at: Mapped[datetime]


class RunRequest(Base):
    """A wish to execute a brief now; whoever runs the schedules takes it up."""

    __tablename__ = "run_requests"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    brief_id: Mapped[str] = mapped_column(Key)
    by: Mapped[str] = mapped_column(Key)
    at: Mapped[datetime]
    taken_at: Mapped[datetime | None] = mapped_column(default=None)
    #: why it was not executed
    reason: Mapped[str | None] = mapped_column(Text, default=None)
    #: 0 for a person's wish; 1 and up where a run that died is executed once more
    resumption: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Prefect's id of the flow run that fulfils it
    flow_run_id: Mapped[str | None] = mapped_column(Key, default=None)
