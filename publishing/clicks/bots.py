"""Clicks and opens that no person made: a table of rules, each with a name that stays with what it flags."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

#: Programs that open links by themselves and say who they are: checkers of mails, previews of chats, crawlers, tools.
SCANNERS = (
    "barracuda", "bitdefender", "checkpoint", "cisco-ironport", "cloudmark", "fireeye", "forcepoint", "fortinet",
    "google-safety", "googleimageproxy", "ironscales", "kaspersky", "mailguard", "mcafee", "messagelabs", "mimecast",
    "norton", "proofpoint", "safebrowsing", "safelinks", "sophos", "symantec", "trendmicro", "virustotal", "vade",
    "websense", "yahoomailproxy", "zscaler",
    "bingpreview", "bitlybot", "discordbot", "embedly", "facebookexternalhit", "iframely", "linkedinbot", "mattermost",
    "microsoftpreview", "pinterest", "skypeuripreview", "slackbot", "slack-imgproxy", "telegrambot", "twitterbot", "whatsapp",
    "aiohttp", "apache-httpclient", "axios", "curl/", "go-http-client", "headlesschrome", "java/", "libwww-perl", "node-fetch",
    "okhttp", "phantomjs", "postmanruntime", "python-httpx", "python-requests", "python-urllib", "scrapy", "wget/",
)  # fmt: skip

_SCANNER = re.compile(
    "|".join([*map(re.escape, SCANNERS), r"bot\b", "crawler", "spider", "link ?preview"]), re.I
)
_PREFETCH = re.compile(r"\b(prefetch|preview|prerender)\b", re.I)

#: A person needs longer to open a mail.
AT_ONCE = timedelta(seconds=1)

#: Clicks in one publication in a second; a person who is impatient makes two.
MOST_IN_A_SECOND = 3
BURST = "burst"


class Seen(NamedTuple):
    """What is known of a click or an open when it comes in; nothing of it is kept but the flag."""

    method: str = "GET"
    #: Sec-Purpose, Purpose and the like
    purpose: str = ""
    #: User-Agent; None when who tells of it does not know
    agent: str | None = None
    #: None when the moment of the send is not known
    since_sent: timedelta | None = None
    #: the mail is in the hands of whoever sends it
    being_sent: bool = False
    #: clicks in this publication in the same second, this one counted
    in_a_second: int = 1
    #: the provider that tells of it says that a program did it
    told: bool = False


class Rule(NamedTuple):
    """When something is not a person's."""

    name: str
    #: for docs/outcomes.md
    meaning: str
    holds: Callable[[Seen], bool]


RULES = (
    Rule("told", "the provider says that a program did it", lambda seen: seen.told),
    Rule("head", "the request is `HEAD`, which shows nobody anything", lambda seen: seen.method == "HEAD"),
    Rule(
        "prefetch",
        "`Sec-Purpose`, `Purpose`, `X-Purpose` or `X-Moz` says prefetch, prerender or preview",
        lambda seen: _PREFETCH.search(seen.purpose) is not None,
    ),
    Rule(
        "scanner",
        "the `User-Agent` is empty, or names a program of our list or something that ends in bot",
        lambda seen: seen.agent is not None and (not seen.agent or _SCANNER.search(seen.agent) is not None),
    ),
    Rule(
        "at_once",
        "less than a second lies between it and the send, or the mail is being sent still",
        lambda seen: seen.being_sent or (seen.since_sent is not None and abs(seen.since_sent) < AT_ONCE),
    ),
    Rule(
        BURST,
        f"more than {MOST_IN_A_SECOND} clicks are made in one publication within a second",
        lambda seen: seen.in_a_second > MOST_IN_A_SECOND,
    ),
)


def flag(seen: Seen) -> str | None:
    """The name of the first rule that holds; None for a person."""
    return next((rule.name for rule in RULES if rule.holds(seen)), None)
