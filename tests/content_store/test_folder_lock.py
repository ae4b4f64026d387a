"""A folder's lock: one alone or several together, and free when its holder dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from content_store.errors import WorkFailed
from content_store.folder_lock import locked


def test_one_holds_a_folder_alone_and_the_others_are_told(tmp_path: Path) -> None:
    too_late = pytest.raises(WorkFailed, match="another process has been working there for 0 seconds")
    with locked(tmp_path), too_late, locked(tmp_path, wait_seconds=0):
        pass
    with locked(tmp_path, wait_seconds=0):
        pass


def test_several_may_read_but_none_while_another_writes(tmp_path: Path) -> None:
    together = locked(tmp_path, shared=True, wait_seconds=0)
    with locked(tmp_path, shared=True), together, pytest.raises(WorkFailed):
        locked(tmp_path, wait_seconds=0).__enter__()
    with locked(tmp_path), pytest.raises(WorkFailed):
        locked(tmp_path, shared=True, wait_seconds=0).__enter__()


def test_the_folder_is_free_when_its_holder_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom content_store.folder_lock import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    given = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(given, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(WorkFailed):
            locked(tmp_path, wait_seconds=0).__enter__()
        process.kill()
    with locked(tmp_path, wait_seconds=0):
        pass
