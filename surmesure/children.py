"""Processes that work together: each is started again when it dies, and none is left when they are stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from content_store.errors import WorkFailed
from flows.engine import listens
from flows.tethered import tethered

#: A child that died is started again so often …
MOST_RESTARTS = 5
#: … unless it had worked for this long; then its count begins anew.
SETTLED_SECONDS = 600.0
#: The first wait before a restart; each is twice the one before.
FIRST_WAIT_SECONDS = 1.0
#: A child that is asked to stop gets this long: a run writes down that it was stopped.
STOP_SECONDS = 45.0


class Child(NamedTuple):
    """A process to keep alive: its name for people, its command line, and where it listens, if it does."""

    name: str
    command: Sequence[str]
    url: str | None = None


class _Kept:
    """A child with its process and its history."""

    def __init__(self, child: Child, log: Path) -> None:
        self.child = child
        self.log = log
        self.restarts = 0
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            # A group of its own: Ctrl-C in the terminal reaches us alone, and what it starts can be ended with it.
            self.process = subprocess.Popen(
                tethered(self.child.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started = time.monotonic()
        self.due: float | None = None

    def end(self, seconds: float) -> None:
        """Wait for it, then end it and whatever it started."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, seconds))
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing"


def keep_alive(
    children: Sequence[Child],
    logs: Path,
    stop: threading.Event,
    *,
    tell: Callable[[str], None],
    on_ready: Callable[[], None],
) -> None:
    """Run the children until `stop`, the first of them longest; call it from the main thread.

    Each writes to NAME.log in the folder `logs`. `on_ready` is called once, when all that listen can be reached. A
    child that dies too often ends them all with WorkFailed.
    """
    logs.mkdir(parents=True, exist_ok=True)
    kept: list[_Kept] = []
    try:
        for child in children:
            log = logs / f"{child.name.replace(' ', '-')}.log"
            log.write_bytes(b"")
            kept.append(_Kept(child, log))
        ready = False
        while not stop.wait(0.2):
            for one in kept:
                _revive(one, tell)
            if not ready and all(listens(child.url) for child in children if child.url):
                ready = True
                on_ready()
    finally:
        _end(kept)


def _revive(one: _Kept, tell: Callable[[str], None]) -> None:
    """Start a dead child again, a while after it died."""
    code = one.process.poll()
    if code is None:
        return
    now = time.monotonic()
    if one.due is None:
        one.end(0)
        if now - one.started > SETTLED_SECONDS:
            one.restarts = 0
        if one.restarts == MOST_RESTARTS:
            raise WorkFailed(
                f"{one.child.name} stopped {MOST_RESTARTS + 1} times; its last words were “{one.last_words()}”"
                f" (all of them are in {one.log})."
            )
        wait = FIRST_WAIT_SECONDS * 2**one.restarts
        one.restarts, one.due = one.restarts + 1, now + wait
        tell(
            f"{one.child.name} stopped (exit {code}); it is started again in {wait:g} s. Its words: {one.log}"
        )
    elif now >= one.due:
        one.start()


def _end(kept: Sequence[_Kept]) -> None:
    """Ask all to stop, the first last: others still have something to tell it."""
    first, others = kept[:1], kept[1:]
    for group in (others, first):
        for one in group:
            with suppress(ProcessLookupError):
                one.process.terminate()
        end = time.monotonic() + STOP_SECONDS
        for one in group:
            one.end(end - time.monotonic())
