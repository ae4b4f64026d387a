"""Receipts of decisions: a signed name for a row of the ledger, which nobody can guess and which says nothing itself."""

from __future__ import annotations

import hashlib

from itsdangerous import BadData, URLSafeSerializer


def receipt(key: bytes, publication_id: int) -> str:
    """The receipt of a publication, the same each time; `key` is that of publishing.opt_out."""
    return _serializer(key).dumps(publication_id)


def read_receipt(key: bytes, text: str) -> int | None:
    """The id of the publication that a receipt was made for; None for any other text."""
    try:
        value = _serializer(key).loads(text) if text.isascii() else None
    except BadData:
        return None
    return value if type(value) is int else None


def _serializer(key: bytes) -> URLSafeSerializer:
    # Another salt than that of the links: a receipt, which pages show, must not stop messages.
    return URLSafeSerializer(key, salt=b"receipt", signer_kwargs={"digest_method": hashlib.sha256})
