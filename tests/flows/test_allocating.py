"""Letting outcomes decide, from the ledger and the lake to the policy that the next occurrence goes by."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from content_store.errors import BadInput, WorkFailed
from content_store.models import (
    Message,
    Policy,
    PolicyShare,
    Publication,
    ReviewStatus,
    Run,
)
from flows.steps.allocating import Proposal, launch, propose, told
from flows.steps.publishing import publish
from flows.steps.ways import Way
from flows.steps.workplace import Workplace
from tests.factories import make_message
from tests.flows.lived import CUSTOMERS, LATER, lived
from tests.publishing.stage import AT, Stage, approve


def _lived(
    workplace: Workplace, folder: Path, rates: tuple[float, float], metric: str = "purchase_value"
) -> Stage:
    workplace.settings = workplace.settings.model_copy(update={"as_of": LATER.isoformat()})
    return lived(workplace, folder, rates, metric)


def _proposed(proposal: Proposal) -> dict[str, float]:
    (place,) = proposal.allocations
    return {item.arm: round(item.proposed, 3) for item in place.arms}


def test_outcomes_become_a_policy_and_the_next_occurrence_goes_by_it(
    workplace: Workplace, tmp_path: Path
) -> None:
    stage = _lived(workplace, tmp_path, (0.2, 0.4))
    proposal = propose(workplace, stage.brief)
    assert _proposed(proposal) == {"A coffee": 0.1, "B coffee": 0.9}
    (place,) = proposal.allocations
    assert sum(item.customers for item in place.arms) == CUSTOMERS
    assert proposal.worth is not None
    assert proposal.worth.refused is None
    assert proposal.worth.gain_low > 0
    with workplace.sessions() as session:
        assert session.scalars(select(Policy)).all() == [], "a proposal changes nothing"

    policy = launch(workplace, proposal, "ana")
    with workplace.sessions() as session:
        kept = session.get_one(Policy, policy.id)
        assert (kept.brief_id, kept.method, kept.floor, kept.made_by) == (
            "coffee-week",
            "thompson",
            0.1,
            "ana",
        )
        assert kept.as_of == LATER
        assert kept.evaluation["gain"] == pytest.approx(proposal.worth.gain)
        shares = session.scalars(select(PolicyShare).order_by(PolicyShare.arm)).all()
        assert {item.arm: item.share for item in shares} == pytest.approx(
            {"A coffee": 0.1, "B coffee": 0.9}, abs=0.001
        )
    occurrence = publish(workplace, stage.brief, Way(str(tmp_path / "next"), "jsonl"))
    assert occurrence.policy_id == policy.id
    with workplace.sessions() as session:
        query = select(Publication.message_id).where(Publication.occurrence == occurrence.at)
        chosen = Counter(session.scalars(query))
    assert 0.86 < chosen[stage.message_ids[1]] / CUSTOMERS < 0.94

    again = propose(workplace, stage.brief)
    assert {item.arm: round(item.present, 1) for item in again.allocations[0].arms} == {
        "A coffee": 0.1,
        "B coffee": 0.9,
    }
    # Nobody's window of the new occurrence is over.
    assert _proposed(again) == _proposed(proposal)

    back = propose(workplace, stage.brief, equal=True)
    assert _proposed(back) == {"A coffee": 0.5, "B coffee": 0.5}
    assert launch(workplace, back, "ana").method == "equal"
    assert {item.present for item in propose(workplace, stage.brief).allocations[0].arms} == {0.5}


def test_shares_of_customers_who_converted_are_compared_where_the_brief_counts_events(
    workplace: Workplace, tmp_path: Path
) -> None:
    stage = _lived(workplace, tmp_path, (0.2, 0.4), "purchase")
    facts = told(propose(workplace, stage.brief))
    (place,) = facts["places"]
    means = [item["mean"] for item in place["arms"]]
    assert means == [pytest.approx(0.2, abs=0.04), pytest.approx(0.4, abs=0.05)]
    assert facts["worth"]["value"]["logged"] == pytest.approx(0.3, abs=0.04)


def test_another_story_in_the_same_arm_is_a_new_message(workplace: Workplace, tmp_path: Path) -> None:
    stage = _lived(workplace, tmp_path, (0.2, 0.4))
    launch(workplace, propose(workplace, stage.brief), "ana")
    with workplace.sessions.begin() as session:
        # As a later run leaves it: a message of another theme is approved in the arm B.
        old = session.get_one(Message, stage.message_ids[1])
        old.status = ReviewStatus.SUPERSEDED
        run = session.get_one(Run, old.run_id)
        new = make_message(
            session,
            run=run,
            slots={"sms": "Tea is on."},
            arm="B",
            theme="tea",
            segment_id=old.segment_id,
            channel="sms",
            block_version_ids=[stage.block_version_id],
        )
        approve(session, new)
    (place,) = propose(workplace, stage.brief).allocations
    assert {item.arm: item.customers > 0 for item in place.arms} == {"A coffee": True, "B tea": False}
    # A was nearly never the best, so it is worth no more than the floor that a new message gets.
    assert [item.present for item in place.arms] == pytest.approx([0.5, 0.5], abs=0.01)
    assert place.note == "fewer than two messages have 50 customers whose window is over, side by side"


def test_what_customers_did_before_their_window_is_over_does_not_count(
    workplace: Workplace, tmp_path: Path
) -> None:
    stage = _lived(workplace, tmp_path, (0.2, 0.4))
    early = (AT + timedelta(days=6)).isoformat()
    workplace.settings = workplace.settings.model_copy(update={"as_of": early})
    proposal = propose(workplace, stage.brief)
    assert _proposed(proposal) == {"A coffee": 0.5, "B coffee": 0.5}
    assert proposal.worth is None
    with pytest.raises(WorkFailed, match="no place of coffee-week has enough outcomes to decide"):
        launch(workplace, proposal, "ana")


def test_shares_that_would_earn_less_are_refused_and_equal_ones_never(
    workplace: Workplace, tmp_path: Path
) -> None:
    """The ledger says that A was chosen nine times in ten, and half of the customers had it: the log is not to be believed."""
    stage = _lived(workplace, tmp_path, (0.2, 0.4))
    with workplace.sessions.begin() as session:
        session.execute(update(Publication).values(propensity=0.9))
    proposal = propose(workplace, stage.brief)
    with pytest.raises(
        WorkFailed, match="the shares were not put in force, because what they would earn cannot be told"
    ):
        launch(workplace, proposal, "ana")
    assert launch(workplace, propose(workplace, stage.brief, equal=True), "ana").method == "equal"


def test_margins_that_are_not_known_are_asked_for(workplace: Workplace, tmp_path: Path) -> None:
    stage = _lived(workplace, tmp_path, (0.2, 0.4), "purchase_margin")
    with pytest.raises(WorkFailed, match=r"the margin of what 1\d\d customers bought is not known"):
        propose(workplace, stage.brief)


def test_without_an_approved_message_there_is_nothing_to_allot(workplace: Workplace, tmp_path: Path) -> None:
    stage = _lived(workplace, tmp_path, (0.2, 0.4))
    with workplace.sessions.begin() as session:
        session.execute(update(Message).values(status=ReviewStatus.PENDING, approved_hash=None))
    with pytest.raises(BadInput, match="no message of coffee-week is approved"):
        propose(workplace, stage.brief)
