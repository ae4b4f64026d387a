"""The key that signs cookies and form tokens."""

from __future__ import annotations

from pathlib import Path

from content_store import keys

NAME = "review.key"


def load_key(folder: Path) -> bytes:
    """The review page's key of a state folder, made on first use."""
    return keys.load_key(folder, NAME, if_lost="everybody signs in anew")
