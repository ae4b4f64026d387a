"""Queries that more than one caller needs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from content_store import queries
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.models import Action, BlockStatus, BlockVersion, ReviewStatus, SourceKind
from tests.factories import (
    NOW,
    RULES,
    make_block_version,
    make_candidate,
    make_consent,
    make_customer,
    make_message,
    make_run,
    make_segment,
    make_segmentation,
    make_snapshot,
    make_source,
    make_variant,
    person,
)

TODAY = date(2026, 3, 2)


def test_the_newest_answer_of_a_customer_counts(sessions: Sessions) -> None:
    with sessions.begin() as session:
        always, left, back, never = (
            make_customer(session, id=name) for name in ("always", "left", "back", "never")
        )
        make_customer(session, id="unasked")
        make_consent(session, always, at=NOW - timedelta(days=9))
        make_consent(session, left, at=NOW, granted=False)
        make_consent(session, left, at=NOW - timedelta(seconds=1), granted=True)
        make_consent(session, back, at=NOW - timedelta(days=1), granted=False)
        make_consent(session, back, at=NOW, granted=True)
        make_consent(session, never, granted=False)
    with sessions() as session:
        assert queries.consenting_customers(session, "marketing", "email") == ["always", "back"]


def test_a_consent_counts_for_its_purpose_and_channel_only(sessions: Sessions) -> None:
    with sessions.begin() as session:
        ana, ben = make_customer(session, id="ana"), make_customer(session, id="ben")
        make_consent(session, ana, channel="email")
        make_consent(session, ana, channel="sms", granted=False, at=NOW + timedelta(days=1))
        make_consent(session, ben, purpose="research")
    with sessions() as session:
        assert queries.consenting_customers(session, "marketing", "email") == ["ana"]
        assert queries.consenting_customers(session, "marketing", "sms") == []
        assert queries.consenting_customers(session, "research", "email") == ["ben"]


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "usable"),
    [
        (None, None, True),
        (TODAY, None, True),
        (None, TODAY, True),
        (TODAY, TODAY, True),
        (TODAY + timedelta(days=1), None, False),
        (None, TODAY - timedelta(days=1), False),
    ],
)
def test_a_version_is_usable_from_its_first_to_its_last_day(
    sessions: Sessions, valid_from: date | None, valid_until: date | None, usable: bool
) -> None:
    with sessions.begin() as session:
        version = make_block_version(session, valid_from=valid_from, valid_until=valid_until)
        assert version.valid_on(TODAY) is usable
    with sessions() as session:
        assert len(queries.usable_versions(session, TODAY, locale="en-US", channel="email")) == usable
        assert len(queries.searchable_ids(session, day=TODAY)) == usable


@pytest.mark.parametrize("status", list(BlockStatus))
def test_only_an_approved_version_is_usable(sessions: Sessions, status: BlockStatus) -> None:
    with sessions.begin() as session:
        make_block_version(session, status=status)
    with sessions() as session:
        assert len(_usable(session)) == (status is BlockStatus.APPROVED)


def test_a_version_is_usable_in_its_locale_on_its_channels_and_in_the_wanted_slots(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        first = make_block_version(session, block_id="first", slot="opening", channels=["email", "push"])
        make_block_version(session, block_id="texted", slot="opening", channels=["sms"])
        make_block_version(session, block_id="french", slot="opening", locale="fr-FR")
        last = make_block_version(session, block_id="last", slot="cta", themes=["coffee", "offers"])
    with sessions() as session:
        assert _names(_usable(session)) == ["first", "last"]
        assert _names(_usable(session, channel="push")) == ["first"]
        assert _names(_usable(session, locale="fr-FR")) == ["french"]
        assert _names(
            queries.usable_versions(session, TODAY, locale="en-US", channel="email", slots=["cta"])
        ) == ["last"]
        assert queries.searchable_ids(session, locale="en-US", channel="email") == [first.id, last.id]
        assert queries.searchable_ids(session, theme="offers") == [last.id]
        assert queries.searchable_ids(session, slot="opening", channel="push") == [first.id]


def test_a_segment_goes_by_its_newest_name(sessions: Sessions) -> None:
    with sessions.begin() as session:
        old, new = make_segmentation(session), make_segmentation(session)
        kept, gone = make_segment(session), make_segment(session)
        make_snapshot(session, old, kept, name="Tea drinkers")
        make_snapshot(session, old, gone, name="Night owls")
        make_snapshot(session, new, kept, name="Coffee drinkers")
    with sessions() as session:
        assert queries.segment_names(session) == {kept.id: "Coffee drinkers", gone.id: "Night owls"}
        newest = queries.latest_segmentation(session)
        assert newest is not None
        assert newest.id == new.id
        assert [snapshot.name for snapshot in queries.snapshots(session, new.id)] == ["Coffee drinkers"]


def test_segments_of_a_pass_come_by_size_and_then_by_id(sessions: Sessions) -> None:
    with sessions.begin() as session:
        segmentation = make_segmentation(session)
        for size in (60, 90, 60):
            make_snapshot(session, segmentation, make_segment(session), size=size, name=f"{size}")
    with sessions() as session:
        found = queries.snapshots(session, segmentation.id)
    assert [snapshot.size for snapshot in found] == [90, 60, 60]
    assert found[1].segment_id < found[2].segment_id


def test_without_segments_there_is_no_name_and_no_newest_pass(sessions: Sessions) -> None:
    with sessions() as session:
        assert queries.segment_names(session) == {}
        assert queries.latest_segmentation(session) is None


def test_alternatives_are_the_other_variants_of_the_same_place_that_may_still_be_used(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        segment = make_segment(session).id
        chosen = make_variant(session, run, segment_id=segment)
        second = make_variant(session, run, segment_id=segment)
        refused = make_variant(session, run, segment_id=segment, status=ReviewStatus.REJECTED)
        make_variant(session, run, segment_id=segment, status=ReviewStatus.SUPERSEDED)
        make_variant(session, run, segment_id=segment, status=ReviewStatus.RECALLED)
        make_variant(session, run, segment_id=segment, slot="opening")
        make_variant(session, run, segment_id=segment, locale="fr-FR")
        make_variant(session, run, segment_id=segment, channel="push")
        make_variant(session, run)
        make_variant(session, make_run(session), segment_id=segment)
    with sessions() as session:
        assert [variant.id for variant in queries.alternatives(session, chosen)] == [second.id, refused.id]


def test_messages_are_listed_by_brief_and_status_with_their_variants_in_the_order_of_the_slots(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        first = make_message(session, slots={"subject": "Hot", "preheader": "and", "cta": "strong"})
        second = make_message(session, status=ReviewStatus.APPROVED)
    with sessions() as session:
        assert [message.id for message in queries.messages(session)] == [first.id, second.id]
        assert [message.id for message in queries.messages(session, limit=1)] == [first.id]
        assert [message.id for message in queries.messages(session, brief=first.brief_id)] == [first.id]
        assert [message.id for message in queries.messages(session, status=ReviewStatus.APPROVED)] == [
            second.id
        ]
        filled = queries.message_variants(session, [first.id])
        assert [variant.text for variant in filled[first.id]] == ["Hot", "and", "strong"]
        assert [variant.text for variant in queries.variants(session, slot="cta")] == ["strong"]


def test_only_the_newest_content_of_a_location_counts_for_fingerprints(sessions: Sessions) -> None:
    with sessions.begin() as session:
        make_source(session, kind=SourceKind.EVENTS, location="events.csv", fingerprint="old")
        make_source(session, kind=SourceKind.EVENTS, location="events.csv", fingerprint="new")
        make_source(
            session,
            kind=SourceKind.EVENTS,
            location="a long query" + " or another" * 1000,
            fingerprint="query",
        )
        make_source(session, kind=SourceKind.CONSENTS, location="consents.csv", fingerprint="consents")
    with sessions() as session:
        assert queries.newest_fingerprints(session, [SourceKind.EVENTS]) == ["query", "new"]


def _usable(session: Session, *, locale: str = "en-US", channel: str = "email") -> list[BlockVersion]:
    return queries.usable_versions(session, TODAY, locale=locale, channel=channel)


def _names(versions: list[BlockVersion]) -> list[str]:
    return [version.block_id for version in versions]


def test_the_texts_of_a_model_count_by_the_last_decision_on_their_message(sessions: Sessions) -> None:
    with sessions.begin() as session:
        run = make_run(session)
        for number, (model, actions) in enumerate(
            [
                ("ours", [Action.APPROVE]),
                ("ours", [Action.APPROVE, Action.REOPEN, Action.REJECT]),
                ("ours", []),
                ("theirs", [Action.APPROVE]),
            ]
        ):
            message = make_message(
                session, run=run, slots={"subject": f"Text {number}", "cta": f"Go {number}"}
            )
            subject = queries.message_variants(session, [message.id])[message.id][0]
            subject.candidate_id = make_candidate(session, run, model=model).id
            for action in actions:
                decide(
                    session,
                    Seen(message.id, message.content_hash),
                    action,
                    by=person(session, "ana"),
                    at=NOW,
                    day=NOW.date(),
                    rules=RULES,
                    reason="so",
                )
        assert queries.decided_texts(session, "ours") == (1, 2)
        assert queries.decided_texts(session, "nobody's") == (0, 0)
