"""Whoever says stop gets nothing that was decided on afterwards, at whatever moment of publishing they say it."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from content_store.database import Sessions
from content_store.models import Publication, PublicationStatus
from content_store.withdrawals import withdraw
from tests.publishing import publisher
from tests.publishing.publisher import WAYS, Job, occurrence_at, stage_of

#: Calls and returns of the publisher between two withdrawals.
EVERY = {"files": 12_000, "smtp": 40_000, "webhook": 40_000}

#: Decided on, or already with the customer.
DECIDED = {PublicationStatus.INTENT, PublicationStatus.ACCEPTED, PublicationStatus.UNKNOWN}


@pytest.mark.parametrize("way", WAYS)
def test_fifty_customers_say_stop_while_a_publisher_works(
    sessions: Sessions, tmp_path: Path, way: str
) -> None:
    _stop_while_publishing(sessions, tmp_path, way, customers=150, stops=50)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_thousand_customers_say_stop_while_a_publisher_works(
    sessions: Sessions, tmp_path: Path, way: str
) -> None:
    _stop_while_publishing(sessions, tmp_path, way, customers=3_000, stops=1_000)


def _stop_while_publishing(sessions: Sessions, folder: Path, way: str, customers: int, stops: int) -> None:
    settings, brief = stage_of(sessions, folder, customers)
    ids = [f"c{number:02}" for number in range(1, customers + 1)]
    random.Random(7).shuffle(ids)
    at = occurrence_at(1)
    #: where each stood when its withdrawal was committed; None before it was planned
    stood: dict[str, PublicationStatus | None] = {}
    with WAYS[way](folder) as outlet:
        job = Job(settings.model_copy(update=outlet.settings), brief, outlet.way, at)
        running = publisher.start(job, every=EVERY[way])
        for customer_id in ids[:stops]:
            # One withdrawal for each stretch of the publisher's work, so that they are spread over it.
            running.wait()
            with sessions.begin() as session:
                assert withdraw(session, customer_id, "marketing", "email", at=at, proof="said so")
                # The customer's row is locked, as by whoever decides: what is seen here is what was decided before.
                row = select(Publication.status).where(
                    Publication.customer_id == customer_id, Publication.occurrence == at
                )
                stood[customer_id] = session.scalar(row)
        assert running.end() == 0
        arrived = outlet.arrived()
    with sessions() as session:
        rows = session.execute(
            select(Publication.customer_id, Publication.status).where(Publication.occurrence == at)
        )
        ended = dict(rows.all())
    before_and_after = Counter(status in DECIDED for status in stood.values())
    print(
        f"{way}: {before_and_after[False]} withdrew before it was decided on them, {before_and_after[True]} after"
    )
    assert before_and_after[False] > 0
    assert before_and_after[True] > 0
    for customer_id, before in stood.items():
        if before in DECIDED:
            assert ended[customer_id] is PublicationStatus.ACCEPTED
        else:
            assert ended.get(customer_id) in (None, PublicationStatus.SUPPRESSED)
            assert arrived[customer_id] == 0
    for customer_id in ids[stops:]:
        assert ended[customer_id] is PublicationStatus.ACCEPTED
        assert arrived[customer_id] == 1
