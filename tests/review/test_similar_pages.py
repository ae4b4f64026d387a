"""Similar messages on the page: the offer, the audit message by message, and the rest in one step."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from content_store.models import Message, ReviewStatus, Variant
from review.desk import Desk
from review.similar import Group, Item, alike_groups
from tests.factories import make_block_version, make_message, make_run, person
from tests.review.held_log import log_is_held
from tests.review.signed_in import browser_of

TEXT = "Our medium roast is ground today in {} and comes in bags of twelve ounces."
TOWNS = ["Lille", "Lyon", "Nantes", "Nice", "Paris"]

#: 44 others, of which 42 must be read.
MESSAGES, TO_READ, REST = 45, 43, 2


@pytest.fixture
def run_id(desk: Desk) -> int:
    with desk.sessions.begin() as session:
        run = make_run(session)
        for number in range(MESSAGES):
            text = TEXT.format(TOWNS[number % 5])
            make_message(session, run=run, slots={"opening": text}, block_version_ids=[])
        return run.id


def test_an_audit_from_the_offer_to_the_rest(desk: Desk, run_id: int) -> None:
    browser = _browser(desk)
    group = _group(browser)
    assert group.startswith(f"/similar/{run_id}/")
    first = browser.get(group).text
    assert '<h2 id="reading">The exemplar' in first
    assert (
        "drawn at random must be read and found clean; then at most 2% are bad, with 95% confidence." in first
    )
    _read(browser, group, TO_READ)
    page = browser.get(group).text
    assert "All that had to be read is clean." in page
    assert "Approve the 2 that were not read" in page
    assert _approved(desk) == TO_READ
    assert browser.post(f"{group}/rest", data={"digest": _digest(page)}).status_code == 303
    assert _approved(desk) == MESSAGES
    assert "Everything here is decided." in browser.get(group).text
    assert browser.post(f"{group}/rest", data={"digest": _digest(page)}).status_code == 409


def test_messages_are_compared_once_while_others_can_decide(
    desk: Desk, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = _browser(desk)
    held = []

    def compared(items: Sequence[Item]) -> list[Group]:
        held.append(log_is_held(desk.sessions))
        return alike_groups(items)

    monkeypatch.setattr("review.run_groups.alike_groups", compared)
    group = _group(browser)
    _read(browser, group, 1)
    assert browser.post(f"{group}/rest", data={"digest": "0" * 64}).status_code == 409
    assert held == [False]
    assert run_id


def test_what_is_read_is_shown_as_the_customer_gets_it_with_its_facts_and_gates(
    desk: Desk, run_id: int
) -> None:
    browser = _browser(desk)
    group = _group(browser)
    _read(browser, group, 1)
    fact = "Our medium roast comes in bags of twelve ounces."
    with desk.sessions.begin() as session:
        block = make_block_version(session, block_id="roast", facts=[{"text": fact, "keep": []}])
        entry = {"text": TEXT.format("Lille"), "block_version_id": block.id, "fact": fact}
        verdict = {"gate": "numbers", "passed": True, "reason": ""}
        session.execute(
            update(Variant).values(
                block_version_ids=[block.id], sentences=[entry], verdicts=[verdict], scores={}
            )
        )
    page = browser.get(group).text
    assert 'id="preview"' in page
    assert fact in page
    assert "1 of 1 checks passed" in page
    assert "Approve this one" in page
    before = browser.get(f"{group}?place=0").text
    assert '<h2 id="reading">The exemplar' in before
    assert "Approve this one" not in before
    assert run_id


def test_a_refusal_ends_the_offer_and_leaves_the_rest_in_the_queue(desk: Desk, run_id: int) -> None:
    browser = _browser(desk)
    group = _group(browser)
    _read(browser, group, 2)
    assert browser.post(
        f"{group}/readings", data=_fields(browser.get(group).text) | {"action": "reject", "reason": "no"}
    )
    page = browser.get(group).text
    assert "was refused or changed, so the others are decided one by one." in page
    assert "Approve the" not in page
    assert _group(browser, expected=0) == ""
    assert _approved(desk) == 2
    assert run_id


@pytest.mark.usefixtures("run_id")
def test_a_rejection_needs_a_reason_and_a_reading_the_bytes_that_were_shown(desk: Desk) -> None:
    browser = _browser(desk)
    group = _group(browser)
    fields = _fields(browser.get(group).text)
    assert browser.post(f"{group}/readings", data=fields | {"action": "reject"}).status_code == 422
    assert browser.post(f"{group}/readings", data=fields | {"action": "explode"}).status_code == 422
    stale = fields | {"action": "approve", "hash": "0" * 64}
    assert browser.post(f"{group}/readings", data=stale).status_code == 409
    assert _approved(desk) == 0


@pytest.mark.usefixtures("run_id")
def test_a_rest_that_changed_since_it_was_shown_is_409_and_nothing_is_approved(desk: Desk) -> None:
    browser = _browser(desk)
    group = _group(browser)
    _read(browser, group, TO_READ)
    page = browser.get(group).text
    last = re.findall(r'href="/messages/(\d+)">#\1</a> </p>', page)[-1]
    with desk.sessions.begin() as session:
        session.execute(update(Message).where(Message.id == int(last)).values(status=ReviewStatus.REJECTED))
    assert browser.post(f"{group}/rest", data={"digest": _digest(page)}).status_code == 409
    assert _approved(desk) == TO_READ


def test_the_text_under_audit_is_compared_with_the_exemplar(desk: Desk, run_id: int) -> None:
    browser = _browser(desk)
    group = _group(browser)
    while "<ins>" not in (page := browser.get(group).text):
        _read(browser, group, 1)
    assert re.search(r"<del>.*(Lille|Lyon|Nantes|Nice|Paris)</del>", page)
    assert run_id


def test_markup_in_a_text_is_shown_and_not_run(desk: Desk, run_id: int) -> None:
    with desk.sessions.begin() as session:
        session.execute(update(Variant).values(text="<script>alert(1)</script>"))
    assert "<script>alert" not in _browser(desk).get(f"/similar?run={run_id}").text


@pytest.mark.parametrize("role", ["viewer", "author", "admin"])
def test_who_decides_nothing_sees_no_offers(desk: Desk, run_id: int, role: str) -> None:
    with desk.sessions.begin() as session:
        tom = person(session, "tom", role)
    browser = browser_of(desk, tom)
    assert browser.get("/similar").status_code == 403
    assert browser.post(f"/similar/{run_id}/{'0' * 16}/rest", data={"digest": "0" * 64}).status_code == 403


def test_without_waiting_messages_there_is_a_sentence(desk: Desk) -> None:
    assert "would save work" in _browser(desk).get("/similar").text


def _browser(desk: Desk) -> TestClient:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
    return browser_of(desk, ana)


def _group(browser: TestClient, expected: int = 1) -> str:
    found = re.findall(r'href="(/similar/\d+/[0-9a-f]{16})"', browser.get("/similar").text)
    assert len(found) == expected
    return str(found[0]) if found else ""


def _read(browser: TestClient, group: str, count: int) -> None:
    for _ in range(count):
        fields = _fields(browser.get(group).text)
        assert browser.post(f"{group}/readings", data=fields | {"action": "approve"}).status_code == 303


def _fields(page: str) -> dict[str, str]:
    found = dict(re.findall(r'name="(message_id|hash)" value="([^"]+)"', page))
    assert len(found) == 2
    return found


def _digest(page: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def _approved(desk: Desk) -> int:
    with desk.sessions() as session:
        query = select(func.count()).select_from(Message).where(Message.status == ReviewStatus.APPROVED)
        return session.scalar(query) or 0
