"""`python -m flows.tethered PARENT COMMAND...`: the command, which ends with its parent even when that is killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def tethered(command: Sequence[str]) -> list[str]:
    """The command line of a child of this process that does not outlive it. Start it from the main thread."""
    return [sys.executable, "-m", "flows.tethered", str(os.getpid()), *command]


def main() -> None:
    """Tie this process to its parent, where the system can (Linux), and become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)  # it ended before the tie was made
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
