"""Publishing by itself: once at its moment, in a process that may be killed, and until it is over."""

from __future__ import annotations

import csv
import os
import random
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sqlalchemy import delete, func, select, update

from content_store import schedules
from content_store.models import (
    Delivery,
    Message,
    Occurrence,
    Publication,
    PublishSchedule,
    ReviewStatus,
    ScheduledOccurrence,
)
from content_store.sending_settings import SmtpSettings
from flows.steps.workplace import Workplace, open_workplace
from publishing.channels import file as files
from tests.flows.conftest import STARTER
from tests.publishing.channels.mail_server import mail_server
from tests.publishing.stage import make_stage, write_members

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from flows.scheduler import Scheduler

BRIEF = "coffee-week"
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Shop(NamedTuple):
    """A brand folder with approved mails, who runs its schedules, and the first moment of a schedule by the minute."""

    workplace: Workplace
    scheduler: Scheduler
    client: SyncPrefectClient
    moment: datetime

    def schedule(self, destination: str, form: str) -> None:
        """Every minute; what falls due is up to the test, which says what time it is."""
        with self.workplace.sessions.begin() as session:
            way = {"destination": destination, "form": form}
            schedules.set_publish_schedule(
                session, BRIEF, "* * * * *", "UTC", **way, by="ana", now=self.moment
            )
        self.scheduler.tick(self.moment - MINUTE)

    def wait(self) -> int:
        """How the process that works now ended."""
        assert self.scheduler.working is not None
        return self.scheduler.working.process.wait()

    def row(self, at: datetime) -> ScheduledOccurrence:
        with self.workplace.sessions() as session:
            return session.get_one(ScheduledOccurrence, (BRIEF, at))

    def statuses(self, at: datetime) -> dict[str, int]:
        with self.workplace.sessions() as session:
            rows = session.scalars(select(Publication.status).where(Publication.occurrence == at))
            return Counter(row.value for row in rows)

    def finished(self) -> list[datetime]:
        with self.workplace.sessions() as session:
            return list(
                session.scalars(
                    select(Occurrence.at).where(Occurrence.finished_at.is_not(None)).order_by(Occurrence.at)
                )
            )


@pytest.fixture
def customers() -> int:
    return 15


@pytest.fixture
def shop(
    client: SyncPrefectClient,
    database_url: str,
    tmp_path: Path,
    customers: int,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """Customers who agreed to mails, as often as somebody likes and at every hour."""
    from prefect.settings import PREFECT_API_URL

    from flows.deployments import Deployments
    from flows.scheduler import Scheduler

    # What is started here reports to the same server.
    monkeypatch.setenv("PREFECT_API_URL", str(PREFECT_API_URL.value()))
    folder = tmp_path / "brand"
    shutil.copytree(STARTER, folder)
    (folder / "surmesure.toml").write_text(f'[database]\nurl = "{database_url}"\n')
    brand = folder / "brand.yaml"
    brand.write_text(brand.read_text().replace("holdout_share: 0.05", "holdout_share: 0"))
    workplace = open_workplace(folder)
    with workplace.sessions.begin() as session:
        fields: dict[str, Any] = {
            "caps": {"messages": 1000, "days": 7},
            "template": "newsletter",
        }
        stage = make_stage(session, tmp_path, customers, channel="email", **fields)
        session.execute(delete(Occurrence))
    (folder / "briefs" / f"{BRIEF}.yaml").write_text(stage.brief.model_dump_json(exclude_none=True))
    write_members(workplace.settings, stage)
    moment = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=40)
    scheduler = Scheduler(workplace.sessions, folder, Deployments(client, folder))
    yield Shop(workplace, scheduler, client, moment)
    scheduler.stop(datetime.now(UTC))
    workplace.close()


def mail_to(shop: Shop, settings: SmtpSettings) -> None:
    """What is begun from now on sends to this server."""
    with (shop.workplace.settings.brand / "surmesure.toml").open("a") as file:
        file.write(f'[smtp]\nhost = "127.0.0.1"\nport = {settings.port}\nsecurity = "none"\n')


class Deadly(list[bytes]):
    """What a mail server took; the sender is killed while it waits for the answer to some of them."""

    def __init__(self, shop: Shop, *numbers: int) -> None:
        self._shop = shop
        self.numbers = set(numbers)

    def append(self, mail: bytes) -> None:
        super().append(mail)
        if len(self) in self.numbers:
            assert self._shop.scheduler.working is not None
            os.kill(self._shop.scheduler.working.process.pid, signal.SIGKILL)


@sqlite_only
def test_what_falls_due_is_published_once_as_the_occurrence_of_its_moment(shop: Shop, tmp_path: Path) -> None:
    shop.schedule(str(tmp_path / "out"), "csv")
    assert shop.scheduler.working is None
    [deployment] = shop.client.read_deployments()
    assert deployment.name == "publish coffee-week"
    shop.scheduler.tick(shop.moment)
    assert shop.wait() == 0
    shop.scheduler.tick(shop.moment + 2 * SECOND)
    assert shop.finished() == [shop.moment]
    assert written(tmp_path / "out") == {f"c{number:02}": 1 for number in range(1, 16)}
    row = shop.row(shop.moment)
    assert (row.again_at, row.reason, row.attempts) == (None, None, 0)
    [ended, planned] = sorted(shop.client.read_flow_runs(), key=lambda run: run.name)
    assert ended.state is not None
    assert ended.state.is_completed()
    assert ended.parameters["occurrence"] == shop.moment.isoformat()
    assert planned.parameters["occurrence"] == (shop.moment + MINUTE).isoformat()
    assert shop.scheduler.working is None


