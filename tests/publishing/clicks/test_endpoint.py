"""A link leads on and is counted once; a program's click is flagged, and nothing of whoever clicked is kept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
from publishing.clicks import bots, counting
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

    def __init__(
        self, sessions: Sessions, client: httpx.Client, now: list[datetime], counter: Counter
    ) -> None:
        self.sessions, self.client, self.now, self.counter = sessions, client, now, counter
        with sessions.begin() as session:
            row = session.scalars(select(Publication).where(Publication.customer_id == "c01")).one()
            row.status, row.sent_at = PublicationStatus.ACCEPTED, NOW - timedelta(hours=1)
            self.number = row.id

    def click(self, method: str = "GET", page: str = PAGE, **headers: str) -> httpx.Response:
        url = click_link("", KEY, self.number, page)
        given = PERSON | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, url, headers=given)

    def settle(self) -> None:
        """Return when all that came so far is written down, or given up."""
        self.counter._writer.submit(lambda: None).result()

    def found(self) -> list[tuple[str, str | None]]:
        """What is in the inbox when nothing waits any more."""
        self.settle()
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
    counter = Counter(session_maker(hasty), lambda: now[0])
    doors = routes(counter, KEY, DOMAINS, pixel=True)
    app = app_of(Public("Fairlow", sessions, KEY, True, lambda: now[0]), None, *doors)
    with served(app) as client:
        yield Mailbox(sessions, client, now, counter)
    counter.close()
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


@contextmanager
def _shut(sessions: Sessions) -> Iterator[None]:
    """Nobody else writes to the inbox meanwhile."""
    with sessions.begin() as session:
        on_postgresql = session.get_bind().dialect.name == "postgresql"
        # On SQLite whoever begins first is the only one who writes.
        session.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE" if on_postgresql else "SELECT 1"))
        yield


def test_sixteen_who_click_while_the_database_is_shut_get_on_and_are_counted_when_it_opens(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bots, "MOST_IN_A_SECOND", 16)
    pages = [f"{PAGE}&n={number}" for number in range(16)]
    with ThreadPoolExecutor(16) as people:
        with _shut(mailbox.sessions):
            answers = list(people.map(lambda page: mailbox.click(page=page), pages))
        assert [answer.headers["location"] for answer in answers] == pages
    assert mailbox.found() == [("clicked", None)] * 16


def test_no_more_clicks_wait_than_were_set_and_the_others_get_on(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_WAITING", 2)
    with _shut(mailbox.sessions):
        answers = [mailbox.click(page=f"{PAGE}&n={number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [302] * 4
    assert len(mailbox.found()) == 2


def test_a_database_that_stays_shut_is_given_up_in_the_end(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(counting, "PATIENCE_SECONDS", 0.0)
    with _shut(mailbox.sessions):
        assert mailbox.click().status_code == 302
        mailbox.settle()
    assert mailbox.found() == []
    assert "1 clicks and opens were not counted" in caplog.text


def test_a_server_that_ends_writes_down_the_clicks_that_wait(mailbox: Mailbox, stage: Stage) -> None:  # noqa: ARG001
    now = NOW + timedelta(seconds=30)
    counter = Counter(mailbox.counter.sessions, lambda: now)
    doors = routes(counter, KEY, DOMAINS, pixel=False)
    app = app_of(Public("Fairlow", mailbox.sessions, KEY, True, lambda: now), None, *doors, counter=counter)
    with served(app) as client, _shut(mailbox.sessions):
        client.get(click_link("", KEY, mailbox.number, PAGE), headers=PERSON)
    assert mailbox.found() == [("clicked", None)]


def test_whoever_clicks_in_a_publication_that_is_gone_gets_on(mailbox: Mailbox) -> None:
    with mailbox.sessions.begin() as session:
        session.execute(delete(Publication))
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
