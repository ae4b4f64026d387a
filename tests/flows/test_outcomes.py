"""Outcomes from the inbox are in the lake once, wherever a process is stopped and however many collect at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select, update

from content_store import suppressions
from content_store.errors import WorkFailed
from content_store.models import InboxItem, Publication, QuarantinedOutcome, SuppressionReason
from content_store.suppressions import EVERY_CHANNEL
from flows.steps import outcomes
from flows.steps.outcomes import Collected, collect
from flows.steps.workplace import Workplace
from segments.sources import partition_of
from tests.flows.outcomes import came_in, in_lake, opened, sent_to
from tests.publishing.stage import AT

HOUR = timedelta(hours=1)


@pytest.fixture
def workplace(tmp_path: Path, database_url: str) -> Iterator[Workplace]:
    with opened(tmp_path, database_url) as workplace:
        yield workplace


def _add(workplace: Workplace, *items: InboxItem) -> None:
    with workplace.sessions.begin() as session:
        session.add_all(items)


def _waiting(workplace: Workplace) -> int:
    with workplace.sessions() as session:
        return session.scalar(select(func.count()).where(InboxItem.taken_at.is_(None))) or 0


def test_what_came_in_stands_in_the_lake_as_it_was_told(workplace: Workplace, tmp_path: Path) -> None:
    ids = sent_to(workplace.sessions, tmp_path)
    _add(
        workplace,
        came_in("events:1", "converted", at=AT + HOUR, customer_id="c01", value=12.5, margin=4.25),
        came_in("postmark:2", "clicked", at=AT + 2 * HOUR, customer_id="c02", publication_id=ids["c02"], flag="too fast"),
        # Mails that came back: without a customer and a moment of their own, and one that is still under way.
        came_in("a" * 64, "failed", kind="dsn", publication_id=ids["c03"], code="5.1.1"),
        came_in("b" * 64, "complained", kind="complaint", publication_id=ids["c01"]),
        came_in("c" * 64, "delayed", kind="dsn", publication_id=ids["c01"]),
    )  # fmt: skip
    assert collect(workplace) == Collected(new=4, known=0, left_out=1)
    common: dict[str, Any] = {"received_at": AT + 24 * HOUR, "value": None, "margin": None, "flag": None}
    assert in_lake(workplace) == [
        {"outcome_id": "a" * 64, "publication_id": ids["c03"], "customer_id": "c03", "kind": "bounced", "at": AT + 24 * HOUR} | common,
        {"outcome_id": "b" * 64, "publication_id": ids["c01"], "customer_id": "c01", "kind": "complained", "at": AT + 24 * HOUR} | common,
        common | {"outcome_id": "events:1", "publication_id": None, "customer_id": "c01", "kind": "converted", "at": AT + HOUR, "value": 12.5, "margin": 4.25},
        common | {"outcome_id": "postmark:2", "publication_id": ids["c02"], "customer_id": "c02", "kind": "clicked", "at": AT + 2 * HOUR, "flag": "too fast"},
    ]  # fmt: skip
    assert _waiting(workplace) == 0
    assert collect(workplace) == Collected(0, 0, 0)


def test_each_customer_stands_in_one_partition_and_each_month_of_arrival_in_one_file(
    workplace: Workplace, tmp_path: Path
) -> None:
    sent_to(workplace.sessions, tmp_path)
    for day in (0, 1, 40):
        _add(
            workplace,
            *(
                came_in(f"e:{day}-{n}", "converted", at=AT, received_at=AT + timedelta(days=day), customer_id=f"c{n:02}")
                for n in range(20)
            ),
        )  # fmt: skip
        collect(workplace)
    folder = workplace.settings.outcomes_folder
    files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*.parquet"))
    assert files == [f"part={part}/2026-{month}.parquet" for part in range(4) for month in ("03", "04")]
    assert len(in_lake(workplace)) == 60
    for part in range(4):
        rows = pq.read_table(folder / f"part={part}" / "2026-03.parquet", partitioning=None).to_pylist()
        assert {partition_of(row["customer_id"], 4) for row in rows} == {part}


def test_who_is_stopped_between_the_files_and_the_marks_counts_nothing_twice(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_to(workplace.sessions, tmp_path)
    _add(workplace, *(came_in(f"e:{n}", "converted", at=AT, customer_id="c01", value=1.0) for n in range(10)))

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outcomes, "_mark", stopped)
        with pytest.raises(KeyboardInterrupt):
            collect(workplace)
    assert (len(in_lake(workplace)), _waiting(workplace)) == (10, 10)
    # Meanwhile more came in, so the next round is another.
    _add(workplace, came_in("e:10", "converted", at=AT, customer_id="c01", value=1.0))
    assert collect(workplace) == Collected(new=1, known=10, left_out=0)
    assert [row["value"] for row in in_lake(workplace)] == [1.0] * 11


def test_many_rows_are_taken_in_rounds(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_to(workplace.sessions, tmp_path)
    monkeypatch.setattr(outcomes, "ROUND", 7)
    monkeypatch.setattr(outcomes, "CHUNK", 3)
    _add(workplace, *(came_in(f"e:{n}", "clicked", at=AT, customer_id=f"c{n:02}") for n in range(20)))
    assert collect(workplace) == Collected(new=20, known=0, left_out=0)
    assert [row["outcome_id"] for row in in_lake(workplace)] == sorted(f"e:{n}" for n in range(20))


def test_processes_that_collect_at_once_and_are_killed_lose_and_repeat_nothing(
    workplace: Workplace, tmp_path: Path
) -> None:
    sent_to(workplace.sessions, tmp_path)
    _add(
        workplace,
        *(came_in(f"e:{n}", "converted", at=AT, customer_id=f"c{n % 50:02}", value=0.25) for n in range(400)),
    )
    code = (
        "import sys\nfrom pathlib import Path\nfrom flows.steps import outcomes\nfrom tests.flows.outcomes import opened\n"
        "outcomes.ROUND, outcomes.CHUNK = 40, 10\n"
        "with opened(Path(sys.argv[1]), sys.argv[2]) as workplace:\n"
        "    print('begun', flush=True)\n    outcomes.collect(workplace)\n"
    )
    url = workplace.settings.database_url
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), url], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    os.kill(started[0].pid, signal.SIGKILL)
    for process in started:
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    assert [process.returncode for process in started] == [-signal.SIGKILL, 0, 0]
    assert [row["outcome_id"] for row in in_lake(workplace)] == sorted(f"e:{n}" for n in range(400))
    assert _waiting(workplace) == 0


def test_who_was_erased_after_it_came_in_does_not_get_into_the_lake(
    workplace: Workplace, tmp_path: Path
) -> None:
    ids = sent_to(workplace.sessions, tmp_path)
    key = suppressions.load_key(workplace.settings.state_folder)
    with workplace.sessions.begin() as session:
        suppressions.suppress(
            session,
            suppressions.of_customer(key, "c01"),
            EVERY_CHANNEL,
            SuppressionReason.ERASED,
            at=AT,
            proof="x",
        )
        session.execute(
            update(Publication).where(Publication.id == ids["c02"]).values(customer_id="erased:12ab")
        )
    _add(
        workplace,
        came_in("e:1", "converted", at=AT, customer_id="c01"),
        came_in("e:2", "clicked", at=AT, customer_id="c02", publication_id=ids["c02"]),
        came_in("e:3", "converted", at=AT, customer_id="c03"),
    )
    assert collect(workplace) == Collected(new=1, known=0, left_out=2)
    assert [row["customer_id"] for row in in_lake(workplace)] == ["c03"]


def test_a_lake_that_cannot_be_written_is_told_in_a_sentence(workplace: Workplace, tmp_path: Path) -> None:
    sent_to(workplace.sessions, tmp_path)
    _add(workplace, came_in("e:1", "converted", at=AT, customer_id="c01"))
    folder = workplace.settings.outcomes_folder
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")
    with pytest.raises(WorkFailed, match=r"outcomes: File exists; put that right and run the command again"):
        collect(workplace)
    assert _waiting(workplace) == 1


def test_what_nobody_corrected_for_ninety_days_leaves_the_quarantine(workplace: Workplace) -> None:
    with workplace.sessions.begin() as session:
        session.add_all(
            QuarantinedOutcome(
                origin="events",
                received_at=workplace.now - timedelta(days=days),
                reason="there is no such customer",
                raw="{}",
                external_id=str(days),
            )
            for days in (91, 89)
        )
    collect(workplace)
    with workplace.sessions() as session:
        assert session.scalars(select(QuarantinedOutcome.external_id)).all() == ["89"]
