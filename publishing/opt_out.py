"""Where the unsubscribe link of a message leads: to the sender's mail, or to a page by a signed token."""

from __future__ import annotations

import hashlib
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer

from content_store import keys
from content_store.brand_folder.briefs import BriefFile

KEY = "unsubscribe.key"

#: Where the page is, before the token.
PATH = "/u/"


def opt_out_by_mail(brief: BriefFile) -> str:
    """A mail to the sender, which a person answers."""
    return mail_to(brief.sender.reply_to or brief.sender.address)


def mail_to(address: str) -> str:
    """The link of a mail that says stop."""
    return f"mailto:{address}?subject=Unsubscribe"


def load_key(folder: Path) -> bytes:
    """The key of a state folder that signs the links, made on first use."""
    return keys.load_key(folder, KEY, if_lost="the links in messages sent so far work no more")


def unsubscribe_link(public_url: str, key: bytes, publication_id: int) -> str:
    """The link of one publication, the same each time it is asked for; it holds nothing about the customer.

    The signature is the authority, so that one click is enough (RFC 8058, 3.1); it does not expire, as old
    messages are opened too.
    """
    return f"{public_url.rstrip('/')}{PATH}{_serializer(key).dumps(publication_id)}"


def read_token(key: bytes, token: str) -> int | None:
    """The id of the publication that a token was made for; None for any other text."""
    try:
        value = _serializer(key).loads(token) if token.isascii() else None
    except BadData:
        return None
    return value if type(value) is int else None


def _serializer(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=b"unsubscribe", signer_kwargs={"digest_method": hashlib.sha256})
