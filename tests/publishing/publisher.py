"""A real process that publishes a stage's brief with everything that belongs to it, so that a test can kill it anywhere.

Processes are forked from one that has imported everything and has no threads, so that a kill costs a tenth of a second.
"""

from __future__ import annotations

import csv
import os
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import delete, func, select

from content_store.brand_folder.briefs import BriefFile
from content_store.database import Sessions
from content_store.models import Occurrence, Publication, PublicationStatus
from content_store.sending_settings import SmtpSettings
from content_store.setting_parts import DatabaseSettings
from content_store.settings import Settings
from flows.steps import publishing
from flows.steps.publishing import publish
from flows.steps.ways import SMTP as BY_MAIL
from flows.steps.ways import Way
from flows.steps.workplace import Workplace
from publishing.deliveries import LEASE
from tests.publishing.stage import AT, BRAND, make_stage, write_members

_processes = get_context("forkserver")
_processes.set_forkserver_preload(["tests.publishing.publisher", "alembic.command", "duckdb", "psycopg"])

#: Customers in one delivery: small, so that there are many moments between two.
PORTION = 25


class Job(NamedTuple):
    """What every process of a test does."""

    settings: Settings
    brief: BriefFile
    way: Way
    at: datetime


class Outlet(NamedTuple):
    """A way out, and what came out of it since it was last cleared."""

    way: Way
    smtp: SmtpSettings
    #: the customer of each thing that arrived
    arrived: Callable[[], Counter[str]]
    #: how many of one process may be in doubt when it is killed
    in_doubt: int


class Clocked(Workplace):
    """A workplace whose process was started so many leases after the first."""

    def __init__(self, job: Job, life: int) -> None:
        super().__init__(job.settings, BRAND)
        self._now = job.at + timedelta(hours=9) + life * LEASE

    @property
    def now(self) -> datetime:
        return self._now


def stage_of(sessions: Sessions, folder: Path, customers: int) -> tuple[Settings, BriefFile]:
    """A brand folder and a brief by mail for so many customers, of which nothing is planned."""
    url = sessions.kw["bind"].url.render_as_string(hide_password=False)
    settings = Settings(brand=folder, marks=folder / "marks", database=DatabaseSettings(url=url))
    with sessions.begin() as session:
        stage = make_stage(session, folder, customers=customers, channel="email")
        session.execute(delete(Occurrence))
    write_members(settings, stage)
    return settings, stage.brief


class Running(NamedTuple):
    """A process that publishes; something can be read from `signs` when it came to the moment that was asked for."""

    process: BaseProcess
    signs: Connection

    def wait(self) -> bool:
        """Until that moment or the end of the process; whether the moment came."""
        came = self.signs in wait([self.signs, self.process.sentinel]) and self.signs.poll()
        if came:
            with suppress(EOFError):
                self.signs.recv_bytes()
                return True
        return False

    def end(self) -> int:
        """Its exit status; it ends when nothing is left that it may send."""
        self.process.join()
        return self.process.exitcode or 0


def start(job: Job, life: int = 0, after: int | None = None, every: int | None = None) -> Running:
    """A process that publishes, and says so after so many calls and returns of functions, ours and others', or each time.

    Counted so, and not in seconds, moments are spread over the work on any machine.
    """
    mine, its = _processes.Pipe()
    process = _processes.Process(target=_live, args=(job, life, after, every, its))
    process.start()
    its.close()
    return Running(process, mine)


def _live(job: Job, life: int, after: int | None, every: int | None, signs: Connection) -> None:
    vars(publishing)["PORTION"] = PORTION
    calls = count()

    def look(*_: object) -> None:
        call = next(calls)
        if call == after or (every and call % every == 0):
            signs.send_bytes(b".")

    if after is not None or every is not None:
        sys.setprofile(look)
    publish(Clocked(job, life), job.brief, job.way, job.at)
    sys.setprofile(None)


@contextmanager
def files(folder: Path) -> Iterator[Outlet]:
    """CSV files in a folder."""
    out = folder / "out"

    def arrived() -> Counter[str]:
        found: Counter[str] = Counter()
        for file in out.glob("*.csv"):
            with file.open(encoding="utf-8", newline="") as stream:
                found.update(row["customer_id"] for row in csv.DictReader(stream))
        return found

    yield Outlet(Way(str(out), "csv"), SmtpSettings(), arrived, 0)


@contextmanager
def mails(folder: Path) -> Iterator[Outlet]:
    """A mail server in a process of its own, which writes down what it takes before it says so."""
    log = folder / "mails.log"
    log.touch()
    mine, its = _processes.Pipe()
    server = _processes.Process(target=_serve, args=(log, its))
    server.start()
    its.close()
    port = mine.recv()

    def arrived() -> Counter[str]:
        lines = [line.split() for line in log.read_text().splitlines()]
        twice = [name for name, number in Counter(name for name, _ in lines).items() if number > 1]
        assert not twice, f"taken twice: {twice}"
        return Counter(address.partition("@")[0] for _, address in lines)

    try:
        yield Outlet(
            Way(BY_MAIL, "mail"),
            SmtpSettings(host="127.0.0.1", port=port, security="none"),
            arrived,
            10,
        )
    finally:
        mine.send("stop")
        server.join()


#: One line for each way out.
WAYS = {"files": files, "smtp": mails}


class _Recorder:
    def __init__(self, log: Path) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        os.write(self.log, f"{mail['Message-ID']} {envelope.rcpt_tos[0]}\n".encode())
        return "250 OK"


def _serve(log: Path, stop: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(_Recorder(log), hostname="127.0.0.1", port=port)
    controller.start()
    stop.send(port)
    stop.recv()
    controller.stop()


def ledger(sessions: Sessions, at: datetime) -> dict[PublicationStatus, int]:
    """How many rows of an occurrence stand where."""
    with sessions() as session:
        rows = session.execute(
            select(Publication.status, func.count())
            .where(Publication.occurrence == at)
            .group_by(Publication.status)
        )
        return dict(rows.all())


def occurrence_at(number: int) -> datetime:
    """Each far enough from the one before that no cap counts both."""
    return AT + number * timedelta(days=8)
