"""The running app: a commit for many, a withdrawal that comes first, and defaults when the database does not answer."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

import httpx
import pytest
from sqlalchemy import Engine, create_engine, event, make_url, select, text
from sqlalchemy.orm import Session

from content_store.database import open_database
from content_store.models import Publication, PublicationStatus
from content_store.recall import recall
from content_store.settings import Settings
from content_store.withdrawals import withdraw
from publishing.decisions.asking import Question
from publishing.decisions.deciding import Decided
from publishing.decisions.endpoint import PATH
from publishing.decisions.ledger import LATE
from publishing.decisions.service import Decisions, be_impatient
from publishing.opt_out import load_key
from publishing.receipt_tokens import read_receipt
from surmesure.starting import copy_starter
from tests.factories import NOW, person
from tests.publishing.decisions.site import KEY, Site, fill, running

ROOT = Path(__file__).parents[3]
DEFAULT = "We are open until 8."


def _together(decisions: Decisions, customers: list[str]) -> list[Decided]:
    async def main() -> list[Decided]:
        async with decisions.running():
            questions = [Question.model_construct(customer=name, slots=["banner"]) for name in customers]
            return list(await asyncio.gather(*map(decisions.answer, questions)))

    return asyncio.run(main())


def test_fifty_at_once_share_a_few_commits_and_each_has_a_row(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path, customers=50)
    commits: list[object] = []
    site = Site(engine, tmp_path)
    event.listen(engine, "commit", commits.append)
    customers = [f"c{number:02}" for number in range(1, 51)]
    answers = _together(site.decisions, [*customers, *customers])
    assert len(commits) <= 3
    numbers = [answer.decisions[0].publication_id for answer in answers]
    assert numbers[:50] == numbers[50:]
    assert [(row.id, row.customer_id) for row in site.ledger()] == sorted(
        zip(numbers[:50], customers, strict=True)
    )


def test_a_customer_nobody_could_have_spoils_no_other(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path, customers=3)
    answers = _together(Site(engine, tmp_path).decisions, ["c01", "c02", "\ud800", "c03"])
    assert [answer.decisions[0].default for answer in answers] == [False, False, True, False]


def test_while_somebody_withdraws_nothing_is_shown(engine: Engine, tmp_path: Path) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one writer in at a time; the next test shows what happens then")
    fill(engine, tmp_path)
    with running(Site(engine, tmp_path)) as site, Session(engine) as session:
        withdraw(session, "c01", "marketing", "onsite", at=NOW, proof="a call")
        assert (site.text("c01"), site.text("c02") != DEFAULT) == (DEFAULT, True)
        session.commit()
        assert site.text("c01") == DEFAULT
        assert [row.customer_id for row in site.ledger()] == ["c02"]


def test_while_a_block_is_recalled_nothing_on_it_is_shown(engine: Engine, tmp_path: Path) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one writer in at a time; the next test shows what happens then")
    ids = fill(engine, tmp_path)
    be_impatient(engine, 0.05)
    with running(Site(engine, tmp_path)) as site, Session(engine) as session:
        recall(session, ids["block"], by=person(session, "rita"), at=NOW, reason="wrong price")
        assert site.text("c01") == DEFAULT
        session.commit()
        assert site.text("c01") == DEFAULT
        assert site.ledger() == []


def test_while_the_database_is_held_the_default_is_shown_in_time(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path)
    be_impatient(engine, 0.05)
    with running(Site(engine, tmp_path, seconds=0.05)) as site:
        with engine.connect() as other:
            if engine.dialect.name == "postgresql":
                other.execute(text("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE"))
            else:
                other.execute(text("SELECT 1"))
            started = monotonic()
            assert site.text() == DEFAULT
            assert monotonic() - started < 10
        assert _until_shown(site) != DEFAULT
        assert [row.status for row in site.ledger() if row.reason != LATE] == [PublicationStatus.ACCEPTED]


def _until_shown(site: Site, customer: str = "c01") -> str | None:
    for _ in range(100):
        if (found := site.text(customer)) != DEFAULT:
            break
    return found


def test_a_database_that_is_gone_costs_nothing_but_the_choice_and_may_come_back(
    engine: Engine, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(engine, tmp_path)
    with running(Site(engine, tmp_path)) as site:
        assert site.text("c01") != DEFAULT
        with _gone(database_url, engine):
            assert site.text("c01") == DEFAULT
            assert site.text("c02") == DEFAULT
        assert _until_shown(site) != DEFAULT
        assert len({row.customer_id for row in site.ledger()}) == 1
    # Once, not once a question, and nobody's id in it.
    (line,) = [record.getMessage() for record in caplog.records if record.name == "surmesure.decisions"]
    assert line.startswith("Defaults are shown: ")
    assert "c01" not in line


@contextmanager
def _gone(url: str, engine: Engine) -> Iterator[None]:
    """Nobody is connected to the database, and nobody can connect."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(parsed.database or "")
        engine.dispose()
        file.rename(file.with_suffix(".gone"))
        file.mkdir()
        yield
        file.rmdir()
        file.with_suffix(".gone").rename(file)
        engine.dispose()
        return
    server = create_engine(parsed.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {parsed.database} WITH ALLOW_CONNECTIONS false"))
        try:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                {"name": parsed.database},
            )
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {parsed.database} WITH ALLOW_CONNECTIONS true"))
    server.dispose()


