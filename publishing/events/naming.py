"""How others name a publication: by its receipt, or by its row's number and hash, which whoever sent it has."""

from __future__ import annotations

import re
from hmac import compare_digest

from content_store.models import Publication
from publishing.message_names import MessageName
from publishing.receipt_tokens import read_receipt

_NAME = re.compile(r"([0-9]{1,18})\.([0-9a-f]{24,64})")


def read_name(key: bytes, text: str) -> MessageName | None:
    """What a text names; None when it is none of ours. `key` is that of publishing.opt_out.

    A receipt is enough by itself, so its stamp is empty. Files and webhooks have the columns publication_id and
    rendered_hash, and our mails have a Message-ID made of both.
    """
    number = read_receipt(key, text)
    if number is not None:
        return MessageName(number, "")
    found = _NAME.fullmatch(text)
    return MessageName(int(found[1]), found[2]) if found else None


def names(name: MessageName, row: Publication) -> bool:
    """Whether a row is the one that is meant; nobody guesses the hash of what another got."""
    stamp = (row.rendered_hash or "")[: len(name.stamp)]
    return name.publication_id == row.id and compare_digest(stamp, name.stamp)
