"""A link leads on and is counted once; a program's click is flagged, and nothing of whoever clicked is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import delete, select, text, update

from content_store.database import Sessions, open_database, session_maker
from content_store.models import (
    Customer,
    Delivery,
    InboxItem,
    Publication,
    PublicationStatus,
)
from publishing.clicks.counting import Counter
from publishing.clicks.endpoint import GIF, routes
from publishing.clicks.links import click_link, pixel_link
from publishing.decisions.service import be_impatient
from publishing.web import Public, app_of
from tests.factories import NOW, make_consent
from tests.publishing.events.shop import KEY, served
from tests.publishing.stage import Stage, planned

PAGE = "https://shop.example.com/coffee?a=1&b=2"
PERSON = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"}
DOMAINS = ["example.com"]


class Mailbox:
    """The mail of c01, sent an hour ago, and what clicks in it left behind."""

    def __init__(self, sessions: Sessions, client: httpx.Client, now: list[datetime]) -> None:
        self.sessions, self.client, self.now = sessions, client, now
        with sessions.begin() as session:
            row = session.scalars(select(Publication).where(Publication.customer_id == "c01")).one()
            row.status, row.sent_at = PublicationStatus.ACCEPTED, NOW - timedelta(hours=1)
            self.number = row.id

    def click(self, method: str = "GET", page: str = PAGE, **headers: str) -> httpx.Response:
        url = click_link("", KEY, self.number, page)
        given = PERSON | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, url, headers=given)

    def found(self) -> list[tuple[str, str | None]]:
        with self.sessions() as session:
            rows = session.scalars(select(InboxItem).order_by(InboxItem.id))
            return [(row.body["outcome"], row.body.get("flag")) for row in rows]


@pytest.fixture
def stage(sessions: Sessions, tmp_path: Path) -> Stage:
    return planned(sessions, tmp_path, customers=2)


@pytest.fixture
def mailbox(sessions: Sessions, stage: Stage, database_url: str) -> Iterator[Mailbox]:  # noqa: ARG001
    now = [NOW]
    hasty = open_database(database_url)
    be_impatient(hasty, 0.2)
    doors = routes(Counter(session_maker(hasty), lambda: now[0]), KEY, DOMAINS, pixel=True)
    app = app_of(Public("Fairlow", sessions, KEY, True, lambda: now[0]), None, *doors)
    with served(app) as client:
        yield Mailbox(sessions, client, now)
    hasty.dispose()


def test_a_click_leads_on_and_is_counted_once_with_its_reload(mailbox: Mailbox) -> None:
    for _ in range(2):
        answer = mailbox.click(Accept_Language="fr", Cookie="a=b")
        assert (answer.status_code, answer.headers["location"], answer.content) == (302, PAGE, b"")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
    mailbox.now[0] = NOW + timedelta(seconds=10)
    mailbox.click()
    assert mailbox.found() == [("clicked", None), ("clicked", None)]
    with mailbox.sessions() as session:
        first = session.scalars(select(InboxItem).order_by(InboxItem.id)).first()
        assert first is not None
        assert (first.kind, first.customer_id, first.publication_id) == ("outcome", "c01", mailbox.number)
        assert first.body == {
            "outcome": "clicked",
            "at": "2026-03-02T09:30:00+00:00",
            "origin": "click",
            "link": PAGE,
        }


@pytest.mark.parametrize(
    "page",
    [
        "https://elsewhere.org/",
        "https://example.com.evil.org/",
        "http://shop.example.com/",
        "https://shop.example.com/\r\nSet-Cookie: a=b",
        "https://shop.example.com/é",
        "javascript:alert(1)",
        "//shop.example.com",
    ],
)
def test_a_page_that_is_not_on_the_list_now_is_not_led_to(mailbox: Mailbox, page: str) -> None:
    answer = mailbox.click(page=page)
    assert (answer.status_code, "location" in answer.headers) == (404, False)
    assert "This link does not work." in answer.text
    assert mailbox.found() == []


def test_a_link_that_we_did_not_make_leads_nowhere(mailbox: Mailbox) -> None:
    ours = click_link("", KEY, mailbox.number, PAGE)
    for url in (
        "/c/",
        "/c/x",
        ours[:-2],
        f"{ours}/",
        "/c/https://evil.org",
        "/o/x",
        "/c/%00",
        f"/o/{ours[3:]}",
    ):
        assert mailbox.client.get(url, headers=PERSON).status_code == 404, url
    assert mailbox.click("POST").status_code == 405
    assert mailbox.found() == []


def test_what_programs_ask_for_is_flagged_and_a_person_counts_beside_it(mailbox: Mailbox) -> None:
    assert mailbox.click("HEAD").status_code == 302
    mailbox.click(Sec_Purpose="prefetch")
    mailbox.click(Purpose="prefetch")
    mailbox.now[0] = NOW + timedelta(seconds=2)
    mailbox.click(User_Agent="Slackbot-LinkExpanding 1.0")
    mailbox.click()
    assert mailbox.found() == [
        ("clicked", "head"),
        ("clicked", "prefetch"),
        ("clicked", "scanner"),
        ("clicked", None),
    ]


def test_a_click_in_the_second_of_the_send_is_no_persons(mailbox: Mailbox) -> None:
    with mailbox.sessions.begin() as session:
        session.execute(update(Publication).values(sent_at=NOW - timedelta(milliseconds=500)))
    mailbox.click()
    with mailbox.sessions.begin() as session:
        session.execute(update(Publication).values(sent_at=None, status=PublicationStatus.INTENT))
        session.execute(update(Delivery).values(until=NOW + timedelta(minutes=5)))
    mailbox.now[0] = NOW + timedelta(seconds=20)
    mailbox.click()
    with mailbox.sessions.begin() as session:
        session.execute(update(Delivery).values(until=NOW))
    mailbox.now[0] = NOW + timedelta(seconds=40)
    mailbox.click()
    assert mailbox.found() == [("clicked", "at_once"), ("clicked", "at_once"), ("clicked", None)]


def test_a_burst_takes_back_what_counted_as_a_persons_unless_it_is_in_the_lake(mailbox: Mailbox) -> None:
    for _ in range(4):
        mailbox.click()
    assert mailbox.found() == [("clicked", "burst")]
    mailbox.now[0] = NOW + timedelta(seconds=30)
    mailbox.click()
    with mailbox.sessions.begin() as session:
        session.execute(update(InboxItem).values(taken_at=NOW))
    for _ in range(3):
        mailbox.click()
    assert mailbox.found() == [("clicked", "burst"), ("clicked", None), ("clicked", "burst")]


def test_whoever_clicks_gets_on_when_the_database_is_busy_or_the_publication_is_gone(
    mailbox: Mailbox,
) -> None:
    with mailbox.sessions.begin() as session:
        on_postgresql = session.get_bind().dialect.name == "postgresql"
        # On SQLite whoever begins first is the only one who writes.
        session.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE" if on_postgresql else "SELECT 1"))
        assert mailbox.click().status_code == 302
    with mailbox.sessions.begin() as session:
        session.execute(delete(Publication))
    mailbox.now[0] = NOW + timedelta(seconds=30)
    assert mailbox.click().status_code == 302
    assert mailbox.found() == []


def test_an_open_is_counted_of_who_agreed_to_that_and_of_nobody_else(mailbox: Mailbox) -> None:
    picture = pixel_link("", KEY, mailbox.number)
    answer = mailbox.client.get(picture, headers=PERSON)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/gif", GIF)
    assert answer.headers["cache-control"] == "no-store"
    assert mailbox.found() == []
    with mailbox.sessions.begin() as session:
        make_consent(session, session.get_one(Customer, "c01"), purpose="open-tracking", channel="sms")
    mailbox.client.get(picture, headers=PERSON)
    mailbox.client.get(picture, headers={"User-Agent": "GoogleImageProxy"})
    assert mailbox.found() == [("opened", None), ("opened", "scanner")]
