"""Disks that are full or broken: one sentence, no torn file, and the same command goes on when there is room again."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from content_store.database import Sessions
from content_store.errors import WorkFailed
from content_store.models import PublicationStatus
from flows.steps import publishing
from flows.steps.publishing import publish
from flows.steps.ways import Way
from tests.publishing.publisher import PORTION, Clocked, Job, files, ledger, occurrence_at, stage_of

CUSTOMERS = 150


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "PORTION", PORTION)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 28 KiB, which holds some of the files."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=28k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root mounts a disk, and not everywhere")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_leaves_whole_files_and_the_rest_follows_when_there_is_room(
    sessions: Sessions, tmp_path: Path, small_disk: Path
) -> None:
    settings, brief = stage_of(sessions, tmp_path, CUSTOMERS)
    job = Job(settings, brief, Way(str(small_disk / "out"), "csv"), occurrence_at(1))
    with files(small_disk) as outlet:
        with pytest.raises(
            WorkFailed, match="out: No space left on device; put that right and publish again"
        ):
            _publish(job)
        there = outlet.arrived()
        # Whole files only, and nothing unfinished beside them.
        assert 0 < len(there) < CUSTOMERS
        assert len(there) % PORTION == 0
        assert [file.name for file in (small_disk / "out").glob("*.tmp")] == []
        subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
        _publish(job)
        assert set(outlet.arrived().values()) == {1}
        assert len(outlet.arrived()) == CUSTOMERS
    assert ledger(sessions, job.at) == {PublicationStatus.ACCEPTED: CUSTOMERS}


@pytest.mark.parametrize("call", ["fsync", "write"])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_fails_at_any_call_is_told_and_nobody_is_written_twice(
    sessions: Sessions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: int
) -> None:
    """The first call fails, then the second after it goes on, until everything is out."""
    settings, brief = stage_of(sessions, tmp_path, CUSTOMERS)
    failures: list[str] = []
    with files(tmp_path) as outlet:
        job = Job(settings, brief, outlet.way, occurrence_at(1))
        while True:
            with monkeypatch.context() as patched:
                _fail_at(patched, call, len(failures) + 1, error)
                try:
                    _publish(job, len(failures))
                    break
                except WorkFailed as told:
                    failures.append(str(told))
        assert len(failures) >= 3
        assert all(os.strerror(error) in sentence for sentence in failures)
        assert set(outlet.arrived().values()) == {1}
        assert len(outlet.arrived()) == CUSTOMERS
    assert ledger(sessions, job.at) == {PublicationStatus.ACCEPTED: CUSTOMERS}


def _publish(job: Job, life: int = 0) -> None:
    workplace = Clocked(job, life)
    try:
        publish(workplace, job.brief, job.way, job.at)
    finally:
        workplace.close()


def _fail_at(patched: pytest.MonkeyPatch, call: str, number: int, error: int) -> None:
    calls = count(1)
    if call == "fsync":
        fsync = os.fsync

        def failing(handle: int) -> None:
            if next(calls) == number:
                raise OSError(error, os.strerror(error))
            fsync(handle)

        patched.setattr(os, "fsync", failing)
        return
    fdopen = os.fdopen

    def broken(handle: int, mode: str) -> object:
        # The file cannot take what is written: its disk is /dev/full.
        if next(calls) == number:
            if error == errno.EIO:
                os.close(handle)
                raise OSError(error, os.strerror(error))
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, handle)
            os.close(full)
        return fdopen(handle, mode)

    patched.setattr(os, "fdopen", broken)
