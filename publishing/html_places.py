"""Where in a page each value of a template stands: in a text, in an attribute, at the start of a link or inside one."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from enum import StrEnum

#: Stand for a value and for a statement in the page that is read here.
VALUE = "\ue000"
STATEMENT = "\ue001"

#: The values that may be the start of a link; they were checked as links.
LINKS = frozenset({"landing_page", "unsubscribe_url"})


class Place(StrEnum):
    """A place for a value."""

    TEXT = "text"  #: plain text, as it is
    HTML = "html"  #: a text or a quoted attribute of a page
    LINK = "link"  #: the start of a link
    LINK_PART = "link_part"  #: inside a link, behind its host


_LINK_ATTRIBUTES = {"href", "src", "background", "action", "cite"}
_TEXT_ATTRIBUTES = {"alt", "title", "aria-label", "aria-description", "lang", "summary", "label"}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_RAW = {"script", "style", "svg", "math", "xmp", "iframe", "noembed", "noframes", "plaintext", "template"}
_TITLES = {"title", "textarea"}

_ATTRIBUTE = r"""([^\s"'<>/=]+)(?:\s*+=\s*+("[^"<>]*+"|'[^'<>]*+'|[^\s"'=<>`]++))?"""
# Only markup that every reader takes the same way; anything else that looks like a tag is refused.
_MARKUP = re.compile(
    rf"""(?P<condition><!--\[if[^\]<>]*\]>(?:<!--(?:\s*--)?>|-->)?|(?:<!--)?<!\[endif\]-->)
    |(?P<comment><!--.*?-->)
    |(?P<doctype><!doctype[^<>]*>)
    |<(?P<name>/?[A-Za-z][\w:.-]*+)(?P<attributes>(?:\s++{_ATTRIBUTE})*+)\s*+/?>
    |<[A-Za-z/!?]""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
#: The host is written out, or a whole link stands before, which always goes on behind its host.
_BEHIND_THE_HOST = re.compile(rf"https?://[A-Za-z0-9.:-]+[/?#]|{VALUE}|mailto:", re.IGNORECASE)


def places(page: str, names: Sequence[str]) -> list[Place]:
    """The place of each value: `page` holds VALUE and STATEMENT for what is filled in, `names` says what each value is.

    ValueError with a sentence where no value may stand, and for a statement that is not between tags: only there every
    way through the template leads to the same places.
    """
    found: list[Place] = []
    at = 0
    while match := _MARKUP.search(page, at):
        found += [Place.HTML] * page.count(VALUE, at, match.start())
        at = match.end()
        name = (match["name"] or "").lower()
        _refuse_statement(match[0])
        if name:
            found += _in_tag(match["attributes"], names[len(found) :])
        elif match["comment"] or match["condition"] or match["doctype"]:
            _refuse_value(match[0], names[len(found) :], "a comment")
        else:
            around = page[match.start() : match.start() + 30].replace(VALUE, "…").replace(STATEMENT, "…")
            raise ValueError(
                f"{around!r} is no clear tag; quote its attributes, and write &lt; for the sign itself"
            )
        if name in _RAW | _TITLES:
            close = re.compile(rf"</{name}\b", re.IGNORECASE).search(page, at)
            inside = page[at : close.start() if close else len(page)]
            _refuse_statement(inside)
            if name in _RAW:
                _refuse_value(inside, names[len(found) :], f"<{name}>")
            found += [Place.HTML] * inside.count(VALUE)
            at += len(inside)
    return found + [Place.HTML] * page.count(VALUE, at)


def _in_tag(attributes: str, names: Sequence[str]) -> list[Place]:
    found: list[Place] = []
    for name, quoted in _ATTRIBUTES.findall(attributes):
        _refuse_value(name, names[len(found) :], "the name of an attribute")
        if VALUE in quoted and quoted[0] not in "\"'":
            raise ValueError(f"{names[len(found)]} stands in an attribute without quotes; quote it")
        if name.lower() in _LINK_ATTRIBUTES:
            found += _in_link(quoted.strip("\"'"), names[len(found) :])
        elif name.lower() in _TEXT_ATTRIBUTES:
            found += [Place.HTML] * quoted.count(VALUE)
        else:
            _refuse_value(quoted, names[len(found) :], f"the attribute {name}")
    return found


def _in_link(url: str, names: Sequence[str]) -> list[Place]:
    """The places in a link; only an address of ours may start it, and nothing else may name its host."""
    scheme = re.match(r"([^/?#:]*):", re.sub(r"[\s\x00-\x20]", "", html.unescape(url)))
    if scheme and VALUE not in scheme[1] and scheme[1].lower() not in _SCHEMES:
        raise ValueError(f"a link starts with {scheme[1]}:; use https: or mailto:")
    found: list[Place] = []
    for match in re.finditer(VALUE, url):
        before = url[: match.start()].lstrip()
        name = names[len(found)]
        if not before and name in LINKS:
            found.append(Place.LINK)
        elif _BEHIND_THE_HOST.match(before):
            found.append(Place.LINK_PART)
        else:
            raise ValueError(
                f"{name} stands at the start of a link; there only landing_page, unsubscribe_url or a written address "
                "such as https://www.example.com/ may stand"
            )
    return found


def _refuse_value(part: str, names: Sequence[str], where: str) -> None:
    if VALUE in part:
        raise ValueError(f"{names[0]} stands in {where}, where no value may stand; move it into the text")


def _refuse_statement(part: str) -> None:
    if STATEMENT in part:
        raise ValueError("a {% … %} stands inside a tag, a comment or a style; put it between two tags")
