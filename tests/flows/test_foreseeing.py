"""What a brief's audience is big enough to show, from its past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from content_store.brand_folder.briefs import Conversion
from content_store.errors import BadInput
from content_store.measuring_settings import MeasuringSettings
from content_store.models import MODEL_TIME, Occurrence, Run
from content_store.setting_parts import DatabaseSettings
from content_store.settings import Settings
from evaluation.measurement.units import Lake
from flows.steps.foreseeing import foresight
from flows.steps.workplace import Workplace
from tests.evaluation.measurement.lake import write_events
from tests.factories import NOW
from tests.publishing.stage import BRAND, Stage, make_stage, write_members


@pytest.fixture
def workplace(tmp_path: Path, database_url: str) -> Iterator[Workplace]:
    """A brand that holds out a fifth, and pays 5 cents for an SMS."""
    settings = Settings(
        brand=tmp_path / "brand",
        marks=tmp_path / "marks",
        database=DatabaseSettings(url=database_url),
        measuring=MeasuringSettings(send={"sms": 0.05}, model_second=0.01),
    )
    opened = Workplace(settings, BRAND.model_copy(update={"holdout_share": 0.2}))
    yield opened
    opened.close()


@pytest.fixture
def stage(workplace: Workplace, tmp_path: Path) -> Stage:
    """50 customers of whom every fifth bought for 10 in the week before; the segments are of 9:30 on 2 March."""
    with workplace.sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=50)
        session.execute(delete(Occurrence))
        session.query(Run).one().counts = {MODEL_TIME: 6_000, "messages": 2}
    write_members(workplace.settings, stage)
    lake = Lake(workplace.settings.events_folder, workplace.settings.outcomes_folder)
    week = [
        {
            "id": f"e{number}",
            "customer_id": member.customer_id,
            "at": NOW - timedelta(days=6),
            "kind": "purchase",
            "value": 10.0,
        }
        for number, member in enumerate(stage.members)
        if number % 5 == 0
    ]
    before = {
        "id": "old",
        "customer_id": "c02",
        "at": NOW - timedelta(days=8),
        "kind": "purchase",
        "value": 900.0,
    }
    other = {
        "id": "visit",
        "customer_id": "c02",
        "at": NOW - timedelta(days=1),
        "kind": "visit",
        "value": 900.0,
    }
    write_events(lake, *week, before, other)
    return stage


def test_an_audience_is_as_telling_as_its_size_and_its_past_allow(workplace: Workplace, stage: Stage) -> None:
    found = foresight(workplace, stage.brief)
    (segment,) = found.segments
    assert (segment.customers, segment.mean) == (50, 2.0)
    # 4.04 (1.96 + 0.84) sqrt(1/10 + 1/40), and with 20 customers for each of two messages sqrt(1/20 + 1/20).
    assert segment.against_holdout == pytest.approx(4.0, abs=0.02)
    assert segment.between[2] == pytest.approx(3.58, abs=0.01)
    assert segment.between[3] is not None
    assert segment.between[3] > 4.5
    assert found.whole.between == pytest.approx(segment.between, rel=0.02)


def test_each_number_of_messages_has_its_price(workplace: Workplace, stage: Stage) -> None:
    one, two, three = foresight(workplace, stage.brief).prices
    # 3 s of the model a message; two messages were approved at once, which counts 5 minutes.
    assert (one.messages, one.model_seconds, one.reviewer_minutes, one.sends) == (1, 3.0, 2.5, {"sms": 40})
    assert one.amount == pytest.approx(3 * 0.01 + 2.5 * 0.75 + 40 * 0.05)
    assert three.amount - two.amount == pytest.approx(3 * 0.01 + 2.5 * 0.75)


def test_a_brief_that_counts_conversions_is_told_by_shares(workplace: Workplace, stage: Stage) -> None:
    brief = stage.brief.model_copy(update={"conversion": Conversion(metric="purchase", window_days=7)})
    found = foresight(workplace, brief)
    assert (found.share, found.whole.mean) == (True, 0.2)


def test_without_a_past_a_sentence_says_what_is_missing(workplace: Workplace, stage: Stage) -> None:
    for file in workplace.settings.events_folder.glob("*/*/*.parquet"):
        file.unlink()
    with pytest.raises(BadInput, match="there are no events of the past yet; run `surmesure ingest` first"):
        foresight(workplace, stage.brief)
