"""Secrets of webhooks, in the form that Standard Webhooks 1.0 gives them."""

from __future__ import annotations

import base64

from pydantic import SecretStr

#: What a secret begins with; the rest is base64.
_PREFIX = "whsec_"


def of_the_right_form(secret: SecretStr | None) -> SecretStr | None:
    """The secrets as they are; ValueError, without them, when one has not the form that others expect."""
    if secret is not None and not keys(secret):
        raise ValueError("it is empty; unset it or write whsec_ and base64")
    return secret


def keys(secret: SecretStr | None) -> list[bytes]:
    """The bytes of each secret, which stand with spaces between; ValueError as above."""
    found = []
    for place, text in enumerate(secret.get_secret_value().split() if secret else (), 1):
        try:
            key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
        except ValueError:
            key = b""
        if not text.startswith(_PREFIX) or not 24 <= len(key) <= 64:
            raise ValueError(f"secret {place} is none; write whsec_ and the base64 of 24 to 64 random bytes")
        found.append(key)
    return found