@sqlite_only
def test_a_killed_sender_goes_on_by_itself_and_nobody_is_written_twice(shop: Shop) -> None:
    with mail_server() as (server, settings):
        server.taken = Deadly(shop, 12)
        mail_to(shop, settings)
        shop.schedule("smtp", "mail")
        shop.scheduler.tick(shop.moment)
        assert shop.wait() == -signal.SIGKILL
        shop.scheduler.tick(shop.moment + 2 * SECOND)
        assert shop.row(shop.moment).attempts == 2
        assert shop.wait() == 0
        shop.scheduler.tick(shop.moment + 4 * SECOND)
        assert shop.finished() == [shop.moment]
        assert shop.row(shop.moment).attempts == 0
        # Of those that were on their way nobody knows; one mail of them was taken without an answer.
        found = shop.statuses(shop.moment)
        assert set(found) == {"accepted", "unknown"}
        assert sum(found.values()) == 15
        assert found["unknown"] <= 10
        assert max(Counter(server.addresses()).values()) == 1
        assert found["accepted"] < len(server.taken) <= 15


@pytest.mark.slow
@sqlite_only
def test_what_the_server_takes_later_goes_out_when_it_may(shop: Shop) -> None:
    with mail_server() as (server, settings):
        server.to["c07@example.com"] = "450 4.2.0 later, please"
        mail_to(shop, settings)
        shop.schedule("smtp", "mail")
        shop.scheduler.tick(shop.moment)
        assert shop.wait() == 0
        shop.scheduler.tick(shop.moment + 2 * SECOND)
        assert shop.finished() == []
        again_at = shop.row(shop.moment).again_at
        with shop.workplace.sessions.begin() as session:
            assert session.scalars(select(Delivery.until)).one() == again_at
            # The five minutes are over soon after the moment.
            session.execute(update(Delivery).values(until=shop.moment))
            session.execute(update(ScheduledOccurrence).values(again_at=shop.moment + 10 * SECOND))
        shop.scheduler.tick(shop.moment + 4 * SECOND)
        assert shop.scheduler.working is None
        server.to.clear()
        shop.scheduler.tick(shop.moment + 10 * SECOND)
        assert shop.wait() == 0
        assert shop.finished() == [shop.moment]
        assert sorted(server.addresses()) == [f"c{number:02}@example.com" for number in range(1, 16)]


