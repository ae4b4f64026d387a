"""A brief from plan to messages that wait: plan, write, judge, compose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from content_store import library, queries
from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput
from content_store.models import BlockVersion, Candidate, Run, RunStatus
from evaluation.gates.gate import Copy
from evaluation.gates.near_duplicates import near_duplicates
from flows.steps.blocks import open_index
from flows.steps.compose import compose
from flows.steps.filling import Filled, fill
from flows.steps.holding import holding
from flows.steps.jobs import Job, plan_jobs
from flows.steps.judge import Judgement, judge_copies
from flows.steps.refusals import Refusals, read_refusals
from flows.steps.templates import stored_template
from flows.steps.workplace import Workplace
from flows.steps.writing import Written, write_candidates

Timer = Callable[[str], AbstractContextManager[Any]]

#: Approved texts of a slot that are judged and kept as alternatives.
APPROVED_KEPT = 2


def generate(
    session: Session, workplace: Workplace, brief: BriefFile, timed: Timer, flow_run_id: str | None = None
) -> Run:
    """Execute a brief: its run, finished, with counts; a run that fails keeps its reason, and all texts so far.

    StaleState when another process executes the brief.
    """
    with holding(workplace, [brief]) as heart:
        run = _start_run(session, workplace, brief, flow_run_id)
        heart.works_on(run.id)
        try:
            _fill_run(session, workplace, run, brief, timed)
            run.status, run.finished_at, run.progress = RunStatus.FINISHED, workplace.now, None
            workplace.commit(session)
        except BaseException as error:
            session.rollback()
            _fail(session, run, str(error) or "stopped by a person", workplace.now)
            raise
        finally:
            heart.works_on(None)
    return run


def _start_run(session: Session, workplace: Workplace, brief: BriefFile, flow_run_id: str | None) -> Run:
    """A new run of a brief, committed, so that it is seen while it works."""
    segmentation = queries.latest_segmentation(session)
    if segmentation is None:
        raise BadInput("there are no segments yet; run `surmesure segment` first.")
    library.store_brief(session, brief, workplace.now)
    run = Run(
        brief_id=brief.id,
        segmentation_id=segmentation.id,
        as_of=segmentation.as_of,
        status=RunStatus.RUNNING,
        started_at=workplace.now,
        flow_run_id=flow_run_id,
    )
    session.add(run)
    workplace.commit(session)
    return run


def _fail(session: Session, run: Run, reason: str, now: datetime) -> None:
    """Unless somebody has taken the run for dead and said so."""
    session.execute(
        update(Run)
        .where(Run.id == run.id, Run.status == RunStatus.RUNNING)
        .values(status=RunStatus.FAILED, finished_at=now, reason=reason, progress=None)
    )
    session.commit()


def _fill_run(session: Session, workplace: Workplace, run: Run, brief: BriefFile, timed: Timer) -> None:
    with timed("retrieve"):
        index = open_index(session, workplace)
        segments = queries.snapshots(session, run.segmentation_id)
        plan = plan_jobs(session, workplace, index, brief, segments, run.as_of)
        refusals = read_refusals(session, brief.id)
        session.commit()  # on SQLite an open transaction would shut everybody else out while the model writes
    slots, written = _fill_slots(session, workplace, run, brief, plan.jobs, refusals, timed)
    with timed("queue"):
        template = stored_template(session, workplace, brief.template) if brief.template else None
        counts = compose(session, workplace, run, brief, template, slots, refusals)
    judged = [candidate for own in written.candidates for candidate in own]
    refused = sum(not candidate.passed for candidate in judged)
    run.counts = {
        "customers_reached": plan.reached,
        "slots": len(plan.jobs),
        "candidates": len(judged),
        "candidates_new": written.new,
        "candidates_reused": written.reused,
        "candidates_passed": len(judged) - refused,
        "candidates_refused": refused,
        "tokens": written.tokens,
        **run.counts,
        **counts,
        **{f"refused_{gate}": count for gate, count in sorted(_refusals(judged).items())},
    }
    run.warnings = plan.warnings


def _refusals(candidates: Sequence[Candidate]) -> Counter[str]:
    """How many candidates each gate refused; one that failed two gates counts at both."""
    return Counter(refusal["gate"] for candidate in candidates for refusal in candidate.refusals)


def _fill_slots(
    session: Session,
    workplace: Workplace,
    run: Run,
    brief: BriefFile,
    jobs: Sequence[Job],
    refusals: Refusals,
    timed: Timer,
) -> tuple[list[Filled], Written]:
    """Every job with its texts, and all candidates behind them.

    Where people refused every text of the model that passed, it writes again with other seeds, as often as they refused
    one: what was written then is read the next time, so the same refusals lead to the same texts.
    """
    with timed("generate"):
        written = write_candidates(session, workplace, run, jobs)
    with timed("score"):
        slots = _judge(workplace, brief, jobs, written.candidates, refusals)
    for again in range(1, 1 + max((len(refusals.of(job)) for job in jobs), default=0)):
        rows = [
            row
            for row, job in enumerate(jobs)
            if job.written and not slots[row].by_model and len(refusals.of(job)) >= again
        ]
        if not rows:
            break
        chosen = [jobs[row] for row in rows]
        with timed("generate"):
            more = write_candidates(session, workplace, run, chosen, again)
        for row, candidates in zip(rows, more.candidates, strict=True):
            written.candidates[row] = written.candidates[row] + candidates
        written = Written(
            written.candidates,
            written.new + more.new,
            written.reused + more.reused,
            written.tokens + more.tokens,
        )
        with timed("score"):
            judged = _judge(workplace, brief, chosen, [written.candidates[row] for row in rows], refusals)
        for row, filled in zip(rows, judged, strict=True):
            slots[row] = filled
    return slots, written


def _judge(
    workplace: Workplace,
    brief: BriefFile,
    jobs: Sequence[Job],
    written: Sequence[list[Candidate]],
    refusals: Refusals,
) -> list[Filled]:
    """Every candidate and the approved texts of every job, judged in one batch; of these first those not refused."""
    items: list[tuple[int, Candidate | None, BlockVersion | None, Copy]] = []
    for number, (job, texts) in enumerate(zip(jobs, written, strict=True)):
        items += [(number, candidate, None, job.copy(candidate.text)) for candidate in texts]
        refused = refusals.of(job)
        blocks = sorted(job.blocks, key=lambda block: block.text in refused)
        items += [(number, None, block, _approved(job, block)) for block in blocks[:APPROVED_KEPT]]
    judgements = judge_copies(
        workplace,
        [copy for *_, copy in items],
        [brief.goal] * len(items),
        [candidate.scores.get("fluency") if candidate else None for _, candidate, _, _ in items],
    )
    candidates: list[list[tuple[Candidate, Judgement]]] = [[] for _ in jobs]
    approved: list[list[tuple[BlockVersion, Judgement]]] = [[] for _ in jobs]
    for (number, candidate, block, _), judgement in zip(items, judgements, strict=True):
        if candidate is not None:
            candidates[number].append((candidate, judgement))
        elif block is not None:
            approved[number].append((block, judgement))
    for pairs in candidates:
        _record(pairs)
    return [
        fill(job, [pair for pair in pairs if pair[0].passed], blocks, refusals.of(job))
        for job, pairs, blocks in zip(jobs, candidates, approved, strict=True)
    ]


def _approved(job: Job, block: BlockVersion) -> Copy:
    """The approved text of a block, which stands on that block's facts alone."""
    facts = tuple(fact["text"] for fact in block.facts) or (block.text,)
    keep = tuple(phrase for fact in block.facts for phrase in fact["keep"])
    return Copy(block.text, job.slot, facts, keep, job.audience, None, job.max_chars, job.locale)


def _record(pairs: Sequence[tuple[Candidate, Judgement]]) -> None:
    """Write what was found on the candidates; a near-duplicate of a better one does not pass."""
    ranked = sorted(pairs, key=lambda pair: (not pair[1].passed, -round(pair[1].worth, 6), pair[0].number))
    repeats = near_duplicates([judgement.copy.text for _, judgement in ranked])
    for (candidate, judgement), repeat in zip(ranked, repeats, strict=True):
        refusals = judgement.refusals
        if repeat is not None and not refusals:
            other = ranked[repeat][1].copy.text
            refusals = [
                {
                    "gate": "near_duplicate",
                    "passed": False,
                    "reason": f"It says nearly the same as “{other}”.",
                }
            ]
        candidate.passed = not refusals
        candidate.refusals = refusals
        candidate.scores = {**candidate.scores, **judgement.scores}
