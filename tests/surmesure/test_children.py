"""Processes that are kept alive: started again, given up on, and ended with all that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from content_store.errors import WorkFailed
from surmesure import children
from surmesure.children import Child, keep_alive

ROOT = Path(__file__).parents[2]

#: Starts a process of its own, says its number, and pays no attention to a polite kill.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def eventually(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(children, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(children, "STOP_SECONDS", 1.0)


def test_a_child_that_dies_too_often_ends_them_all_and_its_last_words_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    before = psutil.Process().children()
    broken = Child("review page", python("import sys; sys.exit('surmesure: the port is taken.')"))
    with pytest.raises(WorkFailed) as failed:
        keep_alive(
            [Child("prefect", python("import time; time.sleep(600)")), broken],
            tmp_path,
            threading.Event(),
            tell=told.append,
            on_ready=lambda: None,
        )
    assert str(failed.value) == (
        "review page stopped 6 times; its last words were “surmesure: the port is taken.”"
        f" (all of them are in {tmp_path / 'review-page.log'})."
    )
    assert len(told) == 5
    assert told[0] == (
        f"review page stopped (exit 1); it is started again in 0.01 s. Its words: {tmp_path / 'review-page.log'}"
    )
    assert psutil.Process().children() == before


def test_what_is_stopped_leaves_nothing_behind_even_what_it_started_itself(tmp_path: Path) -> None:
    stop = threading.Event()
    log = tmp_path / "stubborn.log"

    def stop_when_it_has_started_its_own() -> None:
        eventually(lambda: log.exists() and log.read_text().endswith("\n"))
        stop.set()

    thread = threading.Thread(target=stop_when_it_has_started_its_own)
    thread.start()
    keep_alive(
        [Child("stubborn", python(STUBBORN))], tmp_path, stop, tell=lambda _: None, on_ready=lambda: None
    )
    thread.join()
    eventually(lambda: not psutil.pid_exists(int(log.read_text())))


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import threading; from pathlib import Path; from surmesure.children import *\n"
        "sleep = 'import os, time; print(os.getpid(), flush=True); time.sleep(600)'\n"
        f"keep_alive([Child('a', [{sys.executable!r}, '-c', sleep])], Path({str(tmp_path)!r}),"
        " threading.Event(), tell=print, on_ready=lambda: None)"
    )
    parent = subprocess.Popen(python(program), cwd=ROOT)
    log = tmp_path / "a.log"
    eventually(lambda: log.exists() and log.read_text().endswith("\n"))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    eventually(lambda: not psutil.pid_exists(int(log.read_text())))