def test_what_was_decided_too_late_is_taken_back(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path)
    answered = Event()
    # The commit takes longer than anybody waits.
    event.listen(engine, "commit", lambda _: answered.wait(30), once=True)
    with running(Site(engine, tmp_path, seconds=1)) as site:
        assert site.text("c01") == DEFAULT
        answered.set()
        assert _until_shown(site, "c02") != DEFAULT
        late = [row for row in site.ledger() if row.reason == LATE]
        assert [(row.customer_id, row.status) for row in late] == [("c01", PublicationStatus.SUPPRESSED)]
        # Nothing was shown, so nothing counts.
        assert site.text("c01") != DEFAULT


@pytest.mark.slow
def test_killed_at_any_moment_it_has_kept_every_receipt_that_it_gave(
    database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "brand"
    copy_starter(folder)
    brand = (folder / "brand.yaml").read_text().replace(
        "channels:\n", "channels:\n  onsite:\n    on_request: true\n    slots:\n      banner: {max_chars: 90}\n"
    )  # fmt: skip
    (folder / "brand.yaml").write_text(brand)
    settings = Settings(brand=folder, as_of=NOW.isoformat())
    engine = open_database(database_url)
    fill(engine, settings.membership_folder(1).parent, customers=99)
    ids = settings.membership_folder(1).parent
    for found in ids.glob("[0-9]*"):
        found.rename(ids / f"segmentation={found.name}")
    given: dict[str, str] = {}
    for round_ in range(3):
        with _served(folder, database_url) as (process, url), httpx.Client(timeout=5) as client:

            def ask(
                number: int,
                client: httpx.Client = client,
                url: str = url,
                last: int = 20 * (round_ + 1),
                process_id: int = process.pid,
            ) -> None:
                name = f"c{number:02}"
                headers = {"Authorization": f"Bearer {KEY}"}
                try:
                    answer = client.post(url, json={"customer": name, "slots": ["banner"]}, headers=headers)
                except httpx.HTTPError:
                    return
                (decision,) = answer.json()["decisions"]
                if decision["receipt"]:
                    assert given.setdefault(name, decision["receipt"]) == decision["receipt"]
                if number == last:
                    os.kill(process_id, signal.SIGKILL)

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(ask, range(1, 100)))
    assert len(given) >= 20
    key = load_key(settings.state_folder)
    with Session(engine) as session:
        rows = dict(session.execute(select(Publication.id, Publication.customer_id)).all())
    assert {rows[number or 0] for number in (read_receipt(key, text) for text in given.values())} == set(
        given
    )
    engine.dispose()


@contextmanager
def _served(folder: Path, database_url: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    variables = {
        "AS_OF": NOW.isoformat(),
        "DATABASE__URL": database_url.replace("postgresql+psycopg", "postgresql"),
        "PUBLISHING__PORT": str(port),
        "PUBLISHING__DECISIONS_KEY": KEY,
        "PUBLISHING__DECISIONS_MS": "5000",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "surmesure", "web", "--brand", str(folder)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        env=os.environ | {f"SURMESURE_{name}": value for name, value in variables.items()},
    )
    try:
        url = f"http://127.0.0.1:{port}{PATH}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
            assert client.get(url).status_code == 405
        yield process, url
    finally:
        process.kill()
        process.wait()
