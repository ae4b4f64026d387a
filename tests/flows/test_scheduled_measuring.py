"""Measuring by itself: every campaign at its moment, in a process of its own, on Prefect's page."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import select, update

from content_store import schedules
from content_store.errors import BadInput
from content_store.models import Brief, Measurement, MeasureSchedule, Publication, RunRequest
from flows.steps.workplace import Workplace
from tests.flows.measured_shop import BRIEF, measured_shop, tell_purchases

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from flows.scheduler import Scheduler

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Shop(NamedTuple):
    """A brand folder with a campaign that went out, who runs its schedules, and a moment that falls due."""

    workplace: Workplace
    scheduler: Scheduler
    client: SyncPrefectClient
    moment: datetime

    def begin(self, moment: datetime) -> int:
        """What falls due at a moment is begun; the process that does it."""
        self.scheduler.tick(moment)
        assert self.scheduler.working is not None
        return self.scheduler.working.process.pid

    def end(self, moment: datetime) -> int:
        """It ends by itself; its code."""
        assert self.scheduler.working is not None
        code = self.scheduler.working.process.wait()
        self.scheduler.tick(moment + 2 * SECOND)
        return code

    def measurements(self) -> list[Measurement]:
        with self.workplace.sessions() as session:
            return list(session.query(Measurement).order_by(Measurement.id))


@pytest.fixture
def shop(
    client: SyncPrefectClient, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    from prefect.settings import PREFECT_API_URL

    from flows.deployments import Deployments
    from flows.scheduler import Scheduler

    monkeypatch.setenv("PREFECT_API_URL", str(PREFECT_API_URL.value()))
    workplace = measured_shop(tmp_path / "brand", database_url)
    moment = datetime.now(UTC).replace(second=0, microsecond=0) - 40 * MINUTE
    with workplace.sessions.begin() as session:
        schedules.set_measure_schedule(session, "* * * * *", "UTC", by="ana", now=moment)
    scheduler = Scheduler(workplace.sessions, tmp_path / "brand", Deployments(client, tmp_path / "brand"))
    scheduler.tick(moment - MINUTE)
    yield Shop(workplace, scheduler, client, moment)
    scheduler.stop(datetime.now(UTC))
    workplace.close()


def test_every_campaign_is_measured_at_its_moment_and_prefects_page_tells_the_result(shop: Shop) -> None:
    [deployment] = shop.client.read_deployments()
    assert (deployment.name, deployment.entrypoint) == ("measure", "flows/measure.py:measure")
    shop.begin(shop.moment)
    assert shop.end(shop.moment) == 0
    (row,) = shop.measurements()
    assert row.brief_id == BRIEF
    assert row.results["headline"].startswith("It worked: each customer brought €2.00 more")
    folder = shop.workplace.settings.state_folder / "measured" / BRIEF
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "results.json", "units.parquet"]
    told = {artifact.key: str(artifact.data) for artifact in shop.client.read_artifacts()}
    assert told[f"measured-{BRIEF}"].startswith("**It worked: each customer brought €2.00 more")
    assert "| value | €4.00 | €2.00 | +€2.00 | €0.93 to €3.07 |" in told[f"measured-{BRIEF}"]
    assert '"standing": "clear"' in told["measured"]
    [ended] = [run for run in shop.client.read_flow_runs() if run.state and run.state.is_final()]
    assert ended.state is not None
    assert ended.state.is_completed()


@sqlite_only
def test_a_campaign_that_cannot_be_measured_does_not_keep_the_next_from_it_and_is_named(
    shop: Shop, tmp_path: Path
) -> None:
    briefs = tmp_path / "brand" / "briefs"
    text = (briefs / f"{BRIEF}.yaml").read_text()
    (briefs / "autumn.yaml").write_text(text.replace(BRIEF, "autumn"))
    with shop.workplace.sessions.begin() as session:
        first = session.scalars(select(Brief)).one()
        session.add(
            Brief(id="autumn", content_hash="0" * 64, content=first.content, updated_at=first.updated_at)
        )
        session.flush()
        session.execute(
            update(Publication).where(Publication.customer_id == "c399").values(brief_id="autumn")
        )
    folder = shop.workplace.settings.state_folder / "measured"
    folder.mkdir(parents=True)
    (folder / "autumn").write_text("a file where a folder should be")
    shop.begin(shop.moment)
    assert shop.end(shop.moment) != 0
    assert (folder / BRIEF / "report.html").is_file()
    [ended] = [run for run in shop.client.read_flow_runs() if run.state and run.state.is_final()]
    assert ended.state is not None
    assert ended.state.is_failed()
    assert "1 of 2 campaigns could not be measured. autumn: " in str(ended.state.message)


@sqlite_only
def test_a_process_that_is_killed_is_not_resumed_but_the_next_moment_counts_everything(shop: Shop) -> None:
    os.kill(shop.begin(shop.moment), signal.SIGKILL)
    assert shop.end(shop.moment) == -signal.SIGKILL
    with shop.workplace.sessions() as session:
        assert session.query(RunRequest).all() == []
    tell_purchases(shop.workplace.sessions, "c105", order="late")
    shop.begin(shop.moment + MINUTE)
    assert shop.end(shop.moment + MINUTE) == 0
    (row,) = shop.measurements()
    assert row.results["funnel"]["converted"] == 121


@sqlite_only
def test_a_schedule_that_rests_or_is_gone_measures_nothing(shop: Shop) -> None:
    with shop.workplace.sessions.begin() as session:
        schedules.set_paused(session, schedules.ALL, True, by="ana", now=shop.moment, of=MeasureSchedule)
    shop.scheduler.tick(shop.moment)
    assert shop.scheduler.working is None
    with shop.workplace.sessions.begin() as session:
        schedules.remove_schedule(session, schedules.ALL, of=MeasureSchedule)
    shop.scheduler.tick(shop.moment + MINUTE)
    assert shop.scheduler.working is None
    assert shop.client.read_deployments() == []
    with (
        shop.workplace.sessions.begin() as session,
        pytest.raises(BadInput, match="campaigns are not measured by themselves"),
    ):
        schedules.remove_schedule(session, schedules.ALL, of=MeasureSchedule)
