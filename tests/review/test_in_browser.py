"""The review page in a real browser: a session by keyboard, editing, two people at once, phone, French, dark, axe."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from content_store.database import Sessions, open_database, session_maker
from content_store.models import Message, ReviewStatus, Role, Variant
from review.auth.accounts import add_user
from review.auth.sessions import cookie_name, open_session
from review.desk import Desk
from tests.factories import person
from tests.review.scorer_double import scorer_running
from tests.review.served import serving
from tests.review.small_shop import FACT, Shop, desk_of

CHROMIUM = shutil.which("chromium")
QUIET = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]
PASSWORD = "five words of a password"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


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
def sessions(tmp_path: Path, sqlite_template: Path) -> Iterator[Sessions]:
    shutil.copyfile(sqlite_template, tmp_path / "review.db")
    engine = open_database(f"sqlite:///{tmp_path / 'review.db'}")
    yield session_maker(engine)
    engine.dispose()


@pytest.fixture
def fill(sessions: Sessions) -> Callable[[int], None]:
    """Puts so many e-mails into the queue, and an SMS behind them."""

    def add(number: int) -> None:
        with sessions.begin() as session:
            shop = Shop(session)
            for place in range(number):
                shop.email(f"{FACT} Bag {place + 1}.", score=place / 100)
            shop.sms()

    return add


@pytest.fixture
def desk(sessions: Sessions, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose page a real server serves."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    desk = desk_of(sessions, tmp_path, port)
    with serving(desk):
        yield desk


@pytest.fixture
def enter(browser: Browser, desk: Desk) -> Iterator[Callable[..., Page]]:
    """Opens a browser of its own for a person, signed in, on a page."""
    contexts: list[BrowserContext] = []

    def go(
        name: str = "ana",
        path: str = "/queue",
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
    ) -> Page:
        with desk.reads() as session:
            user = person(session, name)
        with desk.sessions.begin() as session:
            cookie = open_session(session, user.id, desk.key, desk.now())
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        here = desk.settings.review.origin
        context.add_cookies(
            [{"name": cookie_name(desk.settings.review, "session"), "value": cookie, "url": here}]
        )
        context.set_default_timeout(15_000)
        expect.set_options(timeout=15_000)
        page = context.new_page()
        page.goto(here + path)
        return page

    yield go
    for context in contexts:
        context.close()


def statuses(desk: Desk) -> list[str]:
    with desk.reads() as session:
        return [status.value for (status,) in session.query(Message.status).order_by(Message.id)]


def opened(page: Page) -> int:
    """The number of the message that is open."""
    return int(page.locator("#message .pane").get_attribute("data-message") or 0)


def press(page: Page, key: str, then: int) -> None:
    """Press a key and wait until that message is open and the answer is there."""
    page.keyboard.press(key)
    page.wait_for_function(
        "number => document.querySelector('#message .pane')?.dataset.message === String(number)"
        " && !document.body.classList.contains('busy')",
        arg=then,
    )


def test_twenty_messages_are_decided_by_keyboard_alone(
    desk: Desk, fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(20)
    page = enter()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    for number in range(1, 15):
        press(page, "a", then=number + 1)
    page.keyboard.press("r")
    page.keyboard.type("Too pushy")
    press(page, "Enter", then=16)
    page.keyboard.press("s")
    page.keyboard.type("A fact is missing")
    press(page, "Enter", then=17)
    press(page, "j", then=18)
    press(page, "k", then=17)
    for number in range(17, 21):
        press(page, "a", then=number + 1)

    expect(page.locator("#count")).to_contain_text("1")
    assert statuses(desk) == ["approved"] * 14 + ["rejected", "sent_back"] + ["approved"] * 4 + ["pending"]
    assert page.url.endswith("/messages/21")
    assert complaints == []
    press(page, "u", then=20)
    expect(page.locator("#toast")).to_contain_text("Taken back.")
    assert statuses(desk)[19] == "pending"


def test_a_key_swaps_an_alternative_in_and_undo_swaps_it_back(
    fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(1)
    page = enter()
    expect(page.locator("[data-key='1']")).to_contain_text("House Blend: $5.99 a bag.")

    page.keyboard.press("1")
    expect(page.locator("#row-1")).to_contain_text("House Blend: $5.99 a bag.")
    page.keyboard.press("u")
    expect(page.locator("#row-1")).to_contain_text("Bag 1.")


def test_help_opens_by_key_and_single_keys_can_be_turned_off(
    desk: Desk, fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(2)
    page = enter()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("take your last decision back")
    page.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.keyboard.press("j")
    page.keyboard.press("a")
    assert opened(page) == 1
    assert statuses(desk) == ["pending"] * 3


def test_search_and_filters_narrow_the_list_and_stand_in_the_address(
    fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(3)
    page = enter()
    page.keyboard.press("/")
    page.keyboard.type("bag 2")
    expect(page.locator("#rows .row")).to_have_count(1)
    assert "search=bag+2" in page.url

    page.locator("#search").fill("")
    expect(page.locator("#rows .row")).to_have_count(4)
    page.locator("#more-filters summary").click()
    page.get_by_label("Channel").select_option("sms")
    expect(page.locator("#rows .row")).to_have_count(1)
    assert opened(page) == 4


def test_the_list_goes_on_where_a_page_of_it_ends(
    fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(44)
    page = enter()
    expect(page.locator("#rows .row")).to_have_count(40)
    page.locator("#rows .next").scroll_into_view_if_needed()
    expect(page.locator("#rows .row")).to_have_count(45)


def test_an_edit_that_a_gate_refuses_asks_for_a_reason_and_for_a_second_person(
    desk: Desk, fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(2)
    page = enter()
    with scorer_running(desk):
        page.keyboard.press("e")
        field = page.get_by_role("textbox", name="subject")
        expect(field).to_be_focused()
        field.fill("Amazing House Blend, $5.99 a bag.")
        expect(page.locator("#check-subject")).to_contain_text("The brand does not allow")
        page.keyboard.press("Control+Enter")
        reason = page.get_by_label("Why it may stand all the same")
        expect(reason).to_be_focused()
        page.keyboard.type("It is the campaign's name.")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#toast")).to_contain_text("Saved.")

    expect(page.locator(".change ins").first).to_contain_text("Amazing")
    expect(page.locator(".actions")).to_contain_text("somebody else must approve it")
    page.keyboard.press("a")
    assert statuses(desk)[0] == "edited"

    # Ana's browser has fetched the second message already, so Bo is led to the third.
    second = enter("bo")
    press(second, "a", then=3)
    assert statuses(desk)[0] == "approved"
    with desk.reads() as session:
        assert session.query(Variant.override_reason).filter(Variant.edited_by == "ana").scalar() == (
            "It is the campaign's name."
        )


def test_keys_do_nothing_to_the_queue_while_somebody_types(
    desk: Desk, fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(2)
    page = enter()
    page.keyboard.press("e")
    field = page.get_by_role("textbox", name="subject")
    expect(field).to_be_focused()
    page.keyboard.type("ajkr")
    expect(field).to_have_value(f"{FACT} Bag 1.ajkr")
    field.blur()
    page.keyboard.press("a")
    page.keyboard.press("j")
    expect(field).to_be_visible()
    field.focus()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    assert statuses(desk) == ["pending"] * 3


def test_of_two_reviewers_at_once_the_second_is_told_and_sees_who_was_first(
    desk: Desk, fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(3)
    ana = enter("ana")
    ana.wait_for_load_state("networkidle")
    bo = enter("bo", "/messages/1")
    expect(bo.locator(".pane-head")).to_contain_text("Ana Berg looks at it until")
    press(bo, "a", then=3)
    ana.keyboard.press("a")

    expect(ana.get_by_role("alert")).to_contain_text("Somebody else was faster")
    expect(ana.locator(".history")).to_contain_text("Bo Berg approved it")
    assert opened(ana) == 1
    assert statuses(desk)[:2] == ["approved", "pending"]
    press(ana, "j", then=2)


def test_two_reviewers_go_through_one_queue_and_never_meet(
    desk: Desk, fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(7)
    ana = enter("ana")
    ana.wait_for_load_state("networkidle")
    bo = enter("bo")
    bo.wait_for_load_state("networkidle")
    # Each holds the message that is shown and the one that is fetched ahead of it.
    for page, shown, then, ahead in ((ana, 1, 2, 5), (bo, 3, 4, 6), (ana, 2, 5, 7), (bo, 4, 6, 8)):
        assert opened(page) == shown
        with page.expect_response(f"**/messages/{ahead}"):
            press(page, "a", then=then)
        expect(page.get_by_role("alert")).to_have_count(0)
    assert statuses(desk) == ["approved"] * 4 + ["pending"] * 4


def test_a_sentence_and_its_fact_light_up_together(
    fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(1)
    page = enter()
    page.locator("#texts .sentence").first.hover()
    expect(page.locator("#texts .facts-list .lit")).to_have_text("1 House Blend is $5.99 a bag.")
    page.locator("#texts .facts-list li[data-fact]").nth(1).hover()
    expect(page.locator("#texts .sentence.lit")).to_have_count(1)


def test_the_e_mail_is_seen_at_both_widths_and_as_text_with_another_customers_data(
    fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(1)
    page = enter()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Hello at Store 1")).to_be_visible()
    page.get_by_role("button", name="Phone").click()
    assert page.locator("iframe").evaluate("frame => frame.clientWidth") == 375
    page.get_by_label("With the data of").select_option("2")
    expect(frame.get_by_text("Hello at Store 2")).to_be_visible()
    page.get_by_role("button", name="Text").click()
    expect(page.locator(".text-part")).to_contain_text("Order coffee")


def test_on_a_phone_the_list_leads_to_a_message_and_back(
    desk: Desk, fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(3)
    page = enter(width=360, height=740)
    expect(page.locator("#message")).to_be_hidden()
    page.locator("#row-2 a").click()
    expect(page.locator("#message")).to_be_visible()
    expect(page.locator("#rows")).to_be_hidden()
    expect(page.locator("#message .pane:not(.htmx-added)")).to_have_attribute("data-message", "2")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#message .pane")).to_have_attribute("data-message", "3")
    page.get_by_role("link", name="Queue").last.click()
    expect(page.locator("#rows .row")).to_have_count(3)
    assert statuses(desk)[1] == "approved"


def test_french_and_dark_are_chosen_on_the_page_and_stay(
    fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(1)
    page = enter()
    page.get_by_role("link", name="Français").click()
    expect(page.get_by_role("button", name="Approuver")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "fr"
    for _ in range(2):
        page.locator(".tools a.icon").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 21, 25)"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", ["/queue", "/messages/1", "/messages/3", "/messages/2/edit", "/messages/99"])
def test_axe_finds_nothing(
    desk: Desk, fill: Callable[[int], None], enter: Callable[..., Page], path: str, width: int, dark: bool
) -> None:
    fill(2)
    with desk.sessions.begin() as session:
        message = session.get_one(Message, 1)
        message.status, message.waiting_for, message.fell_back = ReviewStatus.EDITED, "legal reviewer", True
    page = enter(path=path, width=width, dark=dark)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})

    assert [
        (rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found.response["violations"]
    ] == []


def test_axe_finds_nothing_on_the_sign_in_page_and_in_windows(
    desk: Desk, fill: Callable[[int], None], enter: Callable[..., Page]
) -> None:
    fill(1)
    page = enter()
    for key in ("?", "r"):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        assert Axe().run(page).response["violations"] == []
        page.keyboard.press("Escape")
    page.context.clear_cookies()
    page.goto(desk.settings.review.origin + "/sign-in")
    assert Axe().run(page).response["violations"] == []


def test_somebody_who_was_added_signs_in_by_the_form_and_out_again(
    browser: Browser, desk: Desk, fill: Callable[[int], None]
) -> None:
    fill(1)
    with desk.sessions.begin() as session:
        add_user(
            session,
            name="zoe",
            full_name="Zoe Kahn",
            roles=[Role.REVIEWER],
            brand=desk.brand.name,
            password=PASSWORD,
            by="root",
            at=desk.now(),
        )
    page = browser.new_page()
    page.goto(desk.settings.review.origin)
    page.get_by_label("Name").fill("zoe")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Name").fill("zoe")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#rows .row")).to_have_count(2)
    page.locator(".menu summary").click()
    expect(page.locator(".menu")).to_contain_text("Zoe Kahn")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto(desk.settings.review.origin + "/messages/1")
    expect(page.get_by_label("Password")).to_be_visible()
    page.context.close()
