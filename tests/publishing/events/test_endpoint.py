"""Outcomes come in by a signed request: once each, or into quarantine with a reason, and what follows is there at once."""

from __future__ import annotations

import json
import random
import socket
from datetime import timedelta
from pathlib import Path
from select import select
from threading import Thread
from time import monotonic
from typing import Any

import pytest

from content_store.database import Sessions
from content_store.erasure import people, put_on_list
from content_store.models import Customer, PublicationStatus, SuppressionReason
from content_store.suppressions import hold_list, of_address, of_customer
from publishing import web
from publishing.events import intake
from publishing.opt_out import unsubscribe_link
from tests.factories import NOW, make_consent
from tests.publishing.events.shop import AT, KEY, NEW, OLD, PATH, Shop, event, opened, signed
from tests.publishing.stage import SUPPRESSION_KEY, planned

ACCEPTED, REJECTED = PublicationStatus.ACCEPTED, PublicationStatus.REJECTED
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UNKNOWN, INTENT = PublicationStatus.UNKNOWN, PublicationStatus.INTENT


def test_a_batch_is_taken_once_and_told_what_became_of_it(shop: Shop) -> None:
    number = shop.publication().id
    batch = (
        event("order-1", value=30.5, margin=10, currency="EUR"),
        event(
            "click-1",
            kind="clicked",
            receipt=shop.receipt_of(),
            customer=None,
            at="2026-03-02T10:00:00+01:00",
        ),
        event("order-2", customer="nobody"),
    )
    quarantined = [{"id": "order-2", "reason": "there is no such customer"}]
    assert shop.send(*batch) == {"taken": 2, "known": 0, "quarantined": quarantined}
    assert shop.send(*batch) == {"taken": 0, "known": 2, "quarantined": quarantined}
    assert shop.inbox() == [
        ("events:click-1", "c01", number, {"outcome": "clicked", "at": AT, "origin": "events"}),
        (
            "events:order-1",
            "c01",
            None,
            {"outcome": "converted", "at": AT, "origin": "events", "value": 30.5, "margin": 10.0},
        ),
    ]
    (aside,) = shop.quarantine()
    assert (aside.origin, aside.reason, aside.received_at) == ("events", "there is no such customer", NOW)
    assert json.loads(aside.raw) == batch[2]


def test_the_row_that_left_names_its_publication_as_well_as_a_receipt(shop: Shop) -> None:
    row = shop.sent()
    hashed = str(row.rendered_hash)
    told = shop.send(
        *(
            event(str(n), receipt=f"{row.id}.{text}", customer=None)
            for n, text in enumerate((hashed, hashed[:24]))
        ),
        event("other", receipt=f"{row.id}.{'f' * 24}", customer=None),
        event("short", receipt=f"{row.id}.{hashed[:8]}", customer=None),
        event("none", receipt=f"{2**50}.{hashed}", customer=None),
    )
    assert told["taken"] == 2
    assert {item["reason"] for item in told["quarantined"]} == {"the receipt is none of ours"}
    assert {row[2] for row in shop.inbox()} == {row.id}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"at": "1970-01-01T00:00:00Z"}, "at is before 2000, so a clock was wrong"),
        ({"at": "2099-01-01T00:00:00Z"}, "at is more than three days ahead, so a clock was wrong"),
        ({"at": "2026-03-02T09:00:00"}, "at has no offset; write it as 2026-03-02T09:30:00+00:00"),
        ({"at": "yesterday"}, "at is no moment; write it as 2026-03-02T09:30:00+00:00"),
        ({"at": "0001-01-01T00:00:00+23:00"}, "at lies outside of the calendar"),
        ({"currency": "USD", "value": 3}, "the currency is not EUR, that of the brand (measuring.currency)"),
        ({"receipt": "17.x", "customer": None}, "the receipt is none of ours"),
        ({"receipt": "\u0000\ud83d\ude00", "customer": None}, "the receipt is none of ours"),
        ({"customer": "C01"}, "there is no such customer"),
        (
            {"kind": "bounced"},
            "a bounce names its publication by receipt, which says what channel it was",
        ),
        (
            {"kind": "opened"},
            "opens are not counted without the brand's open_pixel and a consent for open-tracking",
        ),
    ],
)
def test_what_cannot_be_right_is_set_aside_and_the_others_are_taken(
    shop: Shop, given: dict[str, Any], reason: str
) -> None:
    for _ in range(2):
        told = shop.send(event("wrong", **given), event("right"))
        assert told["quarantined"] == [{"id": "wrong", "reason": reason}]
    assert [name for name, *_ in shop.inbox()] == ["events:right"]
    kept = [] if given.get("kind") == "opened" else [("events:wrong", reason)]
    assert [(row.external_id, row.reason) for row in shop.quarantine()] == kept


