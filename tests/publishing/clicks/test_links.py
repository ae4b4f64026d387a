"""A link leads where it was made for, and where the brand's list allows; nothing else is a link of ours."""

from __future__ import annotations

import pytest

from content_store.app_settings import PublishingSettings
from content_store.brand_folder.brand import NEUTRAL_BRAND, Brand
from content_store.models import Publication, PublicationStatus
from publishing.clicks.links import (
    allowed,
    click_link,
    landing_link,
    pixel_link,
    read_link,
    read_pixel,
)
from publishing.opt_out import read_token, unsubscribe_link
from publishing.receipt_tokens import read_receipt, receipt
from tests.factories import NOW

KEY = b"k" * 32
PAGE = "https://shop.example.com/coffee?a=1&b=2"
HERE = "https://news.example.com"


def _token(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_token_names_the_publication_and_the_page() -> None:
    url = click_link(f"{HERE}/", KEY, 17, PAGE)
    assert url.startswith("https://news.example.com/c/17.")
    assert read_link(KEY, _token(url)) == (17, PAGE)
    assert url == click_link(HERE, KEY, 17, PAGE)


def test_no_other_text_is_one() -> None:
    ours = _token(click_link(HERE, KEY, 17, PAGE))
    other = _token(click_link(HERE, b"o" * 32, 17, PAGE))
    number, page, signature = ours.split(".")
    forged = _token(click_link(HERE, KEY, 17, "https://evil.example.com/")).split(".")[1]
    for text in (
        *("", ".", "é", "\ud800", ours[:-1], f"{ours}x", other, f"18.{page}.{signature}", f"{number}.{forged}.{signature}"),
        *(_token(unsubscribe_link(HERE, KEY, 17)), receipt(KEY, 17), _token(pixel_link(HERE, KEY, 17))),
    ):  # fmt: skip
        assert read_link(KEY, text) is None, text


def test_no_token_is_taken_for_one_of_another_kind() -> None:
    click, pixel = _token(click_link(HERE, KEY, 17, PAGE)), _token(pixel_link(HERE, KEY, 17))
    assert read_pixel(KEY, pixel) == 17
    for text in (click, pixel, receipt(KEY, 17), "", "é"):
        assert read_token(KEY, text) is None
        assert (read_pixel(KEY, text) is None) == (text != pixel)
    assert [read_receipt(KEY, text) for text in (click, pixel)] == [None, None]


@pytest.mark.parametrize(
    ("url", "yes"),
    [
        ("https://example.com/", True),
        ("https://EXAMPLE.com", True),
        ("https://example.com./x", True),
        ("https://shop.example.com:8443/x", True),
        ("http://example.com/", False),
        ("https://example.com.evil.org/", False),
        ("https://badexample.com/", False),
        ("https://evil.org/example.com", False),
        ("https://example.com@evil.org/", False),
        ("https://evil.org\\@example.com/", False),
        ("https://user@example.com/", False),
        ("//example.com/", False),
        ("javascript:alert(1)//example.com", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_a_page_is_allowed_at_a_domain_and_below_it(url: str, yes: bool) -> None:
    assert allowed(url, ["example.com"]) is yes
    assert not allowed(url, [])


@pytest.mark.parametrize(
    "domain", ["https://example.com", "example.com/", "com", "*.example.com", "a b.com", "1.2.3.4", ""]
)
def test_a_domain_is_written_as_one(domain: str) -> None:
    with pytest.raises(ValueError, match=r"link_domains"):
        Brand.model_validate({**NEUTRAL_BRAND.model_dump(), "link_domains": [domain]})


def test_only_mails_to_pages_of_the_list_get_a_link_and_only_where_there_is_a_page_of_ours() -> None:
    brand = NEUTRAL_BRAND.model_copy(update={"link_domains": ["example.com"]})
    there = PublishingSettings(public_url=HERE)
    counted = click_link(HERE, KEY, 17, PAGE)
    for settings, of, channel, page, expected in (
        (there, brand, "email", PAGE, counted),
        (there, brand, "sms", PAGE, PAGE),
        (there, brand, "email", "https://elsewhere.org/", "https://elsewhere.org/"),
        (there, NEUTRAL_BRAND, "email", PAGE, PAGE),
        (PublishingSettings(), brand, "email", PAGE, PAGE),
    ):
        assert landing_link(settings, of, KEY, _publication(channel), page) == expected


def _publication(channel: str) -> Publication:
    row = Publication(
        brief_id="b",
        occurrence=NOW,
        customer_id="c01",
        channel=channel,
        message_id=1,
        approved_hash="",
        status=PublicationStatus.PLANNED,
        propensity=1,
        planned_at=NOW,
    )
    row.id = 17
    return row
