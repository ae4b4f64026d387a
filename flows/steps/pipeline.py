"""From sources to messages that wait: the stages of a whole run, and the summary that it leaves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store import queries
from content_store.approval_rules import check_themes, needed_for_block
from content_store.brand_folder.blocks import load_blocks
from content_store.brand_folder.briefs import BriefFile
from content_store.durable_files import replace_file
from content_store.models import (
    BlockMode,
    BlockStatus,
    BlockVersion,
    Message,
    ReviewStatus,
    Role,
    Run,
    Segmentation,
    SegmentSnapshot,
)
from evaluation.run_records import collect
from evaluation.run_report import render
from flows.steps.blocks import import_blocks
from flows.steps.generating import generate
from flows.steps.ingesting import SourceResult, ingest_sources
from flows.steps.segmenting import map_points, segment
from flows.steps.stopwatch import Stopwatch
from flows.steps.workplace import Workplace

#: What an hour of this machine is taken to cost, in the brand's currency; the report says so.
PRICE_PER_HOUR = 0.10


def ingest_stage(workplace: Workplace, watch: Stopwatch) -> list[SourceResult]:
    """Read every source."""
    with watch.timed("ingest"), workplace.sessions() as session:
        return ingest_sources(session, workplace)


def segment_stage(workplace: Workplace, watch: Stopwatch) -> tuple[int, bool]:
    """Group the customers; gives the segmentation's id and whether it stood already."""
    with watch.timed("segment"), workplace.sessions() as session:
        workplace.progress("segment", 0, 1)
        segmentation, reused = segment(session, workplace)
        workplace.commit(session)
        workplace.progress("segment", 1, 1)
        return segmentation.id, reused


def blocks_stage(workplace: Workplace, watch: Stopwatch) -> dict[str, int]:
    """Take the brand's blocks into the library, when the brand's rules fit them."""
    folder = workplace.settings.brand / "blocks"
    with watch.timed("blocks"), workplace.sessions() as session:
        check_themes(workplace.brand.approval_rules, load_blocks(folder))
        return import_blocks(session, workplace, folder)._asdict()


def generate_stage(
    workplace: Workplace, watch: Stopwatch, brief: BriefFile, flow_run_id: str | None = None
) -> int:
    """Execute one brief; gives the run's id. `flow_run_id` is Prefect's, for the link to its page."""
    with workplace.sessions() as session:
        return generate(session, workplace, brief, watch.timed, flow_run_id).id


def finish(
    workplace: Workplace,
    watch: Stopwatch,
    run_ids: Sequence[int],
    sources: Sequence[SourceResult] = (),
    reused: bool = False,
) -> dict[str, Any]:
    """Write the report and last_run.json; gives the summary."""
    state = workplace.settings.state_folder
    with workplace.sessions() as session:
        runs = [session.get_one(Run, run_id) for run_id in run_ids]
        segmentation = session.get_one(Segmentation, runs[-1].segmentation_id)
        with watch.timed("report"):
            report = state / "report.html"
            page = collect(
                session,
                segmentation.id,
                list(run_ids),
                map_points(workplace, segmentation.id),
                dict(watch.seconds),
                sum(run.counts.get("tokens", 0) for run in runs),
                PRICE_PER_HOUR,
                brand=workplace.brand.name,
            )
            replace_file(report, render(page).encode())
        summary = _summary(session, segmentation, runs, watch, sources, reused)
        summary["warnings"] = _without_legal(session, workplace)
    summary["report"] = str(report)
    replace_file(state / "last_run.json", json.dumps(summary, indent=1, ensure_ascii=False).encode())
    return summary


def _without_legal(session: Session, workplace: Workplace) -> list[str]:
    """A sentence for each approved block that is used word for word, as offers are, and that legal need not approve."""
    rules = workplace.brand.approval_rules
    verbatim = select(BlockVersion).where(
        BlockVersion.mode == BlockMode.VERBATIM, BlockVersion.status == BlockStatus.APPROVED
    )
    return [
        f"the block {block.block_id} is used word for word, and no approval rule asks for legal."
        for block in session.scalars(verbatim.order_by(BlockVersion.block_id))
        if Role.LEGAL not in needed_for_block(rules, block)
    ]


def _summary(
    session: Session,
    segmentation: Segmentation,
    runs: Sequence[Run],
    watch: Stopwatch,
    sources: Sequence[SourceResult],
    reused: bool,
) -> dict[str, Any]:
    segments: list[SegmentSnapshot] = queries.snapshots(session, segmentation.id)
    counts: dict[str, int] = {}
    for run in runs:
        for name, number in run.counts.items():
            counts[name] = counts.get(name, 0) + number
    waiting = select(func.count()).select_from(Message).where(Message.status == ReviewStatus.PENDING)
    counts |= {
        "customers": segmentation.customers,
        "segments": len(segments),
        "segmentation_reused": int(reused),
        "messages_waiting": session.scalar(waiting) or 0,
        "rows_quarantined": sum(source.quarantined for source in sources),
    }
    return {
        "seconds": watch.seconds,
        "counts": counts,
        "as_of": segmentation.as_of.isoformat(),
        "segments": [{"id": item.segment_id, "name": item.name, "size": item.size} for item in segments],
        "briefs": [
            {"brief": run.brief_id, "run": run.id, "counts": run.counts, "warnings": run.warnings}
            for run in runs
        ],
        "sources": [source._asdict() for source in sources],
    }