def test_two_days_too_early_or_too_late_is_taken(shop: Shop) -> None:
    moments = [(NOW + timedelta(hours=hours)).isoformat() for hours in (-48, 48, -48 * 400)]
    assert shop.send(*(event(str(n), at=at) for n, at in enumerate(moments)))["taken"] == 3


def test_what_was_set_aside_is_taken_when_it_comes_again_and_is_right(shop: Shop) -> None:
    shop.send(event("1", customer="c99"))
    with shop.sessions.begin() as session:
        source_id = session.get_one(Customer, "c01").source_id
        session.add(Customer(id="c99", source_id=source_id))
    assert shop.send(event("1", customer="c99"))["taken"] == 1
    assert shop.quarantine() == []


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b'{"events": [{"id": "2", "id": "3"}]}', 422, "events[0]: the key 'id' stands twice."),
        (b'{"events": [{"id": "\\ud800", "\\ud801": 1}]}', 422, "events[0]: "),
        (b"[" * 100_000, 413, "The body is nested too deeply."),
        (b'{"a":' * 100_000, 413, "The body is nested too deeply."),
        (b'["' + b"x" * 10_000_000 + b'"]', 413, "The body has more than 1,000,000 bytes."),
    ],
    ids=["twice", "no text", "brackets", "braces", "long"],
)
def test_a_body_that_is_no_batch_is_refused_whole(
    shop: Shop, body: bytes, status: int, sentence: str
) -> None:
    answer = shop.post(body)
    assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")
    assert sentence in answer.json()["error"]
    assert (shop.inbox(), shop.quarantine()) == ([], [])


def test_a_thousand_are_taken_at_once_and_other_pages_take_no_longer_bodies_for_it(shop: Shop) -> None:
    assert shop.send(*(event(str(number)) for number in range(1_000)))["taken"] == 1_000
    assert shop.client.post("/u/x", content=b"x" * 20_000).status_code == 404
    stop = unsubscribe_link("", KEY, shop.publication().id)
    assert shop.client.post(stop, content=b"x" * 20_000, headers=FORM).status_code == 413


def test_what_is_not_signed_is_not_read(shop: Shop) -> None:
    body = json.dumps({"events": [event()]}).encode()
    for answer in (shop.client.post(PATH, content=body), shop.post(body, webhook_id="msg_2")):
        assert (answer.status_code, "error" in answer.json()) == (401, True)
        assert answer.headers["www-authenticate"] == "Signature"
    assert shop.inbox() == []


def test_both_secrets_count_and_no_other_and_not_for_another_body(shop: Shop) -> None:
    body = json.dumps({"events": [event()]}).encode()
    assert shop.post(body, key=b"x" * 32).status_code == 401
    headers = signed(body, OLD, NOW, "msg_1")
    assert shop.client.post(PATH, content=body.replace(b"c01", b"c02"), headers=headers).status_code == 401
    assert shop.client.post(PATH, content=body, headers=headers).json()["taken"] == 1
    several = {**headers, "webhook-signature": f"v1,AAAA {headers['webhook-signature']}"}
    assert shop.client.post(PATH, content=body, headers=several).json()["known"] == 1


@pytest.mark.parametrize(("minutes", "status"), [(4, 200), (-4, 200), (6, 401), (-6, 401)])
def test_a_request_is_stale_after_five_minutes(shop: Shop, minutes: int, status: int) -> None:
    body = json.dumps({"events": [event()]}).encode()
    headers = signed(body, NEW, NOW + timedelta(minutes=minutes), "msg_1")
    assert shop.client.post(PATH, content=body, headers=headers).status_code == status


