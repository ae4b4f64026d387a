"""`surmesure review` brings the scorer with it, and `surmesure serve` the reminders where an address is set."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from content_store.settings import load_settings
from review.auth.key import load_key
from review.scorer import ScorerDown, score
from surmesure.commands.reminding import every_morning
from surmesure.commands.serving import children
from surmesure.starting import copy_starter
from tests.surmesure.test_children import eventually
from tests.surmesure.test_scorer import GOOD

ROOT = Path(__file__).parents[2]


def test_the_page_starts_with_its_scorer_and_nothing_is_left_when_it_stops(tmp_path: Path) -> None:
    brand = tmp_path / "brand"
    copy_starter(brand)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "surmesure", "review", "--brand", str(brand), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    state = brand / ".surmesure"

    def judged() -> bool:
        try:
            return len(score(state, load_key(state), [GOOD], [""])) == 1
        except ScorerDown:
            return False

    try:
        assert process.stderr is not None
        assert (
            process.stderr.readline() == f"The review page is at http://127.0.0.1:{port}; Ctrl-C stops it.\n"
        )
        assert httpx.get(f"http://127.0.0.1:{port}/sign-in", timeout=60).status_code == 200
        eventually(judged, 120)
        tree = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(90) == 0
        assert [child for child in tree if child.is_running() and child.status() != "zombie"] == []
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("address", "told"), [(None, False), ("json://localhost", True)])
def test_reminders_run_with_the_others_where_an_address_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str | None, told: bool
) -> None:
    copy_starter(tmp_path / "brand")
    if address is not None:
        monkeypatch.setenv("SURMESURE_REVIEW__NOTIFY", address)
    started = children(load_settings(tmp_path / "brand"), 4200)
    assert [child.name for child in started] == [
        *("prefect", "schedules", "scorer", "review page"),
        *(["reminders"] if told else []),
    ]
    if told:
        words = [*started[-1].command, "--help"]
        helped = subprocess.run(words, cwd=ROOT, capture_output=True, check=False, env=dict(os.environ))
        assert helped.returncode == 0, "the command line is one that surmesure knows"


def test_reminders_are_told_each_morning_and_not_when_the_process_starts() -> None:
    clock = [datetime(2026, 3, 2, 9, 30, tzinfo=UTC)]
    told: list[str] = []

    class Over(Exception):
        """The test has seen enough."""

    def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    def tell() -> None:
        told.append(f"{clock[0]:%d %H:%M}")
        clock[0] += timedelta(seconds=5)
        if len(told) == 3:
            raise Over

    with pytest.raises(Over):
        every_morning(tell, lambda: clock[0], sleep)
    assert told == ["03 08:00", "04 08:00", "05 08:00"]
