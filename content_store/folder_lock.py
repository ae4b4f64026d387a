"""A folder that one process writes to at a time, or several read: the kernel frees it when a process dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from content_store.errors import WorkFailed

NAME = ".lock"

#: Others replace a few files, which takes seconds; who waits for longer is told.
WAIT_SECONDS = 300.0

_LOOK_AGAIN_SECONDS = 0.05


@contextmanager
def locked(folder: Path, *, shared: bool = False, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold a folder alone, or with others who hold it `shared`. WorkFailed when that is not possible in time.

    A lease with a date would not do here: who was taken for dead and wakes up would still put an old file over a new one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _wait(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, folder, wait_seconds)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, how: int, folder: Path, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise WorkFailed(
                    f"{folder}: another process has been working there for {wait_seconds:,.0f} seconds; wait for it or stop it."
                ) from None
            time.sleep(_LOOK_AGAIN_SECONDS)