@pytest.mark.slow
@sqlite_only
def test_what_goes_wrong_is_told_and_tried_again_only_when_it_was_begun(shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shop.schedule(str(out), "csv")
    with shop.workplace.sessions.begin() as session:
        session.execute(update(Message).values(status=ReviewStatus.PENDING))
    shop.scheduler.tick(shop.moment)
    assert shop.wait() == 2
    shop.scheduler.tick(shop.moment + 2 * SECOND)
    row = shop.row(shop.moment)
    said = "no message of coffee-week is approved; decide on some: `surmesure review` opens the queue."
    assert (row.again_at, row.reason) == (None, said)
    [failed] = [run for run in shop.client.read_flow_runs() if run.state and run.state.is_failed()]
    assert failed.state is not None
    assert said in str(failed.state.message)

    with shop.workplace.sessions.begin() as session:
        session.execute(update(Message).values(status=ReviewStatus.APPROVED))
    out.write_text("a file where the folder should be")
    second = shop.moment + MINUTE
    shop.scheduler.tick(second)
    assert shop.wait() == 1
    shop.scheduler.tick(second + 2 * SECOND)
    row = shop.row(second)
    assert row.reason is not None
    assert "File exists; put that right and publish again: it goes on from there." in row.reason
    assert row.again_at == second + 2 * SECOND + timedelta(minutes=10)
    with shop.workplace.sessions.begin() as session:
        # Nothing more falls due.
        schedules.set_publish_schedule(
            session, BRIEF, "0 0 1 1 *", "UTC", destination=str(out), form="csv", by="ana", now=second
        )
    out.unlink()
    shop.scheduler.tick(row.again_at)
    assert shop.wait() == 0
    shop.scheduler.tick(row.again_at + 2 * SECOND)
    assert shop.finished() == [second]
    assert (shop.row(second).again_at, shop.row(second).reason) == (None, None)


@sqlite_only
def test_a_schedule_that_rests_or_is_removed_publishes_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.schedule(str(tmp_path / "out"), "csv")
    change = {"by": "ana", "now": shop.moment, "of": PublishSchedule}
    with shop.workplace.sessions.begin() as session:
        schedules.set_paused(session, BRIEF, True, **change)  # type: ignore[arg-type]
    shop.scheduler.tick(shop.moment)
    assert (shop.scheduler.working, shop.client.read_flow_runs()) == (None, [])
    with shop.workplace.sessions.begin() as session:
        schedules.set_paused(session, BRIEF, False, **change)  # type: ignore[arg-type]
    shop.scheduler.tick(shop.moment + SECOND)
    assert len(shop.client.read_flow_runs()) == 1
    with shop.workplace.sessions.begin() as session:
        schedules.remove_schedule(session, BRIEF, of=PublishSchedule)
    shop.scheduler.tick(shop.moment + MINUTE)
    assert (shop.scheduler.working, shop.client.read_flow_runs()) == (None, [])
    assert shop.client.read_deployments() == []


@sqlite_only
def test_what_fell_due_while_nobody_looked_is_not_published_and_what_was_begun_goes_on(
    shop: Shop, tmp_path: Path
) -> None:
    from flows.deployments import Deployments
    from flows.scheduler import Scheduler

    shop.schedule(str(tmp_path / "out"), "csv")
    shop.scheduler.tick(shop.moment)
    working = shop.scheduler.working
    assert working is not None
    # Both die at once.
    working.process.kill()
    working.process.wait()
    shop.scheduler.working = None
    folder = shop.workplace.settings.brand
    later = Shop(
        shop.workplace,
        Scheduler(shop.workplace.sessions, folder, Deployments(shop.client, folder)),
        shop.client,
        shop.moment,
    )
    now = shop.moment + timedelta(minutes=30, seconds=30)
    later.scheduler.tick(now)
    assert later.wait() == 0
    later.scheduler.tick(now + 2 * SECOND)
    assert later.finished() == [shop.moment]
    with shop.workplace.sessions() as session:
        assert session.scalars(select(ScheduledOccurrence.at)).all() == [shop.moment]
    left = shop.client.read_flow_run(working.run.id).state
    assert left is not None
    assert left.is_crashed()


def survive(shop: Shop, kills: int, kill: Callable[[datetime], None]) -> list[datetime]:
    """Occurrence after occurrence, each killed twice at most, until so many processes were; gives the occurrences."""
    moments, done = [shop.moment], 0
    while True:
        at = moments[-1]
        shop.scheduler.tick(at)
        for number in range(3):
            if number < 2:
                kill(at)
            code = shop.wait()
            shop.scheduler.tick(at + 2 * SECOND * (number + 1))
            if code == 0:
                break
            assert code == -signal.SIGKILL
            done += 1
        assert shop.finished() == moments
        if done >= kills:
            return moments
        moments.append(at + MINUTE)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@sqlite_only
def test_ten_killed_writers_of_files_lose_nobody_and_write_nobody_twice(shop: Shop, tmp_path: Path) -> None:
    out, chance = tmp_path / "out", random.Random(7)

    def is_begun(at: datetime) -> bool:
        with shop.workplace.sessions() as session:
            return session.scalar(select(Occurrence.id).where(Occurrence.at == at)) is not None

    def is_claimed(at: datetime) -> bool:
        with shop.workplace.sessions() as session:
            query = select(func.count()).select_from(Delivery).join(Occurrence)
            return session.scalar(query.where(Occurrence.at == at, Delivery.owner.is_not(None))) == 1

    def is_written(at: datetime) -> bool:
        return (out / files.file_name(BRIEF, at, "email", 1, "csv")).exists()

    def kill(at: datetime) -> None:
        reached = chance.choice([is_begun, is_claimed, is_written])
        assert shop.scheduler.working is not None
        process = shop.scheduler.working.process
        while process.poll() is None and not reached(at):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.005)
        process.kill()

    shop.schedule(str(out), "csv")
    moments = survive(shop, 10, kill)
    assert written(out) == {f"c{number:02}": len(moments) for number in range(1, 16)}
    assert [shop.statuses(at) for at in moments] == [{"accepted": 15}] * len(moments)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_ten_killed_senders_of_mails_send_nobody_a_second_one(shop: Shop) -> None:
    chance = random.Random(7)
    with mail_server() as (server, settings):
        server.taken = taken = Deadly(shop)

        def kill(_: datetime) -> None:
            taken.numbers = {len(taken) + chance.randint(1, 12)}

        mail_to(shop, settings)
        shop.schedule("smtp", "mail")
        moments = survive(shop, 10, kill)
        taken.numbers = set()
        assert max(Counter(str(mail["Message-ID"]) for mail in server.mails()).values()) == 1
        found = Counter[str]()
        for at in moments:
            assert set(shop.statuses(at)) <= {"accepted", "unknown"}
            found.update(shop.statuses(at))
        assert sum(found.values()) == 15 * len(moments)
        # What was taken without an answer is among those of whom nobody knows.
        assert found["accepted"] <= len(taken) <= sum(found.values())


def written(folder: Path) -> dict[str, int]:
    """In how many rows of the files each customer stands."""
    found: Counter[str] = Counter()
    for path in folder.glob("*.csv"):
        with path.open(newline="") as file:
            found.update(row["customer_id"] for row in csv.DictReader(file))
    return found
