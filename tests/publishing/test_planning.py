"""A plan has a row for everybody whom the brief may reach, and a count of the others with the reason."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from content_store.database import Sessions
from content_store.models import HOLDOUT, Customer, Delivery, Message, Publication, PublicationStatus
from content_store.recall import recall
from content_store.shares import load_shares
from publishing.planning import Member, approved_messages, plan_portion
from tests.factories import NOW, make_consent, make_customer, make_policy, make_segment, person
from tests.publishing.stage import BRAND, make_stage, plan


def test_everybody_with_consent_is_planned_once_with_an_arm_and_its_probability(
    sessions: Sessions, tmp_path: Path
) -> None:
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path)
        assert plan(session, stage) == [{}, {}, {}]
        assert plan(session, stage) == [None, None, None], "planned already"
    with sessions() as session:
        rows = session.scalars(select(Publication).order_by(Publication.customer_id)).all()
        assert [row.customer_id for row in rows] == ["c01", "c02", "c03", "c04", "c05"]
        assert {row.propensity for row in rows} == {0.5}
        assert {row.message_id for row in rows} == set(stage.message_ids)
        assert {row.status for row in rows} == {PublicationStatus.PLANNED}
        hashes = dict(session.execute(select(Message.id, Message.approved_hash)).all())
        assert all(row.approved_hash == hashes[row.message_id] for row in rows)
        portions = [session.get_one(Delivery, row.delivery_id).number for row in rows if row.delivery_id]
        assert portions == [1, 1, 2, 2, 3]


def test_who_did_not_agree_or_has_no_message_is_counted_and_not_planned(
    sessions: Sessions, tmp_path: Path
) -> None:
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=2)
        withdrawn, never = make_customer(session, id="c03"), make_customer(session, id="c04")
        make_consent(session, withdrawn, channel="sms")
        make_consent(session, withdrawn, channel="sms", granted=False, at=NOW + timedelta(days=1))
        make_consent(session, never, channel="email")
        stranger = make_customer(session, id="c05")
        make_consent(session, stranger, channel="sms")
        segment = stage.members[0].segment_id
        stage.members.extend(
            [Member("c03", segment), Member("c04", segment), Member("c05", make_segment(session).id)]
        )
        assert plan(session, stage, portion=10) == [
            {"no consent for marketing by sms": 2, "no approved message for the segment": 1}
        ]
        assert len(session.scalars(select(Publication)).all()) == 2


def test_the_holdout_stands_in_the_ledger_and_gets_nothing(sessions: Sessions, tmp_path: Path) -> None:
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path)
        plan(session, stage, brand=BRAND.model_copy(update={"holdout_share": 1.0}))
        rows = session.scalars(select(Publication)).all()
        assert [(row.status, row.reason) for row in rows] == [(PublicationStatus.SUPPRESSED, HOLDOUT)] * 5


def test_a_message_on_a_recalled_block_is_not_planned(sessions: Sessions, tmp_path: Path) -> None:
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path)
        assert [len(arms) for arms in approved_messages(session, stage.brief.id, NOW.date()).values()] == [2]
        recall(session, stage.block_version_id, by=person(session, "rita"), at=NOW, reason="wrong price")
        assert approved_messages(session, stage.brief.id, NOW.date()) == {}


def test_a_policy_says_how_often_each_message_is_chosen_and_the_ledger_notes_it(
    sessions: Sessions, tmp_path: Path
) -> None:
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=60)
        place = (stage.members[0].segment_id, "sms", "en-US")
        stage.occurrence.policy_id = make_policy(
            session, stage.brief.id, {place: {"A coffee": 0.1, "B coffee": 0.9}}
        ).id
        plan(session, stage, portion=60)
        rows = session.scalars(select(Publication)).all()
        assert {(row.message_id, round(row.propensity, 9)) for row in rows} == {
            (stage.message_ids[0], 0.1),
            (stage.message_ids[1], 0.9),
        }
        assert Counter(row.message_id for row in rows)[stage.message_ids[0]] == 8


def test_the_arm_of_one_channel_says_nothing_of_that_of_another(sessions: Sessions, tmp_path: Path) -> None:
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=60)
        for member in stage.members:
            make_consent(session, session.get_one(Customer, member.customer_id), channel="email")
        messages = approved_messages(session, stage.brief.id, NOW.date())
        messages |= {place._replace(channel="email"): arms for place, arms in messages.items()}
        chosen = {}
        for channel in ("sms", "email"):
            plan_portion(
                session, stage.occurrence, channel, 1, stage.members, messages, stage.brief, BRAND, NOW
            )
            rows = session.scalars(select(Publication).where(Publication.channel == channel))
            chosen[channel] = {row.customer_id: row.message_id for row in rows}
        alike = sum(chosen["sms"][customer] == chosen["email"][customer] for customer in chosen["sms"])
        assert (len(chosen["sms"]), alike) == (60, 37)


def test_only_messages_that_may_go_out_have_shares(sessions: Sessions, tmp_path: Path) -> None:
    with sessions.begin() as session:
        stage = make_stage(session, tmp_path)
        place = (stage.members[0].segment_id, "sms", "en-US")
        policy = make_policy(
            session, stage.brief.id, {place: {"A coffee": 0.2, "B coffee": 0.6, "C coffee": 0.2}}
        )
        shares = load_shares(session, policy.id)
        (arms,) = approved_messages(session, stage.brief.id, NOW.date(), shares).values()
        # C has no message: what it had goes to the others in proportion.
        assert [arm.share for arm in arms] == pytest.approx([0.25, 0.75])
