"""Keys that sign what leaves us and comes back: each a file in the state folder, made on first use."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from pathlib import Path

from content_store.errors import BadInput, WorkFailed


def load_key(folder: Path, name: str, *, if_lost: str) -> bytes:
    """The key of this name, 32 bytes; of two processes that make it at once both get the first one's.

    `if_lost` says what follows when the file is deleted, for the sentence about a damaged one.
    """
    file = folder / name
    try:
        if not file.exists():
            _make(file)
        return _read(file, if_lost)
    except OSError as error:
        raise WorkFailed(f"{file}: {error.strerror}; a key is kept there.") from None


def _make(file: Path) -> None:
    """Written beside, then linked: a link fails where a file is, so that nobody's key is ever replaced."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # Temporary files are for their owner alone (0600), and so is what they are linked to.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}-", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_hex(32) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        file.hardlink_to(temporary)
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)


def _read(file: Path, if_lost: str) -> bytes:
    if file.stat().st_mode & 0o077:
        raise BadInput(
            f"{file} can be read by others, who could forge what it signs; run `chmod 600 {file}`."
        )
    text = file.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise BadInput(f"{file} is damaged; put a copy back, or delete it, and {if_lost}.")
    return bytes.fromhex(text)
