"""Text messages and push notifications through any gateway that apprise knows, one customer at a time."""

from __future__ import annotations

import re
from urllib.parse import quote

from apprise import Apprise, LogCapture, NotifyFormat

from content_store.errors import BadInput
from content_store.models import PublicationStatus
from publishing.answers import Answer

#: What stands for the customer's address in the URL.
ADDRESS = "{address}"

#: Some gateways take the address out of the URL again, and then one could be two, or lead elsewhere.
_PHONE = re.compile(r"\+?\d{3,20}")
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:~@-]*[A-Za-z0-9])?")

#: What most of apprise's gateways log of an answer.
_CODE = re.compile(r"error=(\d{3})\b")


def check(url: str) -> None:
    """BadInput when apprise knows no such gateway; the address holds keys, so that it is not repeated."""
    if not Apprise().add(url.replace(ADDRESS, "15550100")):
        raise BadInput(
            "SURMESURE_APPRISE__URL is none that apprise knows; correct it: its documentation lists the forms."
        )


def send(url: str, channel: str, address: str, text: str) -> Answer:
    """Hand one text over.

    apprise says yes or no. Its no may be a refusal, a gateway that is not there, or an answer that was lost after the
    text had arrived: so it means UNKNOWN, and the text is never sent again by itself.
    """
    if channel == "sms":
        address = re.sub(r"[ ().-]", "", address)
    gateway = Apprise()
    if not (_PHONE if channel == "sms" else _ID).fullmatch(address) or not gateway.add(
        url.replace(ADDRESS, quote(address, safe=""))
    ):
        return Answer(PublicationStatus.REJECTED, "the address is none that a gateway takes")
    with LogCapture(fmt="%(message)s") as log:  # type: ignore[no-untyped-call]
        taken = gateway.notify(body=text, body_format=NotifyFormat.TEXT)
        code = _CODE.search(log.getvalue())
    if taken:
        return Answer(PublicationStatus.ACCEPTED)
    told = f" (error {code[1]})" if code else ""
    return Answer(
        PublicationStatus.UNKNOWN, f"apprise could not hand it over{told}; whether it arrived is not known"
    )
