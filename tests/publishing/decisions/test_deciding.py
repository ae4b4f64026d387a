"""What a customer is shown on request, what the ledger says of it, and what speaks against it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from content_store import suppressions
from content_store.library import change_status
from content_store.models import (
    HOLDOUT,
    BlockStatus,
    Customer,
    Message,
    PublicationStatus,
    ReviewStatus,
    SuppressionReason,
    Variant,
)
from content_store.recall import recall
from content_store.withdrawals import withdraw
from publishing.decisions.endpoint import PATH
from publishing.receipt_tokens import read_receipt
from tests.factories import (
    NOW,
    make_brief,
    make_consent,
    make_customer,
    make_policy,
    make_run,
    make_segmentation,
    person,
)
from tests.publishing.decisions.site import (
    BRAND,
    RECEIPT_KEY,
    Site,
    add_brief,
    fill,
    running,
    write_members,
)
from tests.publishing.stage import SUPPRESSION_KEY

DEFAULT = "We are open until 8."


def test_a_customer_is_shown_an_approved_message_and_the_ledger_says_which(
    engine: Engine, tmp_path: Path
) -> None:
    ids = fill(engine, tmp_path)
    with running(Site(engine, tmp_path)) as site:
        told = site.ask("c01")
        (row,) = site.ledger()
    assert told == {
        "slot": "banner",
        "text": "Hot coffee, now.",
        "landing_page": "https://fairlow.example.com/coffee",
        "ai_disclosure": "mode=ai-originated",
        "default": False,
        "receipt": told["receipt"],
    }
    assert read_receipt(RECEIPT_KEY, told["receipt"]) == row.id
    with Session(engine) as session:
        message = session.get_one(Message, ids["messages"][1])
    assert (row.brief_id, row.customer_id, row.channel, row.step) == ("coffee-week", "c01", "onsite", 0)
    assert (row.message_id, row.approved_hash) == (message.id, message.approved_hash)
    assert (row.status, row.reason, row.propensity) == (PublicationStatus.ACCEPTED, None, 0.5)
    assert (row.occurrence, row.planned_at, row.sent_at) == (NOW, NOW, NOW)
    assert row.rendered_hash == "79e80c463d610ce652d041f1282055e0f696b56ceb31518ad57ab29dc9e4154e"
    assert (row.filled_in, row.delivery_id) == ({}, None)


def test_both_arms_are_shown_each_to_the_same_customers_always(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path, customers=20, caps={"messages": 9, "days": 9})
    with running(Site(engine, tmp_path)) as site:
        first = [site.text(f"c{number:02}") for number in range(1, 21)]
        site.now += timedelta(days=2)
        site.decisions.look()
        assert [site.text(f"c{number:02}") for number in range(1, 21)] == first
    assert (first.count("Coffee is on."), first.count("Hot coffee, now.")) == (14, 6)


def test_outcomes_decide_how_often_each_arm_is_shown_and_a_withdrawn_one_leaves_its_part(
    engine: Engine, tmp_path: Path
) -> None:
    ids = fill(
        engine, tmp_path, customers=40, texts=("One.", "Two.", "Three."), caps={"messages": 9, "days": 9}
    )
    place, text = (ids["segment"], "onsite", "en-US"), dict(zip(ids["messages"], "123", strict=True))
    with running(Site(engine, tmp_path)) as site:
        site.text("c01")
        with Session(engine) as session, session.begin():
            make_policy(session, "coffee-week", {place: {"A coffee": 0.8, "B coffee": 0.1, "C coffee": 0.1}})
        site.decisions.look()
        shown = Counter(site.text(f"c{number:02}") for number in range(2, 41))
        assert shown == {"One.": 34, "Two.": 1, "Three.": 4}
        with Session(engine) as session, session.begin():
            gone = update(Message).where(Message.id == ids["messages"][0])
            session.execute(gone.values(status=ReviewStatus.REJECTED))
        # The catalogue does not know yet; the transaction does.
        site.now += timedelta(hours=13)
        assert {site.text(f"c{number:02}") for number in range(2, 41)} == {"Two.", "Three."}
        rows = [(text[row.message_id], round(row.propensity, 9)) for row in site.ledger()]
    assert rows[0][1] == round(1 / 3, 9)
    assert set(rows[1:40]) == {("1", 0.8), ("2", 0.1), ("3", 0.1)}
    assert set(rows[40:]) == {("2", 0.5), ("3", 0.5)}


def test_for_a_day_there_is_one_receipt_and_then_another_within_the_cap(
    engine: Engine, tmp_path: Path
) -> None:
    fill(engine, tmp_path, caps={"messages": 2, "days": 7})
    with running(Site(engine, tmp_path)) as site:
        told = []
        for hours in (0, 12, 12, 24, 24):  # the third is a whole day after the first
            site.now += timedelta(hours=hours)
            site.decisions.look()
            told.append(site.ask())
        assert told[0] == told[1]
        assert told[2]["receipt"] != told[0]["receipt"]
        assert (told[2]["text"], told[2]["default"]) == (told[0]["text"], False)
        assert [item["text"] for item in told[3:]] == [DEFAULT, DEFAULT]
        assert [row.occurrence - NOW for row in site.ledger()] == [timedelta(0), timedelta(days=1)]


def test_twice_in_one_microsecond_is_two_occurrences_when_the_first_message_was_sent_back(
    engine: Engine, tmp_path: Path
) -> None:
    ids = fill(engine, tmp_path, caps={"messages": 2, "days": 7})
    with running(Site(engine, tmp_path)) as site:
        assert site.text() == "Hot coffee, now."
        with Session(engine) as session, session.begin():
            session.execute(update(Message).where(Message.id == ids["messages"][1]).values(status="pending"))
        assert site.text() == "Coffee is on."
        first, second = site.ledger()
    assert second.occurrence - first.occurrence == timedelta(microseconds=1)
    assert (first.propensity, second.propensity) == (0.5, 1.0)


@pytest.mark.parametrize("customer", ["nobody", "c03", "c04", "C01", "c01 ", "é\U0001f600", "'; --"])
def test_strangers_get_the_default(engine: Engine, tmp_path: Path, customer: str) -> None:
    fill(engine, tmp_path)
    with Session(engine) as session, session.begin():
        # c03 came after the segmentation, c04 agreed to mails only
        make_consent(session, make_customer(session, id="c03"), channel="onsite")
        make_consent(session, make_customer(session, id="c04"), channel="email")
    with running(Site(engine, tmp_path)) as site:
        assert site.ask(customer) == {
            "slot": "banner",
            "text": DEFAULT,
            "landing_page": None,
            "ai_disclosure": None,
            "default": True,
            "receipt": None,
        }
        assert site.ledger() == []


def test_whoever_withdrew_is_shown_nothing_from_then_on(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path)
    with running(Site(engine, tmp_path)) as site:
        assert site.text("c01") != DEFAULT
        with Session(engine) as session, session.begin():
            withdraw(session, "c01", "marketing", "onsite", at=NOW, proof="a call")
        assert (site.text("c01"), site.text("c02") != DEFAULT) == (DEFAULT, True)


def test_the_newest_consent_counts_and_only_that_of_the_purpose(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path, customers=3)
    with Session(engine) as session, session.begin():
        for customer, purpose, days in (("c01", "marketing", 1), ("c02", "research", 1), ("c03", "marketing", -1)):  # fmt: skip
            make_consent(
                session,
                session.get_one(Customer, customer),
                channel="onsite",
                purpose=purpose,
                granted=False,
                at=NOW + timedelta(days=days),
            )
    with running(Site(engine, tmp_path)) as site:
        assert [site.text(customer) == DEFAULT for customer in ("c01", "c02", "c03")] == [True, False, False]


@pytest.mark.parametrize(("channel", "stopped"), [("", True), ("onsite", True), ("email", False)])
def test_whoever_stands_on_the_list_is_shown_nothing(
    engine: Engine, tmp_path: Path, channel: str, stopped: bool
) -> None:
    fill(engine, tmp_path)
    with running(Site(engine, tmp_path)) as site:
        site.ask("c01")
        with Session(engine) as session, session.begin():
            hashed = suppressions.of_customer(SUPPRESSION_KEY, "c01")
            suppressions.suppress(session, hashed, channel, SuppressionReason.ERASED, at=NOW, proof="")
        assert (site.text("c01") == DEFAULT) is stopped
        assert site.text("c02") != DEFAULT


def test_who_is_held_out_sees_the_default_and_is_counted(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path, customers=20)
    held = BRAND.model_copy(update={"holdout_share": 0.2})
    with running(Site(engine, tmp_path, held)) as site:
        told = {f"c{number:02}": site.ask(f"c{number:02}") for number in range(1, 21)}
        again = {customer: site.ask(customer) for customer in told}
        rows = {row.customer_id: row for row in site.ledger() if row.reason == HOLDOUT}
    assert again == told
    assert sorted(customer for customer, item in told.items() if item["default"]) == sorted(rows)
    assert len(rows) == 4
    for customer, row in rows.items():
        assert (told[customer]["text"], told[customer]["landing_page"]) == (DEFAULT, None)
        assert read_receipt(RECEIPT_KEY, told[customer]["receipt"]) == row.id
        assert (row.status, row.sent_at, row.rendered_hash) == (PublicationStatus.SUPPRESSED, None, None)
        assert row.propensity == 0.5


def test_a_recall_stops_it_at_once(engine: Engine, tmp_path: Path) -> None:
    ids = fill(engine, tmp_path)
    with running(Site(engine, tmp_path)) as site:
        assert site.text() != DEFAULT
        with Session(engine) as session, session.begin():
            recall(session, ids["block"], by=person(session, "rita"), at=NOW, reason="wrong price")
        assert site.ask()["text"] == DEFAULT
        with Session(engine) as session, session.begin():
            recall(session, ids["hours"], by=person(session, "rita"), at=NOW, reason="closed")
        assert site.ask() == {
            "slot": "banner",
            "text": None,
            "landing_page": None,
            "ai_disclosure": None,
            "default": True,
            "receipt": None,
        }


def test_a_block_that_its_file_withdrew_stops_it_too(engine: Engine, tmp_path: Path) -> None:
    ids = fill(engine, tmp_path)
    with running(Site(engine, tmp_path)) as site:
        assert site.text() != DEFAULT
        with Session(engine) as session, session.begin():
            change_status(session, ids["block"], BlockStatus.WITHDRAWN)
        assert site.text() == DEFAULT


def test_bytes_that_nobody_approved_are_never_shown(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path)
    with Session(engine) as session, session.begin():
        session.execute(update(Variant).values(text="Everything is free."))
    with running(Site(engine, tmp_path)) as site:
        assert site.text() == DEFAULT
        with Session(engine) as session, session.begin():
            session.execute(update(Message).values(approved_hash="x" * 64))
        site.decisions.look()
        assert site.text() == DEFAULT


def test_a_message_approved_while_it_runs_is_shown_after_the_next_look(
    engine: Engine, tmp_path: Path
) -> None:
    ids = fill(engine, tmp_path, texts=())
    with running(Site(engine, tmp_path)) as site:
        assert site.text() == DEFAULT
        with Session(engine) as session, session.begin():
            add_brief(session, ids, texts=("Tea is on.",), id="tea-week")
        assert site.text() == DEFAULT
        site.decisions.look()
        assert site.text() == "Tea is on."


def test_nothing_of_a_brief_is_shown_after_its_last_day(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path, valid_until=date(2026, 3, 2))
    with running(Site(engine, tmp_path)) as site:
        site.now = datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
        assert site.text("c01") != DEFAULT
        site.now = datetime(2026, 3, 3, tzinfo=UTC)
        assert site.text("c01") == DEFAULT
        site.decisions.look()
        assert site.text("c02") == DEFAULT


def test_of_two_briefs_the_one_that_ends_first_gets_the_slot_and_the_other_what_it_leaves(
    engine: Engine, tmp_path: Path
) -> None:
    ids = fill(engine, tmp_path, texts=("Coffee.",), caps={"messages": 9, "days": 9})
    with Session(engine) as session, session.begin():
        add_brief(session, ids, ("Tea.",), id="tea-week", valid_until=date(2026, 4, 1))
        add_brief(session, ids, ("Apples.",), id="apple-week", caps={"messages": 9, "days": 9})
    with running(Site(engine, tmp_path)) as site:
        assert site.text("c01") == "Tea."
        site.now += timedelta(days=1)
        site.decisions.look()
        # Tea may be shown once a week; of the two without an end the id decides.
        assert site.text("c01") == "Apples."


def test_slots_of_one_message_share_a_receipt_and_others_have_their_own(
    engine: Engine, tmp_path: Path
) -> None:
    ids = fill(engine, tmp_path, texts=("Coffee.",))
    with Session(engine) as session, session.begin():
        add_brief(session, ids, ("Tea.",), slot="corner", id="tea-week", caps={"messages": 2, "days": 7})
    with running(Site(engine, tmp_path)) as site:
        answer = site.client.post(PATH, json={"customer": "c01", "slots": ["corner", "banner"]})
        decisions = answer.json()["decisions"]
    assert [(item["slot"], item["text"]) for item in decisions] == [("corner", "Tea."), ("banner", "Coffee.")]
    assert decisions[0]["receipt"] != decisions[1]["receipt"]


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ({}, [True, True]),
        ({"segments": ["Coffee drinkers"]}, [True, True]),
        ({"segments": ["Tea drinkers"]}, [False, False]),
        ({"inactive_days_min": 3, "inactive_days_max": 3}, [True, False]),
        ({"inactive_days_max": 2}, [False, False]),
    ],
)
def test_only_the_audience_is_shown_it(
    engine: Engine, tmp_path: Path, audience: dict[str, Any], expected: list[bool]
) -> None:
    ids = fill(engine, tmp_path, customers=2, audience={"description": "Some.", **audience})
    (tmp_path / str(ids["segmentation"]) / "part=0" / "members.parquet").unlink()
    (tmp_path / str(ids["segmentation"]) / "part=0").rmdir()
    members = {"c01": (ids["segment"], 3.0), "c02": (ids["segment"], None)}
    write_members(tmp_path, ids["segmentation"], members)
    with running(Site(engine, tmp_path)) as site:
        assert [site.text(customer) != DEFAULT for customer in ("c01", "c02")] == expected


def test_a_customer_reads_their_own_language_where_there_is_a_message_in_it(
    engine: Engine, tmp_path: Path
) -> None:
    ids = fill(engine, tmp_path, texts=("Coffee.",), locales=["en-US", "fr-FR"])
    with Session(engine) as session, session.begin():
        add_brief(session, ids, ("Café.",), id="b", locale="fr-FR", locales=["en-US"], valid_until=date(2026, 3, 9))  # fmt: skip
        session.get_one(Customer, "c02").locale = "fr-FR"
    with running(Site(engine, tmp_path)) as site:
        assert [site.text("c01"), site.text("c02")] == ["Coffee.", "Café."]


def test_without_membership_or_briefs_there_are_defaults_only(engine: Engine, tmp_path: Path) -> None:
    with running(Site(engine, tmp_path)) as site:
        assert site.text() is None
    fill(engine, tmp_path)
    with running(Site(engine, tmp_path / "elsewhere")) as site:
        assert site.text() == DEFAULT


def test_the_old_lists_of_members_serve_until_the_new_ones_are_there(engine: Engine, tmp_path: Path) -> None:
    ids = fill(engine, tmp_path, customers=3)
    with running(Site(engine, tmp_path)) as site:
        with Session(engine) as session, session.begin():
            newer = make_segmentation(session).id
        site.decisions.look()
        assert site.text("c01") != DEFAULT
        write_members(tmp_path, newer, {"c02": (ids["segment"], 1.0)})
        site.decisions.look()
        assert [site.text("c02") == DEFAULT, site.text("c03") == DEFAULT] == [False, True]


def test_a_brief_of_another_version_is_left_out(engine: Engine, tmp_path: Path) -> None:
    ids = fill(engine, tmp_path)
    with Session(engine) as session, session.begin():
        old = make_brief(session, content={"channels": ["onsite"]})
        make_run(session, brief_id=old.id, segmentation_id=ids["segmentation"])
    with running(Site(engine, tmp_path)) as site:
        assert site.text() != DEFAULT
