"""The run report in a real browser: wide and narrow, light and dark, on paper, without a request."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from content_store.models import Base
from evaluation.run_records import collect
from evaluation.run_report import render
from tests.evaluation.small_run import POINTS, SECONDS, fill

CHROMIUM = shutil.which("chromium")
QUIET = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    file = tmp_path_factory.mktemp("report") / "run_report.html"
    with Session(engine) as session:
        fill(session)
        report = collect(session, 1, [1], POINTS, SECONDS, 1_200, 0.36, brand="Fairlow Market")
    file.write_text(render(report), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    # Chromium keeps notes of crashes in its own folder of settings; this one goes with the test.
    home: dict[str, str | float | bool] = {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path_factory.mktemp("chromium")),
    }
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, env=home)
        yield opened
        opened.close()


@pytest.fixture
def opened(browser: Browser, page_file: Path) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(page_file.as_uri())
    yield page
    page.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_opens_without_errors_requests_or_sideways_scrolling(
    browser: Browser, page_file: Path, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [page_file.as_uri()]
    page.close()


def test_names_stand_on_a_wide_map_and_numbers_alone_on_a_narrow_one(opened: Page) -> None:
    opened.set_viewport_size({"width": 1280, "height": 800})
    wide = (
        opened.locator(".map .name").first.is_visible(),
        opened.locator(".narrow .digit").first.is_visible(),
    )
    opened.set_viewport_size({"width": 360, "height": 800})
    narrow = (
        opened.locator(".map .name").first.is_visible(),
        opened.locator(".narrow .digit").first.is_visible(),
    )

    assert wide == (True, False)
    assert narrow == (False, True)


def test_dark_readers_get_a_dark_page_and_paper_stays_white(opened: Page) -> None:
    def ground() -> str:
        return str(opened.evaluate("getComputedStyle(document.body).backgroundColor"))

    opened.emulate_media(color_scheme="light")
    light = ground()
    opened.emulate_media(color_scheme="dark")
    dark = ground()
    opened.emulate_media(media="print", color_scheme="dark")

    assert (light, dark, ground()) == ("rgb(247, 246, 243)", "rgb(19, 21, 25)", "rgb(255, 255, 255)")


def test_folded_messages_are_printed(opened: Page) -> None:
    folded = opened.locator("details:not([open]) .copy").first

    assert not folded.is_visible()
    opened.emulate_media(media="print")
    assert folded.is_visible()


def test_segments_are_reached_by_keyboard(opened: Page) -> None:
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.textContent") == "Skip to what to do next"

    opened.locator("summary").nth(1).focus()
    opened.keyboard.press("Enter")
    assert opened.locator("details").nth(1).get_attribute("open") is not None
