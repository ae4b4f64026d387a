"""A brief is executed by one process at a time, and one that was killed is noticed and resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from content_store import leases
from content_store.errors import StaleState, WorkFailed
from content_store.models import BriefLease, Candidate, Message, MessageVariant, Run, RunStatus, Variant
from flows.steps import pipeline, writing
from flows.steps.holding import holding
from flows.steps.stopwatch import Stopwatch
from flows.steps.workplace import Workplace, open_workplace, watcher

ROOT = Path(__file__).parents[2]

#: The command line, with a commit after every two prompts, so that there is something to keep.
GENERATE = """
from flows.steps import writing
writing.PORTION = 2
from surmesure.cli import main
main()
"""


def prepare(workplace: Workplace) -> None:
    """Everything that comes before the writing."""
    watch = Stopwatch()
    pipeline.ingest_stage(workplace, watch)
    pipeline.segment_stage(workplace, watch)
    pipeline.blocks_stage(workplace, watch)


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """`surmesure generate` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", GENERATE, "generate", *words, "--brand", str(folder), "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def eventually(condition: Callable[[], bool], seconds: float = 90) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def candidates(workplace: Workplace) -> dict[tuple[str, int], tuple[int, str]]:
    with workplace.sessions() as session:
        return {
            (item.input_hash, item.number): (item.id, item.text)
            for item in session.scalars(select(Candidate))
        }


def messages(workplace: Workplace) -> list[tuple[int, str, str, str, list[tuple[str, str]]]]:
    """All that reviewers see of the messages."""
    with workplace.sessions() as session:
        return [
            (
                message.segment_id,
                message.arm,
                message.theme,
                message.content_hash,
                [
                    (slot, text)
                    for slot, text in session.execute(
                        select(MessageVariant.slot, Variant.text)
                        .join(Variant, Variant.id == MessageVariant.variant_id)
                        .where(MessageVariant.message_id == message.id)
                        .order_by(MessageVariant.position)
                    )
                ],
            )
            for message in session.scalars(select(Message).order_by(Message.id))
        ]


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_where_it_was_and_gives_the_same_messages(
    brand_folder: Path, tmp_path: Path
) -> None:
    import shutil

    disturbed = open_workplace(brand_folder)
    prepare(disturbed)
    disturbed.close()
    shutil.copytree(brand_folder, tmp_path / "undisturbed")
    undisturbed = open_workplace(tmp_path / "undisturbed")
    process = start(tmp_path / "undisturbed", "newsletter")
    _, told = process.communicate(timeout=200)
    assert process.returncode == 0, told
    whole = candidates(undisturbed)

    process = start(brand_folder, "newsletter")
    eventually(lambda: len(candidates(disturbed)) >= 8)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = candidates(disturbed)
    assert 8 <= len(kept) < len(whole)
    with disturbed.sessions() as session:
        run = session.scalars(select(Run)).one()
        assert run.status is RunStatus.RUNNING
        lease = session.get_one(BriefLease, "newsletter")
        lease.until = disturbed.now  # the two minutes of silence
        seen = f"{disturbed.now - timedelta(seconds=leases.LEASE_SECONDS):%H:%M} UTC"
        session.commit()

    process = start(brand_folder, "newsletter")
    _, told = process.communicate(timeout=200)
    assert process.returncode == 0, told
    with disturbed.sessions() as session:
        first, second = session.scalars(select(Run).order_by(Run.id))
    assert first.status is RunStatus.FAILED
    assert first.reason is not None
    assert first.reason.startswith("its process stopped without a word; last sign of life ")
    assert seen in first.reason or f"{first.started_at:%H:%M} UTC" in first.reason
    assert second.status is RunStatus.FINISHED
    assert second.progress is None
    assert second.counts["candidates_reused"] == len(kept)
    assert second.counts["candidates_new"] == len(whole) - len(kept)
    resumed = candidates(disturbed)
    assert {key: text for key, (_, text) in resumed.items()} == {
        key: text for key, (_, text) in whole.items()
    }
    assert {key: resumed[key] for key in kept} == kept
    assert messages(disturbed) == messages(undisturbed) != []


@pytest.mark.slow
def test_a_second_run_of_a_brief_is_refused_in_one_sentence_while_the_first_works(brand_folder: Path) -> None:
    workplace = open_workplace(brand_folder)
    prepare(workplace)
    briefs = workplace.briefs(["come-back"])
    with holding(workplace, briefs):
        second = start(brand_folder, "newsletter", "come-back")
        _, told = second.communicate(timeout=200)
    assert second.returncode == 1
    assert told.startswith("surmesure: brief come-back is being executed by ")
    assert f", process {os.getpid()} (" in told
    assert len(told.strip().splitlines()) == 1
    with workplace.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 0
        # The brief that was free was not held by the one who got nothing.
        lease = session.get(BriefLease, "newsletter")
        assert lease is None


def test_what_is_held_is_free_again_afterwards_and_holding_it_twice_inside_is_free(
    workplace: Workplace,
) -> None:
    briefs = workplace.briefs()
    other = open_workplace(workplace.settings.brand)
    with holding(workplace, briefs) as outer:
        with holding(workplace, briefs[:1]) as inner:
            assert inner is outer
        with pytest.raises(StaleState), holding(other, briefs):
            pass
    with holding(other, briefs):
        assert other.heart is not None
    assert other.heart is None
    other.close()


def test_a_process_that_was_taken_for_dead_stops_and_writes_nothing_more(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(workplace)
    [brief] = workplace.briefs(["come-back"])

    def decode(*_: object) -> list[list[writing.Draft]]:
        """The process sleeps for an hour while it writes; meanwhile somebody looks."""
        with workplace.sessions() as session:
            hence = workplace.now + timedelta(hours=1)
            assert len(leases.died(session, hence)) == 1
            session.commit()
        return [[writing.Draft("Come and see.", 3, 0.0)] * 2 for _ in range(3)]

    monkeypatch.setattr(writing, "decode_requests", decode)
    with pytest.raises(WorkFailed, match="silent for too long and brief come-back was taken from it"):
        pipeline.generate_stage(workplace, Stopwatch(), brief)
    with workplace.sessions() as session:
        run = session.scalars(select(Run)).one()
        assert run.status is RunStatus.FAILED
        assert run.reason is not None
        assert run.reason.startswith("its process stopped without a word")
        assert session.scalar(select(func.count()).select_from(Candidate)) == 0


def test_the_run_shows_how_far_it_is_while_it_works_and_others_can_read_and_write(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.steps.holding.TICK_SECONDS", 0.01)
    prepare(workplace)
    [brief] = workplace.briefs(["come-back"])
    seen: list[dict[str, object]] = []

    def watch(stage: str, done: int, total: int) -> None:
        if stage != "generate" or seen:
            return

        def told() -> bool:
            workplace.heart.tell(stage, done, total)  # type: ignore[union-attr]
            with workplace.sessions() as session:
                run = session.scalars(select(Run)).one()
                assert run.flow_run_id == "a flow run"
                if run.progress is not None and run.progress["stage"] == "generate":
                    seen.append(run.progress)
            return bool(seen)

        eventually(told)

    token = watcher.set(watch)
    try:
        run_id = pipeline.generate_stage(workplace, Stopwatch(), brief, "a flow run")
    finally:
        watcher.reset(token)
    assert seen[0]["total"] == 3
    with workplace.sessions() as session:
        assert session.get_one(Run, run_id).progress is None
