"""Keys that sign what leaves us and comes back: each a file in the state folder, made on first use."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from content_store.durable_files import create_file
from content_store.errors import BadInput, WorkFailed


def load_key(folder: Path, name: str, *, if_lost: str) -> bytes:
    """The key of this name, 32 bytes; of two processes that make it at once both get the first one's.

    `if_lost` says what follows when the file is deleted, for the sentence about a damaged one.
    """
    file = folder / name
    try:
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            # For its owner alone; nobody's key is ever replaced.
            create_file(file, f"{secrets.token_hex(32)}\n".encode(), mode=0o600)
        return _read(file, if_lost)
    except OSError as error:
        raise WorkFailed(f"{file}: {error.strerror}; a key is kept there.") from None


def _read(file: Path, if_lost: str) -> bytes:
    if file.stat().st_mode & 0o077:
        raise BadInput(
            f"{file} can be read by others, who could forge what it signs; run `chmod 600 {file}`."
        )
    text = file.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise BadInput(f"{file} is damaged; put a copy back, or delete it, and {if_lost}.")
    return bytes.fromhex(text)
