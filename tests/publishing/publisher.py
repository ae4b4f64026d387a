"""A real process that publishes a stage's brief with everything that belongs to it, so that a test can kill it anywhere.

Processes are forked from one that has imported everything and has no threads, so that a kill costs a tenth of a second.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr
from sqlalchemy import delete, func, select

from content_store.brand_folder.briefs import BriefFile
from content_store.database import Sessions
from content_store.models import Occurrence, Publication, PublicationStatus
from content_store.sending_settings import SmtpSettings, WebhookSettings
from content_store.setting_parts import DatabaseSettings
from content_store.settings import Settings
from flows.steps import publishing
from flows.steps.publishing import publish
from flows.steps.ways import SMTP as BY_MAIL
from flows.steps.ways import WEBHOOK, Way
from flows.steps.workplace import Workplace
from publishing.deliveries import LEASE
from tests.publishing.channels.receiver import SECRET
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
    """A way out, and what came out of it."""

    way: Way
    #: what leads to it, by the part of the settings
    settings: dict[str, Any]
    #: the customer of each thing that arrived; what a receiver is to take for the same thing counts once
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
        # Whoever has to say more than a pipe holds would wait for somebody who reads it.
        while self.wait():
            pass
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

    yield Outlet(Way(str(out), "csv"), {}, arrived, 0)


@contextmanager
def mails(folder: Path) -> Iterator[Outlet]:
    """A mail server in a process of its own, which writes down what it takes before it says so."""
    log = folder / "mails.log"

    def arrived() -> Counter[str]:
        lines = [line.split() for line in log.read_text().splitlines()]
        twice = [name for name, number in Counter(name for name, _ in lines).items() if number > 1]
        assert not twice, f"taken twice: {twice}"
        return Counter(address.partition("@")[0] for _, address in lines)

    with _served(_take_mails, log) as port:
        smtp = SmtpSettings(host="127.0.0.1", port=port, security="none")
        yield Outlet(Way(BY_MAIL, "mail"), {"smtp": smtp}, arrived, 10)


@contextmanager
def webhooks(folder: Path) -> Iterator[Outlet]:
    """A receiver in a process of its own, which writes down what it takes before it says so.

    It may take the same twice, under the same id; a receiver that knows the id takes it for one.
    """
    log = folder / "requests.log"

    def arrived() -> Counter[str]:
        taken: dict[str, str] = {}
        for line in log.read_text().splitlines():
            name, _, what = line.partition(" ")
            assert taken.setdefault(name, what) == what, f"{name} is the id of two things"
        return Counter(what.partition(" ")[0] for what in taken.values())

    with _served(_take_requests, log) as port:
        url, secret = f"http://127.0.0.1:{port}/in", SecretStr(SECRET)
        webhook = WebhookSettings(url=url, allow=["127.0.0.0/8"], secret=secret)
        yield Outlet(Way(WEBHOOK, "json"), {"webhook": webhook}, arrived, 0)


@contextmanager
def _served(serve: Callable[[Path, Connection], None], log: Path) -> Iterator[int]:
    """The port of a server in a process of its own."""
    log.touch()
    mine, its = _processes.Pipe()
    server = _processes.Process(target=serve, args=(log, its))
    server.start()
    its.close()
    try:
        yield mine.recv()
    finally:
        mine.send("stop")
        server.join()


#: One line for each way out.
WAYS = {"files": files, "smtp": mails, "webhook": webhooks}


class _Recorder:
    def __init__(self, log: Path) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        os.write(self.log, f"{mail['Message-ID']} {envelope.rcpt_tos[0]}\n".encode())
        return "250 OK"


def _take_mails(log: Path, stop: Connection) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(_Recorder(log), hostname="127.0.0.1", port=port)
    controller.start()
    stop.send(port)
    stop.recv()
    controller.stop()


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    #: a file that every request is a line of
    log: int

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        customer, content = json.loads(body)["customer_id"], hashlib.sha256(body).hexdigest()
        os.write(self.log, f"{self.headers['webhook-id']} {customer} {content}\n".encode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


class _Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed are what the tests are about."""


def _take_requests(log: Path, stop: Connection) -> None:
    _Requests.log = os.open(log, os.O_WRONLY | os.O_APPEND)
    server = _Receiver(("127.0.0.1", 0), _Requests)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    stop.send(server.server_port)
    stop.recv()
    server.shutdown()


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
