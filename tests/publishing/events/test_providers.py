"""SendGrid's and Mailgun's webhooks, signed as they sign them, say what became of our mails and of no other's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from content_store.database import Sessions
from content_store.errors import BadInput
from content_store.models import Customer, PublicationStatus, SuppressionReason
from content_store.suppressions import of_address, of_customer
from publishing.events.sendgrid import load_public_key
from publishing.message_names import message_name
from tests.factories import NOW
from tests.publishing.events.shop import Shop, opened
from tests.publishing.stage import SUPPRESSION_KEY, planned

PRIVATE = ec.generate_private_key(ec.SECP256R1())
MAILGUN_KEY = "key-0123456789abcdef"
SECONDS = int(NOW.timestamp()) - 60
AT = "2026-03-02T09:29:00+00:00"
PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
LISTED = {(of_address(SUPPRESSION_KEY, "c01@example.com"), "email"): SuppressionReason.BOUNCED}


def public(key: ec.EllipticCurvePrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@pytest.fixture
def shop(sessions: Sessions, tmp_path: Path) -> Iterator[Shop]:
    """Mails to c01 and c02, sent an hour ago."""
    keys = {"sendgrid_key": public(PRIVATE), "mailgun_key": SecretStr(MAILGUN_KEY)}
    with opened(sessions, planned(sessions, tmp_path, customers=2, channel="email"), **keys) as made:
        made.sent()
        yield made


def name_of(shop: Shop) -> str:
    row = shop.publication()
    return message_name(row.id, str(row.rendered_hash))


def sendgrid(
    shop: Shop, *events: object, key: ec.EllipticCurvePrivateKey = PRIVATE, at: datetime = NOW
) -> httpx.Response:
    body, timestamp = json.dumps(events).encode(), str(int(at.timestamp()))
    signature = key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }
    return shop.client.post("/v1/events/sendgrid", content=body, headers=headers)


def grid(shop: Shop, event: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    """An event as SendGrid writes it."""
    return {
        "email": "c01@example.com",
        "timestamp": SECONDS,
        "smtp-id": f"<{name_of(shop)}@fairlow.example.com>",
        "event": event,
        "category": ["news"],
        "ip": "203.0.113.9",
        "sg_event_id": f"id{number}",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    } | fields


def mailgun(shop: Shop, event: dict[str, Any], key: str = MAILGUN_KEY, at: datetime = NOW) -> httpx.Response:
    timestamp, token = str(int(at.timestamp())), "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0"
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    body = {
        "signature": {"timestamp": timestamp, "token": token, "signature": signature},
        "event-data": event,
    }
    return shop.client.post("/v1/events/mailgun", content=json.dumps(body))


def gun(shop: Shop, event: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    """An event as Mailgun writes it."""
    return {
        "id": f"id{number}",
        "timestamp": SECONDS + 0.25,
        "log-level": "info",
        "event": event,
        "recipient": "c01@example.com",
        "message": {
            "headers": {"message-id": f"{name_of(shop)}@fairlow.example.com", "to": "c01@example.com"}
        },
        "user-variables": [],
        "tags": None,
    } | {name.replace("_", "-"): value for name, value in fields.items()}


def test_sendgrid_says_what_became_of_our_mails(shop: Shop) -> None:
    click = {"useragent": PERSON, "url": "https://shop.example.com/coffee?name=Ana#x"}
    events = [
        grid(shop, "processed", 1),
        grid(shop, "deferred", 2, response="400 try again later"),
        grid(shop, "delivered", 3, response="250 OK"),
        grid(shop, "click", 4, **click),
        grid(shop, "click", 5, **{**click, "useragent": "Slackbot 1.0"}),
        grid(shop, "click", 6, url="https://news.example.com/u/token"),
        grid(shop, "open", 7, useragent=PERSON, sg_machine_open=False),
        grid(shop, "spamreport", 8),
        grid(shop, "delivered", 9, **{"smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>"}),
    ]
    answer = sendgrid(shop, *events)
    quarantined = [
        {
            "id": "id7",
            "reason": "opens are not counted without the brand's open_pixel and a consent for open-tracking",
        }
    ]
    assert (answer.status_code, answer.json()) == (200, {"taken": 4, "known": 0, "quarantined": quarantined})
    assert sendgrid(shop, *events, *events).json() == {"taken": 0, "known": 9, "quarantined": quarantined}
    told = {name: body for name, _, _, body in shop.inbox()}
    link = {"at": AT, "origin": "sendgrid", "outcome": "clicked", "link": "https://shop.example.com/coffee"}
    assert told == {
        "sendgrid:id3": {"at": AT, "origin": "sendgrid", "outcome": "delivered"},
        "sendgrid:id4": link,
        "sendgrid:id5": link | {"flag": "scanner"},
        "sendgrid:id8": {"at": AT, "origin": "sendgrid", "outcome": "complained"},
    }
    assert of_customer(SUPPRESSION_KEY, "c01") in {key_hash for key_hash, _ in shop.listed()}
    assert shop.quarantine() == []


@pytest.mark.parametrize(
    ("fields", "code", "listed"),
    [
        ({"status": "5.1.1", "reason": "550 5.1.1 no such user", "type": "bounce"}, "5.1.1", True),
        ({"status": "5.0.0", "reason": "500 unknown recipient", "bounce_classification": "Invalid Address"}, "5.0.0", True),
        ({"status": "5.0.0", "reason": "550 5.1.1 <c01@example.com> unknown"}, "5.1.1", True),
        ({"status": "5.7.1", "reason": "550 5.7.1 blocked", "type": "blocked"}, "5.7.1", False),
        ({"status": "5.1.1", "email": "old@example.com"}, "5.1.1", False),
        ({"status": 511, "reason": None}, None, False),
    ],
)  # fmt: skip
def test_a_bounce_of_sendgrid_lists_an_address_that_is_none(
    shop: Shop, fields: dict[str, Any], code: str | None, listed: bool
) -> None:
    shop.sent(status=PublicationStatus.UNKNOWN, sent_at=None)
    assert sendgrid(shop, grid(shop, "bounce", **fields)).json()["taken"] == 1
    ((_, _, _, told),) = shop.inbox()
    assert (told["outcome"], told.get("code")) == ("bounced", code)
    assert shop.listed() == (LISTED if listed else {})
    assert shop.publication().status is PublicationStatus.REJECTED


def test_a_custom_argument_names_a_mail_that_another_tool_sent(shop: Shop) -> None:
    by_argument = {"surmesure": name_of(shop), "smtp-id": None}
    wrong = {"surmesure": f"{shop.publication().id}.{'f' * 24}"}
    answer = sendgrid(shop, grid(shop, "unsubscribe", 1, **by_argument), grid(shop, "click", 2, **wrong))
    assert answer.json() == {
        "taken": 1,
        "known": 0,
        "quarantined": [{"id": "id2", "reason": "the receipt is none of ours"}],
    }
    assert shop.withdrawn() == [("c01", "marketing", "email")]
    (aside,) = shop.quarantine()
    assert set(json.loads(aside.raw)) == {"event", "sg_event_id", "timestamp", "name"}
    variables: dict[str, Any] = {
        "user_variables": {"surmesure": shop.receipt_of()},
        "message": {"headers": {}},
    }
    assert mailgun(shop, gun(shop, "delivered", **variables)).json()["taken"] == 1


@pytest.mark.parametrize(
    ("key", "at", "status"),
    [
        (PRIVATE, NOW - timedelta(hours=24), 200),
        (PRIVATE, NOW - timedelta(hours=25), 401),
        (PRIVATE, NOW + timedelta(hours=25), 401),
        (ec.generate_private_key(ec.SECP256R1()), NOW, 401),
    ],
)
def test_only_what_sendgrid_signed_is_read(
    shop: Shop, key: ec.EllipticCurvePrivateKey, at: datetime, status: int
) -> None:
    assert sendgrid(shop, grid(shop, "delivered"), key=key, at=at).status_code == status
    assert len(shop.inbox()) == (status == 200)
    assert shop.client.post("/v1/events/sendgrid", content=b"[]").status_code == 401


def test_what_is_no_list_of_events_is_refused(shop: Shop) -> None:
    for event in (
        1,
        {},
        {"event": "open", "sg_event_id": 5, "timestamp": 1},
        grid(shop, "delivered", timestamp="x"),
    ):
        assert sendgrid(shop, event).status_code == 422
    odd = sendgrid(
        shop, grid(shop, "delivered", timestamp=10**30), grid(shop, "delivered", 2, email=[], url=5)
    )
    assert (odd.json()["taken"], odd.json()["quarantined"][0]["reason"][:17]) == (1, "at is no moment; ")
    bodies: tuple[Any, ...] = ({}, {"signature": 1}, [])
    for body in bodies:
        assert shop.client.post("/v1/events/mailgun", json=body).status_code == 422
    assert mailgun(shop, {"id": "1"}).status_code == 422


@pytest.mark.parametrize(
    "text", ["", "x", base64.b64encode(b"x").decode(), public(ec.generate_private_key(ec.SECP384R1()))]
)
def test_a_key_that_is_none_of_sendgrids_is_told_at_the_start(text: str) -> None:
    with pytest.raises(BadInput, match=r"publishing\.sendgrid_key is no public key on P-256"):
        load_public_key(text)


def test_mailgun_says_what_became_of_our_mails(shop: Shop) -> None:
    client = {"client-type": "browser", "user-agent": PERSON, "bot": ""}
    events = [
        gun(shop, "accepted", 1),
        gun(shop, "delivered", 2, delivery_status={"code": 250, "message": "OK"}),
        gun(shop, "failed", 3, severity="temporary"),
        gun(shop, "clicked", 4, url="https://shop.example.com/a?b=c", client_info=client),
        gun(shop, "clicked", 5, url="https://shop.example.com/a", client_info=client | {"bot": "gmail"}),
        gun(shop, "unsubscribed", 6),
        gun(shop, "delivered", 7, message={"headers": {"message-id": "2026@others.example.com"}}),
    ]
    taken = [mailgun(shop, event).json()["taken"] for event in events]
    assert taken == [0, 1, 0, 1, 1, 1, 0]
    assert [mailgun(shop, event).json()["known"] for event in events] == taken
    at = "2026-03-02T09:29:00.250000+00:00"
    assert [body | {"id": name} for name, _, _, body in shop.inbox()] == [
        {"id": "mailgun:id2", "at": at, "origin": "mailgun", "outcome": "delivered"},
        {"id": "mailgun:id4", "at": at, "origin": "mailgun", "outcome": "clicked", "link": "https://shop.example.com/a"},
        {"id": "mailgun:id5", "at": at, "origin": "mailgun", "outcome": "clicked", "link": "https://shop.example.com/a", "flag": "told"},
        {"id": "mailgun:id6", "at": at, "origin": "mailgun", "outcome": "unsubscribed"},
    ]  # fmt: skip
    assert shop.withdrawn() == [("c01", "marketing", "email")]


@pytest.mark.parametrize(
    ("status", "code", "listed"),
    [
        ({"code": 550, "enhanced-code": "5.1.1", "message": "no such user"}, "5.1.1", True),
        ({"code": 550, "message": "550 5.1.1 no such user"}, "5.1.1", True),
        ({"code": 605, "enhanced-code": "", "description": "Not delivering to previously bounced address"}, None, False),
        ({"code": 552, "message": "552 5.2.2 full"}, "5.2.2", False),
    ],
)  # fmt: skip
def test_a_failure_of_mailgun_lists_an_address_that_is_none(
    shop: Shop, status: dict[str, Any], code: str | None, listed: bool
) -> None:
    mailgun(shop, gun(shop, "failed", severity="permanent", reason="bounce", delivery_status=status))
    ((_, _, _, told),) = shop.inbox()
    assert (told["outcome"], told.get("code")) == ("bounced", code)
    assert shop.listed() == (LISTED if listed else {})


def test_an_address_that_changed_meanwhile_is_not_listed(shop: Shop) -> None:
    with shop.sessions.begin() as session:
        session.get_one(Customer, "c01").email = "new@example.com"
    mailgun(shop, gun(shop, "failed", severity="permanent", delivery_status={"enhanced-code": "5.1.1"}))
    assert shop.listed() == {}


@pytest.mark.parametrize(
    ("key", "at", "status"),
    [
        (MAILGUN_KEY, NOW - timedelta(hours=24), 200),
        (MAILGUN_KEY, NOW - timedelta(hours=25), 401),
        ("another key of 16", NOW, 401),
    ],
)
def test_only_what_mailgun_signed_is_read(shop: Shop, key: str, at: datetime, status: int) -> None:
    assert mailgun(shop, gun(shop, "delivered"), key=key, at=at).status_code == status
    assert len(shop.inbox()) == (status == 200)


@pytest.mark.parametrize("odd", ["a\0", "\ud800"])
def test_half_a_character_or_a_nul_holds_up_no_event_beside_it(shop: Shop, odd: str) -> None:
    events = [grid(shop, "bounce", 1, surmesure=odd, status=odd, reason=odd), grid(shop, "delivered", 2)]
    assert sendgrid(shop, *events).json() == {"taken": 2, "known": 0, "quarantined": []}
    answer = mailgun(shop, gun(shop, "clicked", 3, user_variables={"surmesure": odd}, url=odd))
    assert answer.json() == {"taken": 1, "known": 0, "quarantined": []}
    assert sendgrid(shop, grid(shop, "delivered", 4) | {"sg_event_id": odd}).status_code == 422
    assert mailgun(shop, gun(shop, "delivered", 5) | {"id": odd}).status_code == 422


def test_a_moment_that_is_no_number_is_refused(shop: Shop) -> None:
    nan = float("nan")
    assert sendgrid(shop, grid(shop, "delivered") | {"timestamp": nan}).json() == {
        "error": "[0]: timestamp: input should be a finite number; write an event as SendGrid does."
    }
    assert mailgun(shop, gun(shop, "delivered") | {"timestamp": nan}).status_code == 422
    assert shop.inbox() == []
