"""Values made harmless for the place where they stand: a person's text, a link, a header, a cell of a table."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import quote

from content_store.errors import BadInput

#: The longest value of a customer that a message may hold; names that people have are shorter.
MAX_CHARS = 200
#: A header line may have 998 characters (RFC 5322, 2.1.1); its name and encoding need room.
MAX_HEADER_BYTES = 900

_LINK = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?(?:[/?#][!#$%&'()*+,./0-9:;=?@A-Z_a-z~\[\]-]*)?"
    r"|mailto:[!#$%&'*+,./0-9:;=?@A-Z_a-z~-]+"
)
_BARE_HOST = re.compile(r"https?://[^/?#]+")
_LINK_CHARS = "!#$%&'()*+,-./:;=?@[]_~"
# Letters and marks that show nothing, though Unicode calls them printable; spaces that are not single.
_ODD = re.compile("[\u034f\u115f\u1160\u2800\u3164\uffa0]|  |^ | $")
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
_WEB_ADDRESS = re.compile(
    r"://|\bwww\.|\S@\S+\.\w|[\w-]\.(?:[a-z]{2,24}/"
    r"|(?:com|net|org|info|biz|io|co|app|dev|me|us|uk|fr|de|eu|ru|cn|xyz|top|link|click|site|online|shop|store|ly|gg|to)\b)",
    re.IGNORECASE,
)
#: What a spreadsheet takes for the start of a formula, in full width too.
_FORMULA = re.compile(r"[\s\0]*[=+\-@＝＋－＠]|[\t\r\n]")


def one_line(text: str) -> str:
    """The text on one line: breaks and spaces become single spaces; what cannot be seen or turns the text is dropped."""
    if text.isprintable() and not _ODD.search(text):
        return text
    kept = (_seen(char) for char in text)
    return " ".join("".join(kept).split())


def personal(value: Any) -> str:
    """A customer's value as a text on one line, empty when there is nothing; ValueError with why it cannot be used."""
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value != value:
        raise ValueError("it is not a text")
    text = str(value)
    if len(text) > MAX_CHARS:
        raise ValueError(f"it is longer than {MAX_CHARS} characters")
    text = one_line(text)
    # Full-width letters and the like work as an address once a mail program has folded them.
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if _WEB_ADDRESS.search(folded):
        raise ValueError("it holds a web address")
    return text


def link(url: str) -> str:
    """The URL with unsafe characters percent-encoded and a path (RFC 3986); BadInput unless it is http, https or mailto."""
    encoded = url
    if not _LINK.fullmatch(url):
        encoded = quote(url, safe=_LINK_CHARS) if url.isprintable() else ""
        if not _LINK.fullmatch(encoded):
            raise BadInput(
                f"{one_line(url)[:100]!r} is no link that a message may hold; write an https:// address or mailto:."
            )
    return f"{encoded}/" if _BARE_HOST.fullmatch(encoded) else encoded


def link_part(value: Any) -> str:
    """A value inside a URL: everything but letters, digits and `-._~` percent-encoded."""
    return quote(str(value), safe="")


def header(text: str) -> str:
    """A text as the value of a mail header: one line that fits; BadInput when it is too long to be folded safely."""
    value = one_line(text)
    if len(value.encode()) > MAX_HEADER_BYTES:
        raise BadInput(f"{value[:40]!r}… has more than {MAX_HEADER_BYTES} bytes; shorten it to fit a header.")
    return value


def csv_cell(value: Any) -> Any:
    """A value for a cell: a text that a spreadsheet would run as a formula gets a quote before it (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _seen(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc" or category[0] == "Z":
        return " "
    return "" if category[0] == "C" or char in _BLANK else char
