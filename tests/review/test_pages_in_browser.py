"""A recall, an audit and all these pages in a real browser: wide and narrow, light and dark, English and French."""

from __future__ import annotations

import csv
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from content_store.app_settings import ReviewSettings
from content_store.database import open_database, session_maker
from content_store.models import (
    BlockStatus,
    Message,
    Publication,
    PublicationStatus,
    ReviewStatus,
    RunStatus,
    Schedule,
)
from review.auth.sessions import cookie_name, open_session
from review.desk import Desk
from tests.evaluation.measurement.small_campaign import campaign
from tests.factories import (
    NOW,
    make_block_version,
    make_customer,
    make_message,
    make_run,
    make_segment,
    make_segmentation,
    make_snapshot,
    person,
)
from tests.review.served import serving
from tests.review.signed_in import desk_at
from tests.review.test_results_pages import keep

CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

TOWNS = ["Lille", "Lyon", "Nantes", "Nice", "Paris"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    home: dict[str, str | float | bool] = {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path_factory.mktemp("chromium")),
    }
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, env=home)
        yield opened
        opened.close()


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk behind a server that listens, with something on every page."""
    shutil.copyfile(sqlite_template, tmp_path / "test.db")
    engine = open_database(f"sqlite:///{tmp_path / 'test.db'}")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    plain = desk_at(session_maker(engine), tmp_path)
    settings = plain.settings.model_copy(update={"review": ReviewSettings(port=port)})
    desk = replace(plain, settings=settings)
    _fill(desk)
    with serving(desk):
        yield desk
    engine.dispose()


def test_a_recall_from_the_library_to_the_file_in_the_hand(browser: Browser, desk: Desk) -> None:
    page = _page(browser, desk)
    page.get_by_role("link", name="Blocks").click()
    page.get_by_label("Search names and texts").fill("medium")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="roast").click()
    page.get_by_role("link", name="Recall version 1…").click()
    assert (
        page.get_by_text("customers who may have seen it").locator("..").inner_text().split("\n")[-1] == "1"
    )
    page.get_by_role("button", name="Recall it").click()
    # Without a reason the browser itself stays.
    assert page.url.endswith("/recall")
    page.get_by_label("Why it is recalled").fill("wrong price")
    page.get_by_role("button", name="Recall it").click()
    page.wait_for_url("**/report")
    assert page.get_by_text("wrong price").is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all texts, messages and publications").click()
    with Path(download.value.path()).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["kind"], row["customer_id"], row["status"]) for row in rows[-3:]] == [
        ("message", "", "recalled"),
        ("publication", "c1", "accepted"),
        ("publication", "c2", "suppressed"),
    ]
    with desk.sessions() as session:
        recalled = session.scalars(select(Message.id).where(Message.status == ReviewStatus.RECALLED)).all()
    assert len(recalled) == 1
    page.context.close()


def test_the_next_times_appear_while_a_cron_line_is_typed(browser: Browser, desk: Desk) -> None:
    page = _page(browser, desk)
    page.goto(f"{desk.settings.review.origin}/runs")
    page.get_by_label("Time zone").fill("Europe/Paris")
    page.get_by_label("Cron line").fill("30 7 * * 2")
    page.get_by_text("Tue 3 Mar 2026, 07:30").wait_for()
    page.get_by_label("Cron line").fill("30 7 * *")
    page.get_by_text("does not have five fields").wait_for()
    page.context.close()


def test_an_audit_goes_by_the_enter_key(browser: Browser, desk: Desk) -> None:
    page = _page(browser, desk)
    page.goto(f"{desk.settings.review.origin}/similar")
    page.get_by_role("link", name="45 messages are alike").click()
    for read in range(3):
        page.get_by_text(f"{read} of 43 read").wait_for()
        # The new button has the focus a moment after the text is there.
        expect(page.get_by_role("button", name="Approve this one")).to_be_focused()
        page.keyboard.press("Enter")
    page.get_by_text("3 of 43 read").wait_for()
    page.context.close()


def test_an_audit_goes_by_the_keys_of_the_queue(browser: Browser, desk: Desk) -> None:
    page = _page(browser, desk)
    page.goto(f"{desk.settings.review.origin}/similar")
    page.get_by_role("link", name="45 messages are alike").click()
    page.get_by_role("heading", name="The exemplar").wait_for()
    assert page.locator("#preview").is_visible()
    for read in (1, 2):
        page.keyboard.press("a")
        page.get_by_text(f"{read} of 43 read").wait_for()
    page.keyboard.press("k")
    page.wait_for_url("**?place=1")
    page.keyboard.press("k")
    page.wait_for_url("**?place=0")
    page.get_by_role("heading", name="The exemplar").wait_for()
    page.keyboard.press("j")
    page.wait_for_url("**?place=1")
    page.keyboard.press("j")
    page.get_by_role("heading", name="Read this one").wait_for()
    for key in ("s", "r"):
        page.keyboard.press(key)
        page.get_by_role("dialog").wait_for()
        page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("too loud")
    page.keyboard.press("Enter")
    page.get_by_text("was refused or changed").wait_for()
    page.context.close()


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1280, "light", "en"), (360, "dark", "fr")], ids=["wide", "phone"]
)
def test_every_page_is_accessible_and_fits(
    browser: Browser, desk: Desk, width: int, theme: str, language: str
) -> None:
    page = _page(browser, desk, width=width, theme=theme, language=language)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(desk.settings.review.origin + "/similar")
    audit = page.locator("a[href^='/similar/1/']").get_attribute("href") or ""
    for path in [*_pages(desk), audit]:
        page.goto(desk.settings.review.origin + path)
        page.evaluate("document.querySelectorAll('main details').forEach(item => item.open = true)")
        found = [
            (violation["id"], node["html"][:120])
            for violation in Axe().run(page, context="main").response["violations"]
            for node in violation["nodes"]
        ]
        assert found == [], path
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
    # Nothing that the policy for scripts and styles refuses.
    assert said == []
    page.context.close()


def _page(
    browser: Browser, desk: Desk, *, width: int = 1280, theme: str = "light", language: str = "en"
) -> Page:
    """A page in which ana is signed in."""
    review = desk.settings.review
    with desk.sessions.begin() as session:
        cookie = open_session(session, person(session, "ana").id, desk.key, desk.now())
    context = browser.new_context(viewport={"width": width, "height": 900})
    values = {cookie_name(review, "session"): cookie, "theme": theme, "language": language}
    context.add_cookies(
        [{"name": name, "value": value, "url": review.origin} for name, value in values.items()]
    )
    page = context.new_page()
    page.goto(review.origin + "/segments")
    return page


def _pages(desk: Desk) -> list[str]:
    with desk.sessions() as session:
        ana = person(session, "ana").id
    return [
        *(
            "/blocks",
            "/blocks/versions/1",
            "/blocks/versions/2/recall",
            "/segments",
            "/people",
            f"/people/{ana}",
        ),
        *("/runs", "/runs/1", "/runs/2", "/similar", "/results", "/results/1"),
    ]


def _fill(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        person(session, "ana", "reviewer", "author", "admin")
        person(session, "ben", away_until=NOW.replace(year=2027))
        segmentation = make_segmentation(session)
        segment = make_segment(session)
        customer = make_customer(session, attributes={"household": "two adults"})
        item = {"item": "frozen pizza", "score": 0.04, "lift": 4.08, "reach": 0.24}
        make_snapshot(session, segmentation, segment, distinctive=[item], exemplars=[customer.id])
        block = make_block_version(session, block_id="roast", text="Our medium roast.")
        make_block_version(
            session,
            block_id="roast",
            number=2,
            text="Our dark roast.",
            status=BlockStatus.HELD,
            held_reason="It speaks to the model.",
            facts=[{"text": "12 oz bags", "keep": ["12 oz"]}],
        )
        run = make_run(
            session, segmentation_id=segmentation.id, counts={"messages": 46}, warnings=["No block fits."]
        )
        make_run(session, brief_id=run.brief_id, status=RunStatus.FAILED, reason="The model is gone.")
        make_run(
            session,
            brief_id=run.brief_id,
            status=RunStatus.RUNNING,
            progress={"stage": "generate", "done": 1, "total": 8},
        )
        session.add(
            Schedule(
                brief_id=run.brief_id,
                cron="0 6 * * 1",
                time_zone="Europe/Paris",
                paused=False,
                changed_by="ana",
                changed_at=NOW,
            )
        )
        keep(session, campaign(brief_id=run.brief_id))
        for number in range(45):
            text = (
                f"Our medium roast is ground today in {TOWNS[number % 5]} and comes in bags of twelve ounces."
            )
            make_message(session, run=run, slots={"sms": text}, block_version_ids=[])
        message = make_message(session, run=run, segment_id=segment.id, block_version_ids=[block.id])
        for customer_id, status in (("c1", PublicationStatus.ACCEPTED), ("c2", PublicationStatus.PLANNED)):
            session.add(
                Publication(
                    brief_id=run.brief_id,
                    occurrence=NOW,
                    customer_id=customer_id,
                    channel="email",
                    message_id=message.id,
                    approved_hash=message.content_hash,
                    status=status,
                    propensity=1.0,
                    planned_at=NOW,
                )
            )
