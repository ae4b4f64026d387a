"""A brief with an approved SMS for each of two arms, and customers who agreed to it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy.orm import Session

from content_store.brand_folder.brand import NEUTRAL_BRAND, Brand
from content_store.brand_folder.briefs import BriefFile
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.models import Action, Delivery, Message, Occurrence
from content_store.settings import Settings
from content_store.shares import load_shares
from publishing.planning import Member, approved_messages, plan_portion
from publishing.worker import Worker
from tests.factories import (
    NOW,
    RULES,
    make_block_version,
    make_brief,
    make_consent,
    make_customer,
    make_message,
    make_run,
    make_segment,
    make_segmentation,
    make_template,
    person,
)
from tests.publishing.pages import mjml

AT = datetime(2026, 3, 2, tzinfo=UTC)

SUPPRESSION_KEY = bytes(32)

OPT_OUT = "mailto:stop@fairlow.example.com"

#: From late in the evening to the morning.
NIGHT = {"start": "21:00", "end": "08:00"}
BRAND = NEUTRAL_BRAND.model_copy(update={"holdout_share": 0.0})


class Stage(NamedTuple):
    """What a test plans and sends."""

    brief: BriefFile
    occurrence: Occurrence
    members: list[Member]
    message_ids: list[int]
    block_version_id: int


def brief_file(**fields: Any) -> BriefFile:
    """A brief by SMS."""
    defaults: dict[str, Any] = {
        "id": "coffee-week",
        "purpose": "marketing",
        "goal": "Sell coffee.",
        "audience": {"description": "Everybody."},
        "channels": ["sms"],
        "slots": [{"slot": "sms"}],
        "sender": {"name": "Fairlow", "address": "news@fairlow.example.com"},
        "landing_page": "https://fairlow.example.com/coffee",
        "conversion": {"metric": "purchase_value", "window_days": 7},
        "caps": {"messages": 1, "days": 7},
    }
    return BriefFile.model_validate(defaults | fields)


def make_stage(
    session: Session,
    folder: Path | str,
    customers: int = 5,
    *,
    channel: str = "sms",
    templated: bool = False,
    **fields: Any,
) -> Stage:
    """The brief with its messages approved, and customers c01, c02, … with consent, a phone and a mail address.

    It has no quiet hours unless they are given, so that what goes by the real clock is sent whenever this runs.
    """
    slot = "subject" if channel == "email" else channel
    fields = {"quiet_hours": {"start": "00:00", "end": "00:00"}} | fields
    brief = brief_file(channels=[channel], slots=[{"slot": slot}], **fields)
    segmentation, segment = make_segmentation(session), make_segment(session)
    row = make_brief(session, id=brief.id, content=brief.content())
    run = make_run(session, brief_id=row.id, segmentation_id=segmentation.id)
    block = make_block_version(session)
    place = {"segment_id": segment.id, "channel": channel, "block_version_ids": [block.id]}
    if templated:
        text = "{{ subject }}\n{{ unsubscribe_url }}"
        place["template_version_id"] = make_template(session, mjml=mjml("{{ subject }}"), text=text).id
    messages = [
        make_message(session, run=run, slots={slot: text}, arm=arm, **place)
        for arm, text in (("A", "Coffee is on."), ("B", "=Hot coffee, now."))
    ]
    for message in messages:
        approve(session, message)
    for number in range(1, customers + 1):
        customer = make_customer(
            session, id=f"c{number:02}", phone=f"+1555010{number:02}", email=f"c{number:02}@example.com"
        )
        make_consent(session, customer, channel=channel)
    occurrence = Occurrence(
        brief_id=brief.id,
        at=AT,
        purpose=brief.purpose,
        audience={},
        segmentation_id=segmentation.id,
        destination=str(folder),
        form="csv",
    )
    session.add(occurrence)
    session.flush()
    members = [Member(f"c{number:02}", segment.id) for number in range(1, customers + 1)]
    return Stage(brief, occurrence, members, [message.id for message in messages], block.id)


def approve(session: Session, message: Message) -> None:
    seen, by = Seen(message.id, message.content_hash), person(session, "rita")
    decide(session, seen, Action.APPROVE, by=by, at=NOW, day=NOW.date(), rules=RULES)


def plan(session: Session, stage: Stage, *, portion: int = 2, brand: Brand = BRAND) -> list[Any]:
    """Plan the occurrence in portions; what each said."""
    shares = load_shares(session, stage.occurrence.policy_id)
    messages = approved_messages(session, stage.brief.id, NOW.date(), shares)
    return [
        plan_portion(
            session,
            stage.occurrence,
            stage.brief.channels[0],
            number,
            stage.members[start : start + portion],
            messages,
            stage.brief,
            brand,
            NOW,
        )
        for number, start in enumerate(range(0, len(stage.members), portion), 1)
    ]


def worker(
    stage: Stage, name: str = "one", now: datetime = NOW, moment: datetime = NOW, brand: Brand = BRAND
) -> Worker:
    return Worker(
        name,
        stage.brief,
        brand,
        lambda: moment,
        lambda: now,
        lambda _: OPT_OUT,
        SUPPRESSION_KEY,
        lambda _: None,
    )


def planned(
    sessions: Sessions, folder: Path | str, customers: int = 5, *, portion: int = 2, **fields: Any
) -> Stage:
    """A stage whose occurrence is planned, in deliveries of two."""
    with sessions.begin() as session:
        stage = make_stage(session, folder, customers, **fields)
        plan(session, stage, portion=portion)
    return stage


def write_members(settings: Settings, stage: Stage) -> None:
    """The membership files of the stage's customers, of whom the last was seen forty days ago."""
    folder = settings.membership_folder(stage.occurrence.segmentation_id) / "part=0"
    folder.mkdir(parents=True)
    rows = {
        "customer_id": [member.customer_id for member in stage.members],
        "segment_id": [member.segment_id for member in stage.members],
        "days_since_last": [1] * (len(stage.members) - 1) + [40],
    }
    pq.write_table(pa.table(rows), folder / "members.parquet")


def deliveries(session: Session) -> list[Delivery]:
    return session.query(Delivery).order_by(Delivery.id).all()


def unseen(done: int) -> None:
    """Progress that nobody looks at."""
    assert done > 0
