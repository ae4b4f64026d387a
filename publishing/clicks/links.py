"""Links that count clicks: a signed token names the publication and the page it leads to, and holds nothing about the customer."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from content_store.app_settings import PublishingSettings
from content_store.brand_folder.brand import Brand
from content_store.models import Publication

#: The channel whose links count clicks; elsewhere they are too long, or apps must know where they lead.
CHANNEL = "email"

#: What customers agree to who let opens be counted.
OPEN_TRACKING = "open-tracking"

#: Where the redirect is, before the token.
PATH = "/c/"
#: Where the picture is that counts opens.
PIXEL_PATH = "/o/"


class Link(NamedTuple):
    """What a token says."""

    publication_id: int
    target: str


def allowed(url: str, domains: Collection[str]) -> bool:
    """Whether a page is on the brand's list: https, at one of the domains or below it."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removesuffix(".")
    except ValueError:
        return False
    if parts.scheme != "https" or parts.username is not None or parts.password is not None:
        return False
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def landing_link(
    settings: PublishingSettings, brand: Brand, key: bytes, publication: Publication, page: str
) -> str:
    """Where a publication leads: mails by a link that counts clicks, where there is one and the brand lists the page."""
    if settings.public_url is None or publication.channel != CHANNEL or not allowed(page, brand.link_domains):
        return page
    return click_link(settings.origin, key, publication.id, page)


def click_link(public_url: str, key: bytes, publication_id: int, target: str) -> str:
    """The link of one publication to a page, the same each time it is asked for. `key` is that of publishing.opt_out."""
    token = _signer(key, b"click").sign(f"{publication_id}.{_encoded(target)}").decode()
    return f"{public_url.rstrip('/')}{PATH}{token}"


def read_link(key: bytes, token: str) -> Link | None:
    """What a token of ours says; None for any other text."""
    try:
        number, _, target = _signer(key, b"click").unsign(token).decode().partition(".")
        return Link(int(number), base64_decode(target).decode())
    except (BadData, ValueError):
        return None


def pixel_link(public_url: str, key: bytes, publication_id: int) -> str:
    """The address of the picture of one publication."""
    token = _signer(key, b"open").sign(str(publication_id)).decode()
    return f"{public_url.rstrip('/')}{PIXEL_PATH}{token}"


def read_pixel(key: bytes, token: str) -> int | None:
    """The id of the publication that a picture's token was made for; None for any other text."""
    try:
        return int(_signer(key, b"open").unsign(token))
    except (BadData, ValueError):
        return None


@lru_cache(8)
def _signer(key: bytes, salt: bytes) -> Signer:
    # Each kind of token has a salt of its own, so that none of them is ever taken for another.
    return Signer(key, salt=salt, digest_method=hashlib.sha256)


@lru_cache(64)
def _encoded(target: str) -> str:
    return base64_encode(target).decode()
