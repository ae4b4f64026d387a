"""What is published counts clicks and opens where the brand says so, and receipts still know the bytes."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from content_store.app_settings import PublishingSettings
from content_store.brand_folder.briefs import BriefFile
from content_store.models import Customer, Occurrence, Publication
from flows.steps.publishing import publish
from flows.steps.receipts import shown
from flows.steps.rehearsing import rehearse
from flows.steps.ways import SMTP, Way
from flows.steps.workplace import Workplace
from publishing.clicks.links import click_link, pixel_link
from publishing.opt_out import load_key
from publishing.receipts import SAME
from tests.factories import make_consent
from tests.publishing.channels.mail_server import mail_server
from tests.publishing.pages import mjml
from tests.publishing.stage import Stage, make_stage, write_members

HERE = "https://news.example.com"
PAGE = "https://fairlow.example.com/coffee"


@pytest.fixture
def stage(workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A mail for two customers with the landing page in both parts; c02 lets opens be counted."""
    monkeypatch.setattr(
        "tests.publishing.stage.mjml", lambda _: mjml('<a href="{{ landing_page }}">{{ subject }}</a>')
    )
    brand = {"holdout_share": 0.0, "link_domains": ["fairlow.example.com"], "open_pixel": True}
    workplace.brand = workplace.brand.model_copy(update=brand)
    public = PublishingSettings(public_url=HERE)
    workplace.settings = workplace.settings.model_copy(update={"publishing": public})
    with workplace.sessions.begin() as session:
        made = make_stage(
            session,
            tmp_path,
            customers=2,
            channel="email",
            templated=True,
        )
        session.execute(delete(Occurrence))
        make_consent(session, session.get_one(Customer, "c02"), purpose="open-tracking", channel="email")
    write_members(workplace.settings, made)
    return made


def _mailed(workplace: Workplace, brief: BriefFile) -> dict[str, str]:
    """Customer -> the page of their mail."""
    with mail_server() as (server, settings):
        workplace.settings = workplace.settings.model_copy(update={"smtp": settings})
        publish(workplace, brief, Way(SMTP, "mail"))
        mails = [message_from_bytes(item, policy=policy.default) for item in server.taken]
    pages = {}
    for mail in mails:
        part = mail.get_body(("html",))
        assert part is not None
        pages[str(mail["To"]).partition("@")[0]] = str(part.get_content())
    return pages


def test_mails_lead_on_by_a_link_and_only_who_agreed_gets_the_picture(
    workplace: Workplace, stage: Stage
) -> None:
    pages = _mailed(workplace, stage.brief)
    key = load_key(workplace.settings.state_folder)
    with workplace.sessions() as session:
        numbers = {row.customer_id: row.id for row in session.scalars(select(Publication))}
    for name in ("c01", "c02"):
        assert re.findall('href="([^"]+)"', pages[name]) == [click_link(HERE, key, numbers[name], PAGE)]
        (receipt,) = shown(workplace, name)["publications"]
        assert receipt["checked"] == SAME
    assert "<img" not in pages["c01"]
    assert re.findall('<img src="([^"]+)"', pages["c02"]) == [pixel_link(HERE, key, numbers["c02"])]
    # The brand takes its list back: what was sent is the same still.
    workplace.brand = workplace.brand.model_copy(update={"link_domains": [], "open_pixel": False})
    assert [shown(workplace, name)["publications"][0]["checked"] for name in ("c01", "c02")] == [SAME, SAME]


def test_without_the_list_mails_lead_straight_on(workplace: Workplace, stage: Stage) -> None:
    workplace.brand = workplace.brand.model_copy(
        update={"link_domains": ["example.org"], "open_pixel": False}
    )
    assert {
        page
        for text in _mailed(workplace, stage.brief).values()
        for page in re.findall('href="([^"]+)"', text)
    } == {PAGE}


def test_samples_of_a_dry_run_count_nothing(workplace: Workplace, stage: Stage, tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    rehearse(workplace, stage.brief, Way(str(tmp_path / "out"), "csv"), samples=samples)
    pages = [path.read_text() for path in samples.glob("*.html")]
    assert pages
    assert all(f'href="{PAGE}"' in page and "<img" not in page and "/c/" not in page for page in pages)