def test_where_no_key_is_set_there_is_no_such_door(shop: Shop) -> None:
    for path in ("/v1/events/sendgrid", "/v1/events/mailgun", "/v1/events/"):
        assert shop.client.post(path, content=b"{}").status_code == 404
    assert shop.client.get(PATH).status_code == 405


def test_who_unsubscribed_agrees_no_more_even_when_that_was_before_the_send(shop: Shop) -> None:
    row = shop.sent(sent_at=NOW)
    told = event(
        "1", kind="unsubscribed", receipt=shop.receipt_of(), customer=None, at="2026-02-01T00:00:00Z"
    )
    assert shop.send(told) == {"taken": 1, "known": 0, "quarantined": []}
    assert shop.withdrawn() == [("c01", "marketing", "sms")]
    # Agreed to again: the same row, told again, takes nothing away.
    with shop.sessions.begin() as session:
        make_consent(session, session.get_one(Customer, "c01"), channel="sms", at=NOW + timedelta(days=1))
    assert shop.send(told) == {"taken": 0, "known": 1, "quarantined": []}
    assert len(shop.withdrawn()) == 1
    assert row.channel == "sms"


def test_who_unsubscribes_without_a_publication_means_everything(shop: Shop) -> None:
    shop.send(event("1", kind="unsubscribed"))
    assert shop.withdrawn() == [("c01", "", ""), ("c01", "marketing", "sms")]


@pytest.mark.parametrize(
    ("code", "listed"), [(None, True), ("5.1.1", True), ("5.2.2", False), ("4.4.1", False)]
)
def test_a_bounce_lists_an_address_that_is_none(shop: Shop, code: str | None, listed: bool) -> None:
    shop.sent()
    shop.send(event("1", kind="bounced", receipt=shop.receipt_of(), customer=None, code=code))
    address = of_address(SUPPRESSION_KEY, "+155501001")
    assert shop.listed() == ({(address, "sms"): SuppressionReason.BOUNCED} if listed else {})


def test_who_complained_is_not_written_again(shop: Shop) -> None:
    shop.sent()
    shop.send(
        event("1", kind="complained", receipt=shop.receipt_of(), customer=None),
        event("2", kind="complained", customer="c02"),
    )
    complained = SuppressionReason.COMPLAINED
    assert shop.listed() == {
        (of_address(SUPPRESSION_KEY, "+155501001"), "sms"): complained,
        (of_customer(SUPPRESSION_KEY, "c01"), "sms"): complained,
        (of_customer(SUPPRESSION_KEY, "c02"), ""): complained,
    }


@pytest.mark.parametrize(
    ("kind", "before", "after", "reason"),
    [
        ("delivered", UNKNOWN, ACCEPTED, None),
        ("delivered", INTENT, ACCEPTED, None),
        ("complained", UNKNOWN, ACCEPTED, None),
        ("bounced", UNKNOWN, REJECTED, "it came back: 5.2.2"),
        ("bounced", ACCEPTED, ACCEPTED, "was"),
        ("clicked", UNKNOWN, UNKNOWN, "was"),
        ("delivered", PublicationStatus.PLANNED, PublicationStatus.PLANNED, "was"),
        ("delivered", PublicationStatus.SUPPRESSED, PublicationStatus.SUPPRESSED, "was"),
    ],
)
def test_an_answer_that_was_lost_is_known_by_what_comes_later(
    shop: Shop, kind: str, before: PublicationStatus, after: PublicationStatus, reason: str | None
) -> None:
    shop.sent(status=before, reason="was", sent_at=None)
    code = "5.2.2" if kind == "bounced" else None
    shop.send(event("1", kind=kind, receipt=shop.receipt_of(), customer=None, code=code))
    row = shop.publication()
    assert (row.status, row.reason) == (after, reason)
    assert (row.sent_at is not None) == (before in (UNKNOWN, INTENT) and after is ACCEPTED)


