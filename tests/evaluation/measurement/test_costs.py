"""What a campaign used up: each thing booked once, at the price of the day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.measuring_settings import MeasuringSettings
from content_store.models import MODEL_TIME, Action, Cost, Delivery, Message, Occurrence, PublicationStatus
from evaluation.measurement.costs import book, cost_lines, minutes_between
from evaluation.measurement.results import CostLine
from tests.factories import NOW, RULES, make_message, make_publication, make_run, person

PRICES = MeasuringSettings(model_second=0.01, reviewer_minute=0.5, send={"email": 0.002})
MINUTE = timedelta(minutes=1)


def _decide(session: Session, message: Message, by: str, action: Action, at: datetime) -> None:
    seen = Seen(message.id, message.content_hash)
    reason = "Not now." if action is Action.REJECT else None
    decide(session, seen, action, by=person(session, by), at=at, day=at.date(), rules=RULES, reason=reason)


def test_seconds_of_the_model_are_booked_when_the_run_is_over(sessions: Sessions) -> None:
    with sessions.begin() as session:
        run = make_run(session, counts={MODEL_TIME: 12_500})
        make_run(session, brief_id=run.brief_id, counts={"tokens": 3}, finished_at=NOW)
        assert book(session, run.brief_id, PRICES, NOW) == 0
        run.finished_at = NOW
        session.flush()
        assert book(session, run.brief_id, PRICES, NOW) == 1
        (cost,) = session.query(Cost)
        assert (cost.reference, cost.quantity, cost.unit_price, cost.currency) == (
            f"run {run.id}",
            12.5,
            0.01,
            "EUR",
        )


def test_minutes_lie_between_two_decisions_of_a_person_on_one_day(sessions: Sessions) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        mine = [make_message(session, run=run) for _ in range(4)]
        other = make_message(session)
        _decide(session, mine[0], "rita", Action.APPROVE, NOW)  # the first of the day: 5
        _decide(session, mine[1], "omar", Action.APPROVE, NOW + MINUTE)  # the first of omar's day: 5
        _decide(session, other, "rita", Action.APPROVE, NOW + 2 * MINUTE)  # another brief's
        _decide(session, mine[2], "rita", Action.REJECT, NOW + 3.5 * MINUTE)  # 1.5 since then
        _decide(session, mine[3], "rita", Action.APPROVE, NOW + 60 * MINUTE)  # a long pause: 5
        assert book(session, run.brief_id, PRICES, NOW) == 4
        assert cost_lines(session, run.brief_id, "EUR", NOW) == [CostLine("reviewer_minutes", 16.5, 8.25)]
        assert cost_lines(session, other.brief_id, "EUR", NOW) == []


@pytest.mark.parametrize(
    ("earlier", "minutes"),
    [
        (None, 5.0),
        (NOW - 2 * MINUTE, 2.0),
        (NOW - 6 * MINUTE, 5.0),
        (NOW, 0.0),  # of several at once, all but the first
        (NOW + MINUTE, 0.0),  # a clock that was put back
    ],
)
def test_nobody_is_taken_to_look_for_more_than_five_minutes(earlier: datetime | None, minutes: float) -> None:
    assert minutes_between(earlier, NOW) == minutes


def test_a_decision_of_the_evening_before_says_nothing_of_the_morning() -> None:
    midnight = NOW.replace(hour=0, minute=0)
    assert minutes_between(midnight - MINUTE, midnight + MINUTE) == 5.0


def test_sends_are_booked_when_their_delivery_is_answered_at_the_price_of_that_day(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        message = make_message(session)
        occurrence = Occurrence(
            brief_id=message.brief_id,
            at=NOW,
            purpose="marketing",
            audience={},
            segmentation_id=make_run(session).segmentation_id,
            destination="out",
            form="csv",
        )
        session.add(occurrence)
        session.flush()
        one, two = (
            Delivery(occurrence_id=occurrence.id, channel="email", number=number) for number in (1, 2)
        )
        session.add_all([one, two])
        session.flush()
        one.done_at = NOW
        for delivery, status in (
            (one, PublicationStatus.ACCEPTED),
            (one, PublicationStatus.ACCEPTED),
            (one, PublicationStatus.UNKNOWN),
            (one, PublicationStatus.REJECTED),
            (one, PublicationStatus.SUPPRESSED),
            (two, PublicationStatus.ACCEPTED),
        ):
            make_publication(session, message, delivery_id=delivery.id, status=status)
        assert book(session, message.brief_id, PRICES, NOW) == 1
        (line,) = cost_lines(session, message.brief_id, "EUR", NOW)
        assert (line.kind, line.quantity) == ("sends", 3.0)
        assert line.amount == pytest.approx(0.006)
        two.done_at = NOW
        session.flush()
        dearer = PRICES.model_copy(update={"send": {"email": 0.01}})
        assert book(session, message.brief_id, dearer, NOW) == 1
        (line,) = cost_lines(session, message.brief_id, "EUR", NOW)
        assert line.amount == pytest.approx(0.016)
        assert cost_lines(session, message.brief_id, "USD", NOW) == []
        # Of a date whose window is open nothing is set against the effect of others.
        assert cost_lines(session, message.brief_id, "EUR", NOW - MINUTE) == []
