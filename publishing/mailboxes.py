"""Raw mails from where a mail server leaves them: a pipe, a file, an mbox or a Maildir."""

from __future__ import annotations

import mailbox
import sys
from collections.abc import Iterator
from pathlib import Path

from content_store.errors import BadInput

#: Standard input.
PIPE = "-"


def raw_mails(place: str, most_bytes: int) -> Iterator[bytes | None]:
    """Each mail of a place, or the first bytes of one that is larger; None for one that cannot be read.

    BadInput when the place is none of the four. Nothing is changed or taken away there.
    """
    if place == PIPE:
        yield sys.stdin.buffer.read(most_bytes + 1)
        return
    path = Path(place)
    if path.is_dir():
        files = sorted(file for name in ("new", "cur") for file in (path / name).glob("*"))
        if not ((path / "new").is_dir() or (path / "cur").is_dir()):
            raise BadInput(f"{place} is no Maildir: it has neither new nor cur; give a Maildir, a file or -.")
        yield from (_read(file, most_bytes) for file in files)
    elif path.is_file():
        yield from _in_file(path, most_bytes)
    else:
        raise BadInput(f"{place}: there is no such file or folder; give an mbox, a mail, a Maildir or -.")


def _in_file(path: Path, most_bytes: int) -> Iterator[bytes | None]:
    content = _read(path, len("From "))
    if content is None:
        raise BadInput(f"{path} cannot be read; give a file that you may read.")
    if not content.startswith(b"From "):
        yield _read(path, most_bytes)
        return
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            with box.get_file(key) as stream:
                yield stream.read(most_bytes + 1)
    finally:
        box.close()


def _read(file: Path, most_bytes: int) -> bytes | None:
    try:
        with file.open("rb") as stream:
            return stream.read(most_bytes + 1)
    except OSError:
        return None
