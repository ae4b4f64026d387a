"""The report of a campaign in a real browser: wide and narrow, light and dark, on paper, for those who cannot see it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from evaluation.measurement.campaign_report import render
from tests.evaluation.measurement.small_campaign import campaign

CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render(campaign(), "Fairlow Market"), encoding="utf-8")
    return file


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_is_readable_by_everybody_and_asks_nobody_for_anything(
    browser: Browser, page_file: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    # The page forbids scripts; only the checker's own is let in.
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [page_file.as_uri()]
    page.close()


def test_the_charts_are_as_wide_as_the_page_and_their_letters_keep_their_size(
    browser: Browser, page_file: Path
) -> None:
    sizes = []
    for width in (1280, 360):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(page_file.as_uri())
        chart = page.locator("svg[aria-labelledby^='forest-name']")
        box = chart.bounding_box()
        assert box is not None
        letters = chart.locator("text").first.evaluate("text => text.getBoundingClientRect().height")
        diamonds = chart.locator(".diamond")
        ends = [diamonds.nth(place).bounding_box() for place in range(diamonds.count())]
        assert all(end and box["x"] <= end["x"] <= box["x"] + box["width"] for end in ends)
        sizes.append((round(box["width"]), letters))
        page.close()
    (wide, letters), (narrow, same) = sizes
    assert wide > 3 * narrow
    assert letters == same


def test_paper_is_white_and_shows_every_message(browser: Browser, page_file: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(page_file.as_uri())
    folded = page.locator("details:not([open]) .arm").first
    assert not folded.is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert folded.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # A4 at 96 dots an inch, without margins of 1.2 cm.
    page.set_viewport_size({"width": 703, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") == 703
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    page.close()
