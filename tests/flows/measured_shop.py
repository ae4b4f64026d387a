"""A brand folder whose campaign went out, with a quarter of the customers held out and the purchases in the inbox."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from content_store.database import Sessions
from content_store.models import HOLDOUT, Delivery, InboxItem, Publication, PublicationStatus
from flows.steps.workplace import Workplace, open_workplace
from tests.flows.conftest import STARTER
from tests.publishing.stage import AT, make_stage, plan

BRIEF = "coffee-week"
HELD, WRITTEN = 100, 300


def measured_shop(folder: Path, database_url: str) -> Workplace:
    """Of 100 held out a fifth buys for 10 EUR, of the 300 others two fifths; an SMS costs 5 cents."""
    shutil.copytree(STARTER, folder)
    (folder / "surmesure.toml").write_text(
        f'[database]\nurl = "{database_url}"\n[measuring]\nsend = {{sms = 0.05}}\n'
    )
    brand = folder / "brand.yaml"
    brand.write_text(brand.read_text().replace("holdout_share: 0.05", "holdout_share: 0.25"))
    workplace = open_workplace(folder)
    with workplace.sessions.begin() as session:
        stage = make_stage(session, folder, HELD + WRITTEN)
        plan(session, stage, portion=200)
        session.execute(update(Publication).values(status=PublicationStatus.ACCEPTED, sent_at=AT))
        held = [member.customer_id for member in stage.members[:HELD]]
        session.execute(
            update(Publication)
            .where(Publication.customer_id.in_(held))
            .values(status=PublicationStatus.SUPPRESSED, reason=HOLDOUT, sent_at=None)
        )
        session.execute(update(Delivery).values(done_at=AT))
    (folder / "briefs" / f"{BRIEF}.yaml").write_text(stage.brief.model_dump_json(exclude_none=True))
    buyers = [
        member.customer_id
        for number, member in enumerate(stage.members)
        if number % 5 < (1 if number < HELD else 2)
    ]
    tell_purchases(workplace.sessions, *buyers)
    return workplace


def tell_purchases(sessions: Sessions, *customers: str, order: str = "order") -> None:
    """A purchase for 10 EUR by each of them, the day after, as the event intake leaves it in the inbox."""
    at = AT + timedelta(days=1)
    with sessions.begin() as session:
        theirs = select(Publication.id).where(Publication.customer_id.in_(customers)).limit(1)
        assert session.scalar(theirs) is not None
        session.add_all(
            InboxItem(
                external_id=f"events:{order}-{customer}",
                kind="outcome",
                received_at=at,
                body={"outcome": "converted", "at": at.isoformat(), "value": 10.0},
                customer_id=customer,
            )
            for customer in customers
        )
