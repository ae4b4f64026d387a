"""A campaign from the ledger and the lake to results that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from content_store.measuring_settings import MeasuringSettings
from content_store.models import HOLDOUT, Cost, Delivery, Measurement, Publication, PublicationStatus
from content_store.setting_parts import DatabaseSettings
from content_store.settings import Settings
from evaluation.measurement.kept import results_from
from evaluation.measurement.units import Lake
from flows.steps.measuring import results_of
from flows.steps.workplace import Workplace
from tests.evaluation.measurement.lake import write_outcomes
from tests.factories import make_brief, make_message, make_publication, make_run
from tests.publishing.stage import AT, BRAND, Stage, brief_file, planned

HELD, WRITTEN = 100, 300


@pytest.fixture
def workplace(tmp_path: Path, database_url: str) -> Iterator[Workplace]:
    """A brand that holds out a quarter, and pays 5 cents for an SMS."""
    settings = Settings(
        brand=tmp_path / "brand",
        marks=tmp_path / "marks",
        database=DatabaseSettings(url=database_url),
        measuring=MeasuringSettings(send={"sms": 0.05}),
    )
    opened = Workplace(settings, BRAND.model_copy(update={"holdout_share": HELD / (HELD + WRITTEN)}))
    yield opened
    opened.close()


@pytest.fixture
def stage(workplace: Workplace, tmp_path: Path) -> Stage:
    """400 customers, of whom the first hundred are held out; a fifth of those and two fifths of the others buy for 10."""
    stage = planned(workplace.sessions, tmp_path, HELD + WRITTEN, portion=200)
    held = [member.customer_id for member in stage.members[:HELD]]
    with workplace.sessions.begin() as session:
        session.execute(update(Publication).values(status=PublicationStatus.ACCEPTED, sent_at=AT))
        session.execute(
            update(Publication)
            .where(Publication.customer_id.in_(held))
            .values(status=PublicationStatus.SUPPRESSED, reason=HOLDOUT, sent_at=None)
        )
        session.execute(update(Delivery).values(done_at=AT))
    _bought(
        workplace,
        *(
            (f"e:{number}", member.customer_id)
            for number, member in enumerate(stage.members)
            if number % 5 < (1 if number < HELD else 2)
        ),
    )
    return stage


def _bought(workplace: Workplace, *bought: tuple[str, str]) -> None:
    lake = Lake(workplace.settings.events_folder, workplace.settings.outcomes_folder)
    rows = [
        {
            "outcome_id": name,
            "customer_id": customer,
            "kind": "converted",
            "at": AT + timedelta(days=1),
            "value": 10.0,
        }
        for name, customer in bought
    ]
    write_outcomes(lake, *rows, name=bought[0][0][2:])


def test_a_campaign_is_measured_from_the_ledger_and_the_lake(workplace: Workplace, stage: Stage) -> None:
    results = results_of(workplace, stage.brief, AT + timedelta(days=30))
    value = next(line for line in results.overall if line.metric == "value")
    assert (value.control_mean, value.mean) == (2.0, 4.0)
    assert value.lift == pytest.approx(2.0)
    assert results.headline.startswith("It worked: each customer brought €2.00 more than those held out")
    assert [(line.kind, line.quantity, line.amount) for line in results.costs] == [
        ("reviewer_minutes", 5.0, 3.75),  # two approvals at once
        ("sends", 300.0, 15.0),
    ]
    assert results.worth.earned == pytest.approx(600.0)
    assert (results.funnel["planned"], results.funnel["held out"], results.funnel["converted"]) == (
        400,
        100,
        120,
    )
    assert {arm.arm: arm.texts for arm in results.arms} == {
        "A coffee": {"sms": "Coffee is on."},
        "B coffee": {"sms": "=Hot coffee, now."},
    }
    # On the first day nobody buys.
    assert [point.at.day for point in results.curve] == [4, 5, 6, 7, 8, 9]


def test_the_same_outcomes_are_kept_once_and_new_ones_again(workplace: Workplace, stage: Stage) -> None:
    moment = AT + timedelta(days=30)
    first = results_of(workplace, stage.brief, moment)
    results_of(workplace, stage.brief, moment + timedelta(minutes=5))
    with workplace.sessions() as session:
        (kept,) = session.query(Measurement)
        assert results_from(kept.results) == first
        assert session.query(Cost).count() == 4
    _bought(workplace, ("e:late", stage.members[-1].customer_id))
    results_of(workplace, stage.brief, moment)
    with workplace.sessions() as session:
        assert session.query(Measurement).count() == 2


def test_a_campaign_that_was_never_planned_or_executed_says_so(workplace: Workplace) -> None:
    results = results_of(workplace, brief_file(), AT)
    assert (
        results.headline
        == "There is nothing to measure: nobody was planned for up to the moment that is measured."
    )
    assert (results.overall, results.arms, results.curve) == ([], [], [])
    with workplace.sessions() as session:
        assert session.query(Measurement).count() == 0


def test_campaigns_that_wrote_at_the_same_time_are_named(workplace: Workplace, stage: Stage) -> None:
    with workplace.sessions.begin() as session:
        for brief_id, at, status in (
            ("tea-week", AT - timedelta(days=50), PublicationStatus.ACCEPTED),
            ("last-year", AT - timedelta(days=60), PublicationStatus.ACCEPTED),
            ("after", AT + timedelta(days=7), PublicationStatus.ACCEPTED),
            ("stopped", AT, PublicationStatus.SUPPRESSED),
        ):
            message = make_message(
                session, run=make_run(session, brief_id=make_brief(session, id=brief_id).id)
            )
            make_publication(session, message, occurrence=at, status=status)
    results = results_of(workplace, stage.brief, AT + timedelta(days=30))
    assert results.notes[0].endswith("no past spend narrows the intervals: tea-week.")
