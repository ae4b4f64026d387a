"""The library on the page: found, compared, approved, recalled, and reported without a formula in any cell."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from content_store.decisions import Seen, decide
from content_store.models import (
    Action,
    BlockStatus,
    BlockVersion,
    Decision,
    Message,
    Publication,
    PublicationStatus,
    ReviewStatus,
    Run,
)
from review.block_library import Filters, block_lines
from review.csv_file import harmless
from review.desk import Desk
from review.recall_report import lines
from tests.factories import NOW, RULES, make_block_version, make_message, make_publication, person
from tests.review.signed_in import browser_of


def test_the_list_finds_blocks_by_name_text_slot_and_standing(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        make_block_version(session, block_id="roast", text="Our medium roast.")
        make_block_version(
            session, block_id="roast", number=2, text="Our dark roast.", status=BlockStatus.DRAFT
        )
        make_block_version(
            session, block_id="offers/100%", slot="cta", text="Half the price.", status=BlockStatus.WITHDRAWN
        )
    browser = browser_of(desk, ana)
    everything = browser.get("/blocks").text
    assert "Our medium roast." in everything
    assert "Our dark roast." not in everything
    assert "a version waits for approval" in everything
    for query, found in (
        ("show=undecided", ["roast"]),
        ("show=withdrawn", ["offers/100%"]),
        ("slot=cta", ["offers/100%"]),
        ("search=0%25", ["offers/100%"]),
        ("search=MEDIUM", ["roast"]),
        ("search=nothing", []),
        ("after=offers/100%25", ["roast"]),
    ):
        page = browser.get(f"/blocks?{query}").text
        assert [name for name in ("offers/100%", "roast") if f"<bdi>{name}</bdi></a>" in page] == found


def test_a_block_shows_its_versions_with_what_changed_and_where_each_is_used(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana", briefs=["spring"])
        old = make_block_version(
            session, block_id="roast", text="Our medium roast.", valid_until=date(2026, 3, 1)
        )
        make_block_version(
            session, block_id="roast", number=2, text="Our dark roast.", status=BlockStatus.DRAFT
        )
        message = make_message(session, block_version_ids=[old.id])
        hidden = message.brief_id
    page = browser_of(desk, ana).get(f"/blocks/versions/{old.id}").text
    assert "<del>" in page
    assert "medium</del>" in page
    assert ">over</span>" in page
    assert "Approve version 2" in page
    assert hidden not in page


def test_approving_a_version_puts_messages_on_the_old_one_back(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        old = make_block_version(session, block_id="roast")
        new = make_block_version(session, block_id="roast", number=2, status=BlockStatus.DRAFT)
        message = make_message(session, block_version_ids=[old.id])
        seen = Seen(message.id, message.content_hash)
        decide(session, seen, Action.APPROVE, by=ana, at=NOW, day=NOW.date(), rules=RULES)
    browser = browser_of(desk, ana)
    answer = browser.post(f"/blocks/versions/{new.id}/approval")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/blocks/versions/{new.id}?done=1")
    assert "wait for a decision again: 1" in browser.get(answer.headers["location"]).text
    with desk.sessions() as session:
        assert session.get_one(Message, message.id).status is ReviewStatus.PENDING
        actions = session.scalars(select(Decision.action).order_by(Decision.id)).all()
    assert actions == [Action.APPROVE, Action.APPROVE_BLOCK, Action.LAPSE]
    assert browser.post(f"/blocks/versions/{new.id}/approval").status_code == 409


def test_a_recall_shows_its_reach_asks_why_and_ends_in_a_report(desk: Desk) -> None:
    version_id, message_id = _published(desk)
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
    browser = browser_of(desk, ana)
    asked = browser.get(f"/blocks/versions/{version_id}/recall").text
    assert [line for line in asked.splitlines() if "customers who may have seen it" in line] == [
        "  <div><dt>customers who may have seen it</dt><dd>1</dd></div>"
    ]
    assert browser.post(f"/blocks/versions/{version_id}/recall", data={"reason": "  "}).status_code == 422
    answer = browser.post(f"/blocks/versions/{version_id}/recall", data={"reason": "wrong price"})
    assert answer.headers["location"] == f"/blocks/versions/{version_id}/report"
    report = browser.get(answer.headers["location"]).text
    assert '<q dir="auto">wrong price</q>' in report
    with desk.sessions() as session:
        assert session.get_one(Message, message_id).status is ReviewStatus.RECALLED
        assert session.get_one(BlockVersion, version_id).status is BlockStatus.WITHDRAWN
    assert browser.post(f"/blocks/versions/{version_id}/recall", data={"reason": "again"}).status_code == 409


def test_the_report_is_a_table_to_download_in_which_no_cell_is_a_formula(desk: Desk) -> None:
    version_id, message_id = _published(desk)
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
    answer = browser_of(desk, ana).get(f"/blocks/versions/{version_id}/report.csv")
    assert (
        answer.headers["content-disposition"] == f'attachment; filename="recall-of-version-{version_id}.csv"'
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["kind"], row["slot"]) for row in rows[:3]] == [
        ("variant", "subject"),
        ("variant", "opening"),
        ("message", ""),
    ]
    assert rows[2]["id"] == str(message_id)
    assert [(row["customer_id"], row["message_id"], row["status"], row["sent_at"]) for row in rows[3:]] == [
        ("'=HYPERLINK(1)", str(message_id), "accepted", "2026-03-02 09:30:00+00:00"),
        ("c2", str(message_id), "planned", ""),
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("value", "cell"), [(None, ""), ("a=1", "a=1"), (7, "7"), (ReviewStatus.PENDING, "pending")]
)
def test_other_values_stand_as_they_are(value: Any, cell: str) -> None:
    assert harmless(value) == cell


@pytest.mark.parametrize("role", ["viewer", "author", "admin"])
def test_who_keeps_no_blocks_sees_them_and_changes_nothing(desk: Desk, role: str) -> None:
    with desk.sessions.begin() as session:
        tom = person(session, "tom", role)
        version = make_block_version(session, status=BlockStatus.DRAFT)
    browser = browser_of(desk, tom)
    page = browser.get(f"/blocks/versions/{version.id}")
    assert page.status_code == 200
    assert "Approve version" not in page.text
    for way in ("approval", "recall"):
        assert browser.post(f"/blocks/versions/{version.id}/{way}", data={"reason": "x"}).status_code == 403
    for way in ("recall", "report", "report.csv"):
        assert browser.get(f"/blocks/versions/{version.id}/{way}").status_code == 403


@pytest.mark.parametrize(("number", "status"), [(404, 404), (2**63, 422)])
def test_a_version_that_is_not_there_is_404_and_a_number_that_none_can_have_422(
    desk: Desk, number: int, status: int
) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
    browser = browser_of(desk, ana)
    assert browser.get(f"/blocks/versions/{number}").status_code == status
    assert browser.post(f"/blocks/versions/{number}/approval").status_code == status


def _published(desk: Desk) -> tuple[int, int]:
    """A block version under an approved message that one customer got and another will get."""
    with desk.sessions.begin() as session:
        version = make_block_version(session, block_id="roast")
        message = make_message(session, block_version_ids=[version.id])
        seen = Seen(message.id, message.content_hash)
        decide(session, seen, Action.APPROVE, by=person(session, "ana"), at=NOW, day=NOW.date(), rules=RULES)
        run = session.get_one(Run, message.run_id)
        for customer, status in (
            ("=HYPERLINK(1)", PublicationStatus.ACCEPTED),
            ("c2", PublicationStatus.PLANNED),
        ):
            session.add(
                Publication(
                    brief_id=run.brief_id,
                    occurrence=NOW,
                    customer_id=customer,
                    channel="email",
                    message_id=message.id,
                    approved_hash=message.content_hash,
                    status=status,
                    propensity=1.0,
                    planned_at=NOW,
                    sent_at=NOW if status is PublicationStatus.ACCEPTED else None,
                )
            )
        return version.id, message.id


def test_another_teams_customers_and_messages_are_in_no_report_and_no_count(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana, rita = person(session, "ana"), person(session, "rita", briefs=["other"])
        version = make_block_version(session, block_id="roast")
        message = make_message(session, block_version_ids=[version.id])
        make_publication(session, message, customer_id="H1025", status=PublicationStatus.ACCEPTED)
    address = f"/blocks/versions/{version.id}/report.csv"
    assert "H1025" in browser_of(desk, ana).get(address).text
    assert browser_of(desk, rita).get(address).text.splitlines() == [
        "kind,id,brief_id,channel,status,message_id,customer_id,occurrence,sent_at,slot,text,reason"
    ]
    with desk.sessions() as session:
        counts = [block_lines(session, Filters(), user)[0].messages for user in (ana, rita)]
    assert counts == [1, 0]


def test_what_reaches_every_brief_is_not_for_who_sees_some(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        rita = person(session, "rita", "reviewer", "legal", briefs=["other"])
        version = make_block_version(session, block_id="roast")
        draft = make_block_version(session, block_id="bread", status=BlockStatus.DRAFT)
    browser = browser_of(desk, rita)
    address = f"/blocks/versions/{version.id}/recall"
    asked = browser.get(address)
    assert asked.status_code == 403
    assert "You see some briefs only, and a recall reaches all" in asked.text
    assert browser.post(address, data={"reason": "wrong price"}).status_code == 403
    assert browser.post(f"/blocks/versions/{draft.id}/approval").status_code == 403


def test_a_long_report_keeps_nobody_from_deciding(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        version = make_block_version(session)
        message = make_message(session, block_version_ids=[version.id])
        planned = [make_publication(session, message, customer_id=f"H{number}").id for number in range(5)]
        waiting = make_message(session, block_version_ids=[version.id])
    rows = lines(desk.reads, version.id, ana, chunk=2)
    found = [next(rows)]
    with desk.sessions.begin() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("PRAGMA busy_timeout = 100"))
        seen = Seen(waiting.id, waiting.content_hash)
        decide(session, seen, Action.REJECT, by=ana, at=NOW, day=NOW.date(), rules=RULES, reason="too long")
    found += rows
    assert [line.kind for line in found] == ["variant"] * 4 + ["message"] * 2 + ["publication"] * 5
    assert [line.id for line in found[6:]] == planned