def test_of_an_erased_customer_nothing_is_kept(shop: Shop) -> None:
    with shop.sessions.begin() as session:
        persons = people(session, ["c01"])
        put_on_list(session, SUPPRESSION_KEY, persons, NOW)
        session.delete(session.get_one(Customer, "c01"))
    told = shop.send(event("c01-order", customer="c01"))
    assert told["quarantined"] == [{"id": "c01-order", "reason": "the customer was erased"}]
    assert (shop.inbox(), shop.quarantine()) == ([], [])


def test_of_what_is_set_aside_two_thousand_characters_are_kept(shop: Shop) -> None:
    shop.send(event("1", customer="é" * 200, receipt=None))
    assert len(shop.quarantine()[0].raw) < 400
    assert "é" * 200 in shop.quarantine()[0].raw


def test_five_times_shuffled_and_from_several_at_once_leaves_the_same_inbox(shop: Shop) -> None:
    """The oracle is the batch itself, each id once."""
    chance = random.Random(15)
    receipts = {name: shop.receipt_of(name) for name in ("c01", "c02", "c03")}
    kinds = ("delivered", "clicked", "converted", "unsubscribed", "complained", "bounced")
    batch = []
    for number in range(300):
        customer, kind = chance.choice(list(receipts)), chance.choice(kinds)
        at = (NOW + timedelta(hours=chance.uniform(-48, 48))).isoformat()
        batch.append(event(f"e{number}", kind=kind, at=at, receipt=receipts[customer], customer=None))
    second = {"kind": "clicked", "receipt": receipts["c01"], "customer": None}
    batch += [event(f"burst{n}", at=f"2026-03-01T08:00:00.{n + 1}00000+00:00", **second) for n in range(6)]
    oracle = {
        (
            f"events:{item['id']}",
            item["kind"],
            item["at"],
            "burst" if item["id"].startswith("burst") else None,
        )
        for item in batch
    }
    answers: list[dict[str, Any]] = []

    def tell(items: list[dict[str, Any]]) -> None:
        for start in range(0, len(items), 60):
            answers.append(shop.send(*items[start : start + 60]))

    threads = []
    for _ in range(5):
        shuffled = batch * 1
        chance.shuffle(shuffled)
        threads.append(Thread(target=tell, args=(shuffled,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(answer["taken"] for answer in answers) == 306
    assert sum(answer["known"] for answer in answers) == 1_224
    found = {(name, body["outcome"], body["at"], body.get("flag")) for name, _, _, body in shop.inbox()}
    assert found == oracle
    assert set(shop.withdrawn()) == {(name, "marketing", "sms") for name in receipts}


def test_batches_that_wait_for_the_database_leave_threads_to_customers(shop: Shop) -> None:
    bodies = [json.dumps({"events": [event(str(number))]}).encode() for number in range(50)]
    answers: list[int] = []
    threads = [
        Thread(target=lambda body=body: answers.append(shop.post(body).status_code)) for body in bodies
    ]
    with shop.sessions.begin() as session:
        hold_list(session, to_erase=True)
        for thread in threads:
            thread.start()
        for _ in range(20):
            # A link that we did not make: the answer needs a thread, but no database.
            assert shop.client.get("/u/x", timeout=10).status_code == 404
    for thread in threads:
        thread.join()
    assert answers == [200] * 50


def test_the_oldest_in_quarantine_make_room(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_SET_ASIDE", 3)
    for start in (0, 2, 4):
        shop.send(*(event(str(number), customer="nobody") for number in range(start, start + 2)))
    assert [row.external_id for row in shop.quarantine()] == ["events:3", "events:4", "events:5"]


def test_a_body_that_comes_a_byte_at_a_time_is_refused_in_the_end(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BODY_SECONDS", 0.3)
    with opened(sessions, planned(sessions, tmp_path, customers=3)) as shop:
        url = shop.client.base_url
        with socket.create_connection((url.host, url.port or 80), timeout=30) as slow:
            slow.sendall(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
            answer, until = b"", monotonic() + 30
            while not answer and monotonic() < until:
                slow.sendall(b" ")
                if select([slow], [], [], 0.02)[0]:
                    answer = slow.recv(1_000)
            assert answer.startswith(b"HTTP/1.1 408 ")
            while slow.recv(1_000):
                pass
        assert shop.send(event())["taken"] == 1
