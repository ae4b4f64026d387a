"""Receipts of decisions: a signed name for a row of the ledger, which nobody can guess and which says nothing itself."""

from __future__ import annotations

import hashlib
from functools import cache

from itsdangerous import BadData, Signer


def receipt(key: bytes, publication_id: int) -> str:
    """The receipt of a publication, the same each time; `key` is that of publishing.opt_out."""
    return _signer(key).sign(str(publication_id)).decode()


def read_receipt(key: bytes, text: str) -> int | None:
    """The id of the publication that a receipt was made for; None for any other text."""
    try:
        return int(_signer(key).unsign(text)) if text.isascii() else None
    except BadData:
        return None


@cache
def _signer(key: bytes) -> Signer:
    # Another salt than that of the links: a receipt, which pages show, must not stop messages.
    return Signer(key, salt=b"receipt", digest_method=hashlib.sha256)
