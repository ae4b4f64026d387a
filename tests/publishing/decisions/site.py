"""A site that asks: a brand with a banner on request, a brief with two approved banners, and customers who agreed to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from content_store.brand_folder.brand import NEUTRAL_BRAND, Brand, Channel
from content_store.brand_folder.briefs import BriefFile
from content_store.database import session_maker
from content_store.models import BlockMode, Message, Publication
from publishing.decisions import endpoint
from publishing.decisions.service import Decisions, Works
from publishing.web import Public, app_of
from tests.factories import (
    NOW,
    make_block_version,
    make_brief,
    make_consent,
    make_customer,
    make_message,
    make_run,
    make_segment,
    make_segmentation,
    make_snapshot,
)
from tests.publishing.stage import SUPPRESSION_KEY, approve, brief_file

KEY = "a key of forty characters, for the tests"
RECEIPT_KEY = b"k" * 32

ONSITE = Channel.model_validate(
    {
        "on_request": True,
        "slots": {"banner": {"max_chars": 90, "default": "hours"}, "corner": {"max_chars": 40}},
    }
)
BRAND = NEUTRAL_BRAND.model_copy(
    update={"holdout_share": 0.0, "channels": {**NEUTRAL_BRAND.channels, "onsite": ONSITE}}
)


class Site:
    """What a test changes while the app runs."""

    def __init__(self, engine: Engine, folder: Path, brand: Brand = BRAND, seconds: float = 10) -> None:
        self.engine, self.folder = engine, folder
        self.now: datetime = NOW
        self.decisions = Decisions(
            Works(
                brand,
                engine,
                SUPPRESSION_KEY,
                lambda number: folder / str(number),
                seconds,
                lambda: self.now,
            )
        )
        self.client = TestClient(
            app_of(
                Public(brand.name, session_maker(engine), RECEIPT_KEY, True),
                self.decisions,
                endpoint.route(self.decisions, brand.on_request, KEY, RECEIPT_KEY),
            ),
            headers={"Authorization": f"Bearer {KEY}"},
        )

    def ask(self, customer: str = "c01", *slots: str) -> dict[str, Any]:
        """What stands in the first slot asked for; the banner without any."""
        answer = self.client.post(
            endpoint.PATH, json={"customer": customer, "slots": list(slots) or ["banner"]}
        )
        assert answer.status_code == 200, answer.text
        first: dict[str, Any] = answer.json()["decisions"][0]
        return first

    def text(self, customer: str = "c01") -> str | None:
        found: str | None = self.ask(customer)["text"]
        return found

    def ledger(self) -> list[Publication]:
        with Session(self.engine) as session:
            return list(session.scalars(select(Publication).order_by(Publication.id)))


@contextmanager
def running(site: Site) -> Iterator[Site]:
    """The app, started as a server starts it."""
    with site.client:
        yield site


def fill(engine: Engine, folder: Path, customers: int = 2, **fields: Any) -> dict[str, Any]:
    """The brief coffee-week, c01, c02, … in its segment, and the default "We are open until 8."; their ids by name."""
    with Session(engine) as session, session.begin():
        segment, segmentation = make_segment(session), make_segmentation(session)
        make_snapshot(session, segmentation, segment)
        block = make_block_version(session, slot="banner", channels=["onsite"])
        hours = make_block_version(
            session,
            block_id="hours",
            slot="banner",
            text="We are open until 8.",
            channels=["onsite"],
            mode=BlockMode.VERBATIM,
        )
        ids: dict[str, Any] = {
            "segment": segment.id,
            "block": block.id,
            "hours": hours.id,
            "segmentation": segmentation.id,
        }
        ids["messages"] = add_brief(session, ids, **fields)
        for number in range(1, customers + 1):
            customer = make_customer(session, id=f"c{number:02}", locale="en-US")
            make_consent(session, customer, channel="onsite")
    everybody = {f"c{number:02}": (ids["segment"], 3.0) for number in range(1, customers + 1)}
    write_members(folder, ids["segmentation"], everybody)
    return ids


def add_brief(
    session: Session,
    ids: dict[str, Any],
    texts: tuple[str, ...] = ("Coffee is on.", "Hot coffee, now."),
    slot: str = "banner",
    locale: str = "en-US",
    **fields: Any,
) -> list[int]:
    """A brief with an approved message for each text in the customers' segment; the messages' ids."""
    brief: BriefFile = brief_file(channels=["onsite"], slots=[{"slot": slot}], **fields)
    row = make_brief(session, id=brief.id, content=brief.content())
    run = make_run(session, brief_id=row.id, segmentation_id=ids["segmentation"])
    made: list[Message] = [
        make_message(
            session,
            run=run,
            slots={slot: text},
            arm=arm,
            segment_id=ids["segment"],
            channel="onsite",
            locale=locale,
            block_version_ids=[ids["block"]],
        )
        for arm, text in zip("ABC", texts, strict=False)
    ]
    for message in made:
        approve(session, message)
    return [message.id for message in made]


def write_members(folder: Path, segmentation_id: int, of: Mapping[str, tuple[int, float | None]]) -> None:
    """The membership file of a segmentation: customer -> segment and days since the last event."""
    part = folder / str(segmentation_id) / "part=0"
    part.mkdir(parents=True)
    table = pa.table(
        {
            "customer_id": pa.array(list(of), pa.string()),
            "segment_id": pa.array([segment for segment, _ in of.values()], pa.int64()),
            "days_since_last": pa.array([days for _, days in of.values()], pa.float64()),
        }
    )
    pq.write_table(table, part / "members.parquet")
