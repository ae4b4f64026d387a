"""The newest entries of the decision log as they were noted at each audit: what shows that its end was cut off.

Whoever may write to the database and to this file can make both fit again; a copy of the file that they cannot reach,
or a hash told to `surmesure audit verify --head`, still gives them away.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from content_store.durable_files import replace_file
from content_store.errors import BadInput, WorkFailed

#: In the state folder: one line for each head, "NUMBER HASH MOMENT".
FILE = "audit.heads"

_LINE = re.compile(r"(\d+) ([0-9a-f]{64}) (\S+)")


class Head(NamedTuple):
    """The newest entry at one moment."""

    number: int
    entry_hash: str
    at: str


def read_heads(state: Path) -> list[Head]:
    """The heads noted in a state folder, the oldest first; BadInput for a line that we did not write."""
    path = state / FILE
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise WorkFailed(f"{path} cannot be read ({error.strerror}).") from None
    heads = []
    for number, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line)
        if found is None:
            raise BadInput(
                f"{path}, line {number}, is not a head of the decision log; restore the file from a backup."
            )
        heads.append(Head(int(found[1]), found[2], found[3]))
    return heads


def note_head(state: Path, number: int, entry_hash: str, at: datetime) -> None:
    """Add a head to the file, on disk when this returns; an empty log and the head that stands last are not noted."""
    heads = read_heads(state)
    if number == 0 or (heads and heads[-1][:2] == (number, entry_hash)):
        return
    heads.append(Head(number, entry_hash, at.isoformat(timespec="seconds")))
    path = state / FILE
    try:
        replace_file(path, "".join(f"{' '.join(map(str, head))}\n" for head in heads).encode())
    except OSError as error:
        raise WorkFailed(f"{path} cannot be written ({error.strerror}); the head was not noted.") from None
