"""A brief whose messages went out and whose customers bought something since: what outcomes are learned from."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from content_store import marks
from content_store.models import Publication, PublicationStatus
from evaluation.measurement.units import Lake
from flows.steps.workplace import Workplace
from tests.evaluation.measurement.lake import write_events
from tests.publishing.stage import AT, Stage, make_stage, plan, write_members

CUSTOMERS = 600
LATER = AT + timedelta(days=10)


def lived(
    workplace: Workplace, folder: Path, rates: tuple[float, float], metric: str = "purchase_value"
) -> Stage:
    """600 customers got A or B, and as many of each as `rates` says bought something within the week."""
    with workplace.sessions.begin() as session:
        marks.check(session, workplace.settings.marks_folder)
        stage = make_stage(session, folder, CUSTOMERS, conversion={"metric": metric, "window_days": 7})
        plan(session, stage, portion=CUSTOMERS)
        stage.occurrence.planned_at = stage.occurrence.finished_at = AT
        session.execute(update(Publication).values(status=PublicationStatus.ACCEPTED, sent_at=AT))
        session.flush()
        bought = _bought(session, stage, rates)
    write_events(
        Lake(workplace.settings.events_folder, workplace.settings.outcomes_folder),
        *(
            {
                "id": f"e{name}",
                "customer_id": name,
                "at": AT + timedelta(days=2),
                "kind": "purchase",
                "value": value,
            }
            for name, value in bought.items()
        ),
    )
    write_members(workplace.settings, stage)
    return stage


def _bought(session: Session, stage: Stage, rates: tuple[float, float]) -> dict[str, float]:
    random, bought = np.random.default_rng(3), {}
    for row in session.scalars(select(Publication).order_by(Publication.id)):
        if random.random() < rates[stage.message_ids.index(row.message_id)]:
            bought[row.customer_id] = round(float(random.gamma(4, 10)), 2)
    return bought
